"""Rules that hold the tables of the code and the pages of the manual together."""

import re


def operations(tree):
    return re.findall(r'operation<[^>]*>\(\s*"(\w+)"', tree.files["shared/operations.cpp"])


def error_codes(tree):
    return re.findall(r'CodeRow\{Code::\w+, "(\w+)"', tree.files["shared/error.cpp"])


def transcripts(tree):
    return "".join(text for _, text in tree.matching(r"^tests/e2e/transcripts/.*\.txt$"))


def has_word(word, text):
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)


def operations_are_in_the_manual(tree):
    page = tree.files["man/jobd-protocol.7"]
    return [name for name in operations(tree) if not has_word(name, page)]


def routes(tree):
    """(name, method, path) of each operation that HTTP has."""
    row = r'operation<[^>]*>\(\s*"(\w+)",\s*"[^"]*",\s*"(\w*)",\s*"([^"]*)"'
    return [found for found in re.findall(row, tree.files["shared/operations.cpp"]) if found[1]]


def routes_are_in_the_manual(tree):
    rows = tree.files["man/jobd-protocol.7"].splitlines()
    return [name for name, method, path in routes(tree)
            if f".It Cm {name} Ta {method} Ta Pa {path.replace('{id}', 'ID')}" not in rows]


def operations_are_in_a_transcript(tree):
    text = transcripts(tree)
    return [name for name in operations(tree) if f'"op":"{name}"' not in text]


# What jobctl calls an operation, where it is another word. The end of a watch is behind no subcommand.
SUBCOMMAND = {"submit_email": "submit-email", "submit_emails": "submit-email", "get_job": "status", "list_jobs": "list",
              "cancel_job": "cancel", "cancel_jobs": "cancel", "retry_job": "retry", "retry_jobs": "retry",
              "delete_job": "delete", "probe_relay": "probe", "unwatch": None}


def operations_are_in_jobctls_page(tree):
    page = tree.files["man/jobctl.1"]
    commands = [SUBCOMMAND.get(name, name) for name in operations(tree)]
    return [command for command in commands if command and not re.search(rf"^\.(It|Ss|Nm|Ic|Cm|Xo).*\b{command}\b", page, re.M)]


# Where each program reads its environment.
READERS = {"man/jobctl.1": r"^(cmd|shared)/.*\.cpp$", "man/jobd.8": r"^daemon/.*\.cpp$"}


def environment_is_in_the_manual(tree):
    missing = []
    for page, readers in READERS.items():
        told = section(tree.files[page], "Sh", "ENVIRONMENT")
        for _, code in tree.matching(readers):
            names = re.findall(r'\b(?:environment|getenv|envname)\("(\w+)"\)', code)
            missing += [f"{name} is not in {page}" for name in names if not has_word(name, told)]
    return missing


def section(page, level, title):
    """What stands under `.Sh TITLE` or `.Ss title`; empty without it."""
    end = "Sh" if level == "Sh" else "S[hs]"
    found = re.search(rf"^\.{level} {re.escape(title)}\n(.*?)(?=^\.{end} |\Z)", page, re.M | re.S)
    return found[1] if found else ""


def options_match(text, help_text):
    """mdoc gives an option its first dash. Those of the help that the text lacks, then those it has of its own."""
    options = re.findall(r"^ +(?:-\w,)?-(-[\w-]+)", help_text, re.M)
    return ([f"-{option} is not in the page" for option in options
             if not re.search(rf"(?<!\S){option}(?![\w-])", text)] +
            [f"-{option} is in the page only" for option in re.findall(r"^\.It Fl (?:h , Fl )?(-[\w-]+)", text, re.M)
             if option not in options])


def subcommands(help_text):
    return re.findall(r"^  ([a-z][\w-]*) +[A-Z]", help_text.partition("Subcommands:")[2], re.M)


def command_line_matches_the_manual(tree, helps):
    """helps: by subcommand, "" for jobctl's own, the text of --help. A filter is told once, for cancel."""
    page = tree.files["man/jobctl.1"]
    wrong = [f"jobctl: {why}" for why in options_match(page[:page.index(".Ss ")], helps[""])]
    for name in subcommands(helps[""]):
        text = section(page, "Ss", name)
        if not text:
            wrong.append(f"{name} is not in the page")
            continue
        if ".Ar filter" in text:
            text += re.sub(r"(?m)^\.It .*", "", section(page, "Ss", "cancel"))
        wrong += [f"{name}: {why}" for why in options_match(text, helps[name]) if "--help" not in why]
    return wrong


def error_codes_are_in_the_manual(tree):
    page = tree.files["man/jobd-protocol.7"]
    return [code for code in error_codes(tree) if not has_word(code, page)]


# Codes of accounts and of faults: a transcript cannot bring them about; nor those of HTTP, which have a list of their own.
OF_HTTP = {"invalid_request", "method_not_allowed", "unsupported_media_type", "forbidden"}
BEYOND_A_TRANSCRIPT = {*OF_HTTP, "unauthorized", "rate_limited", "gone", "draining", "internal"}


def error_codes_are_in_a_transcript(tree):
    text = transcripts(tree)
    return [code for code in error_codes(tree) if code not in BEYOND_A_TRANSCRIPT and f'"code":"{code}"' not in text]


def error_codes_of_http_are_in_its_list(tree):
    text = tree.files["tests/e2e/bad_input_http_cases.py"]
    return [code for code in error_codes(tree) if code in OF_HTTP and f'"{code}"' not in text]


def keys_in_manual(page):
    """{"daemon.socket", ...} of jobd.toml(5): ".Ss [daemon]" or ".It Bq daemon" begins a table, ".It Ic key" is a key."""
    keys, table = set(), None
    for line in page.splitlines():
        heading = re.match(r"\.S[sh] \"?\\?&?\[\[?(\w+)\]", line)
        key = re.match(r"\.It (?:Ic|Cm|Va|Li|Sy) (\w+)", line)
        if heading:
            table = heading[1]
        elif re.match(r"\.S[sh] ", line):
            table = None
        elif key and table:
            keys.add(f"{table}.{key[1]}")
    return keys


def configuration_matches_the_manual(tree, printed):
    """printed: the tables of `jobd --print-config`, lists of tables too."""
    in_force = {f"{table}.{key}" for table, keys in printed.items()
                for one in (keys if isinstance(keys, list) else [keys]) for key in one}
    described = keys_in_manual(tree.files["man/jobd.toml.5"])
    return ([f"{key} is not in jobd.toml(5)" for key in sorted(in_force - described)] +
            [f"{key} is in jobd.toml(5) only" for key in sorted(described - in_force)])
