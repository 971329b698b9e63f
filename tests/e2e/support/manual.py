"""The examples of the manual as they stand in its pages, and whether what came is what a page shows.

An example is a display: `.Bd -literal` to `.Ed` or a line of `.Dl` in mdoc, an indented block in the README. A page
shows what somebody once saw: ids, times and the like are others each time, so they are compared by their form, and
those that name something must name the same thing wherever the page does. A line that is folded for the page goes on,
indented, in the next; {...} and ... stand for what is left out.
"""

import re

from . import ROOT

PAGES = ("man/jobctl.1", "man/jobd.8", "man/jobd.toml.5", "man/jobd-protocol.7", "README.md")
ESCAPES = {r"\e": "\\", r"\(dq": '"', r"\(aq": "'", r"\&": "", r"\-": "-"}
ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SPAN = r"\d+[dhms](?: \d+[dhms])*\b"
# What differs from day to day and from machine to machine.
FORMS = [
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
    rf"\b(?:now|{SPAN} ago)\b", rf"\b(?:\d+ ms\b|{SPAN})", r'(?<="duration_ms":)\d+',
    r"(?<=Content-Length: )\d+", r"\b\d+\.\d+\.\d+\b", r"(?<=jobd@)[\w.-]+", r"\buid:\d+", r"\b\d{10}(?=\.)",
    r"\bsmtp://[\w.:]+",
]
NAMES = [ID, r"\b\d{16}\b", r'"[0-9a-f]{16}"']  # jobs, numbers of events and cursors, entity tags
TOKEN = re.compile("|".join(f"({form})" for form in NAMES + FORMS))
FOLD_OR_GAP = re.compile(r"(\n  +)|(  +)|(\.\.\.)|( )")


class Example:
    def __init__(self, page, number, lines):
        self.page, self.number, self.lines = page, number, lines

    def __str__(self):
        return f"{self.page}:{self.number}: {self.name}"

    @property
    def name(self):
        """Its first line."""
        return self.lines[0]

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    @property
    def is_session(self):
        return self.name.startswith("$ ")

    def steps(self):
        """(command, what is shown of its output) of a session. A command goes on after a backslash or a pipe."""
        steps = []
        for line in self.lines:
            if line.startswith("$ "):
                steps.append([line[2:], []])
            elif steps[-1][0].endswith(("\\", "|")):
                steps[-1][0] += "\n" + line
            else:
                steps[-1][1].append(line)
        return [(command, "\n".join(shown)) for command, shown in steps]

    def statements(self):
        """Of a conversation in JSON: its lines, the folded ones still with their folds."""
        return re.split(r"\n(?!  )", self.text.rstrip("\n"))


def without_escapes(line):
    return re.sub(r"\\(?:\(..|.)", lambda found: ESCAPES[found[0]], line)


def of_mdoc(page, text):
    examples, display = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(".Bd -literal"):
            display = Example(page, number, [])
        elif line.startswith(".Ed"):
            if display:
                examples.append(display)
            display = None
        elif display:
            display.lines.append(without_escapes(line))
        elif line.startswith(".Dl "):
            examples.append(Example(page, number, [without_escapes(line[4:])]))
        elif re.match(r"\.(Bd (?!-ragged)|D1)", line):
            raise ValueError(f"{page}:{number}: a display that is no example")
    return examples


def of_markdown(page, text):
    if "```" in text:
        raise ValueError(f"{page}: examples are indented, not fenced")
    blocks = re.finditer(r"(?m)(?:^    .*\n(?:\n+(?=    ))?)+", text)
    return [Example(page, text.count("\n", 0, block.start()) + 1,
                    [line[4:] for line in block[0].rstrip().split("\n")]) for block in blocks]


def examples_of(page):
    text = (ROOT / page).read_text()
    return of_markdown(page, text) if page.endswith(".md") else of_mdoc(page, text)


class Meanings:
    """What the names of a page stand for today."""

    def __init__(self):
        self.today = {}

    def fill(self, text, make_job):
        """The names that a command says; a job that nobody has made yet, or that is called ID, is made for it."""
        def meaning(found):
            name = found[0]
            if name not in self.today and (name == "ID" or re.fullmatch(ID, name)):
                self.today[name] = make_job()
            return self.today.get(name, name)
        return re.sub("|".join([*NAMES, r"(?<![\w-])ID\b"]), meaning, text)

    def compare(self, shown, came):
        """None, or why not. What a new name stands for is kept."""
        groups = {}
        found = re.fullmatch(self._pattern(shown, groups), came, re.S)
        if not found:
            return f"the page shows\n{shown}\nand it was\n{came}"
        self.today.update({name: found[group] for name, group in groups.items()})
        return None

    def _pattern(self, shown, groups):
        parts, at = [], 0
        for token in TOKEN.finditer(shown):
            parts += [loosely(shown[at:token.start()]), self._form(token, groups)]
            at = token.end()
        return "".join([*parts, loosely(shown[at:])])

    def _form(self, token, groups):
        name = token[0]
        if token.lastindex > len(NAMES):
            return f"(?:{FORMS[token.lastindex - len(NAMES) - 1]})"
        if name in self.today:
            return re.escape(self.today[name])
        if name in groups:
            return f"(?P={groups[name]})"
        groups[name] = f"name{len(groups)}"
        return f"(?P<{groups[name]}>{NAMES[token.lastindex - 1]})"


def loosely(text):
    """A pattern of it: folds may be none, gaps be of any width."""
    parts, at = [], 0
    for found in FOLD_OR_GAP.finditer(text):
        fold, gap, omission, _ = found.groups()
        parts += [re.escape(text[at:found.start()]), "\n? *" if fold else " +" if gap else ".*" if omission else " "]
        at = found.end()
    return "".join([*parts, re.escape(text[at:])])
