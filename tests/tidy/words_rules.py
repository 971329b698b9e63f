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


def operations_are_in_a_transcript(tree):
    text = transcripts(tree)
    return [name for name in operations(tree) if f'"op":"{name}"' not in text]


# What jobctl calls an operation, where it is another word. The end of a watch is behind no subcommand.
SUBCOMMAND = {"submit_email": "submit-email", "submit_emails": "submit-email", "get_job": "status", "list_jobs": "list",
              "cancel_job": "cancel", "cancel_jobs": "cancel", "retry_job": "retry", "retry_jobs": "retry",
              "delete_job": "delete", "unwatch": None}


def operations_are_in_jobctls_page(tree):
    page = tree.files["man/jobctl.1"]
    commands = [SUBCOMMAND.get(name, name) for name in operations(tree)]
    return [command for command in commands if command and not re.search(rf"^\.(It|Ss|Nm|Ic|Cm|Xo).*\b{command}\b", page, re.M)]


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
        heading = re.match(r"\.S[sh] \"?\\?&?\[(\w+)\]", line)
        key = re.match(r"\.It (?:Ic|Cm|Va|Li|Sy) (\w+)", line)
        if heading:
            table = heading[1]
        elif re.match(r"\.S[sh] ", line):
            table = None
        elif key and table:
            keys.add(f"{table}.{key[1]}")
    return keys


def configuration_matches_the_manual(tree, printed):
    """printed: the tables of `jobd --print-config`."""
    in_force = {f"{table}.{key}" for table, keys in printed.items() for key in keys}
    described = keys_in_manual(tree.files["man/jobd.toml.5"])
    return ([f"{key} is not in jobd.toml(5)" for key in sorted(in_force - described)] +
            [f"{key} is in jobd.toml(5) only" for key in sorted(described - in_force)])
