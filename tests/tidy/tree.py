"""The checkout as the rules see it: a map from path to text, so that a rule can be shown a planted one."""

import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = re.compile(r"^(\.git|build|build-.*|\.cache|__pycache__|corpus)$")  # corpus: bytes that a fuzzer wrote


class Tree:
    def __init__(self, files):
        self.files = files

    @classmethod
    def of_checkout(cls):
        files = {}
        for folder, folders, names in os.walk(ROOT):
            folders[:] = sorted(name for name in folders if not SKIPPED.match(name))
            for name in sorted(set(names) - {".git"}):
                path = pathlib.Path(folder, name)
                try:
                    files[path.relative_to(ROOT).as_posix()] = path.read_text()
                except UnicodeDecodeError:
                    continue  # stored databases and the like
        return cls(files)

    def matching(self, pattern):
        """(path, text) of the files whose path matches."""
        return [(path, text) for path, text in self.files.items() if re.search(pattern, path)]

    def code(self):
        """C++ without comments and strings: (path, text), lines kept."""
        return [(path, without_comments(text)) for path, text in self.matching(r"\.(cpp|h)$")]

    def lines(self, pairs, expression):
        """"path:line: text" of each line that the expression is found in."""
        return [f"{path}:{number}: {line.strip()}" for path, text in pairs
                for number, line in enumerate(text.splitlines(), 1) if re.search(expression, line)]


TOKEN = re.compile(r'R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def without_strings(text):
    """The insides of strings blanked."""
    return without_comments(text, keep_comments=True)


def without_comments(text, keep_comments=False):
    """Comments and the insides of strings blanked; an #include keeps its path."""
    def blank(match):
        token = match[0]
        if keep_comments and token.startswith("/"):
            return token
        if token.startswith("'") and match.start() and text[match.start() - 1].isalnum():
            return token  # a digit separator
        line_begin = text.rfind("\n", 0, match.start()) + 1
        if token.startswith('"') and text[line_begin:match.start()].startswith("#include"):
            return token
        return ('""' if token[0] in "\"R" else "''" if token[0] == "'" else " ") + "\n" * token.count("\n")
    return TOKEN.sub(blank, text)
