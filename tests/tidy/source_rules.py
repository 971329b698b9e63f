"""Rules on the source: each takes a Tree and returns what breaks it."""

import ast
import re

from tree import without_strings

# Who may include whom (README, map of the house): a folder's files see their own folder and these.
ALLOWED = {
    "shared": [],
    "daemon/core": ["shared"],
    "daemon/store": ["shared", "daemon/core"],
    "daemon/mail": ["shared", "daemon/core"],
    "daemon/net": ["shared", "daemon/core"],
    "daemon": ["shared", "daemon/core", "daemon/store", "daemon/mail", "daemon/net"],
    "cmd": ["shared"],
    "tests": ["shared", "daemon/core", "daemon/store", "daemon/mail", "daemon/net", "daemon", "cmd"],
}

# Where each foreign library may be included: one place, so that it can be replaced there.
WRAPPED = {
    r"nlohmann/": r"^(shared/json\.h|tests/)",
    r"boost/(asio|beast)": r"^daemon/((net|mail)/.*|[^/]*)$|^tests/",
    r"boost/json": r"^shared/json_quick\.cpp$",
    r"boost/uuid/": r"^(shared|daemon/(core|store))/|^tests/",
    r"sqlite3\.h": r"^daemon/store/database\.(cpp|h)$|^tests/contract/",
    r"spdlog/": r"^daemon/[^/]*log[^/]*\.cpp$",
    r"CLI/": r"^cmd/|^daemon/[^/]*\.cpp$",
    r"g(mime|lib)": r"^daemon/mail/[^/]*\.(cpp|h)$",
    r"toml\+\+/": r"^daemon/[^/]*\.cpp$",
    r"systemd/": r"^daemon/[^/]*\.cpp$",
    r"openssl/|boost/asio/ssl": r"^daemon/(mail|net)/|^tests/mail/",
    r"idn2\.h": r"^daemon/mail/idn\.cpp$",
    r"kainjow/|mustache": r"^daemon/[^/]*template[^/]*\.cpp$",
    r"g(test|mock)/": r"^tests/",
}

INCLUDE = re.compile(r'^#include ["<]([^">]+)[">]', re.M)


def folder_of(path):
    parts = path.split("/")
    if parts[0] == "daemon" and len(parts) > 2:
        return "/".join(parts[:2])
    return parts[0]


def includes(tree):
    for path, text in tree.matching(r"\.(cpp|h)$"):
        for included in INCLUDE.findall(text):
            yield path, included


def includes_follow_the_house(tree):
    broken = []
    for path, included in includes(tree):
        own, theirs = folder_of(path), folder_of(included)
        if theirs in ALLOWED and theirs != own and theirs not in ALLOWED.get(own, []):
            broken.append(f"{path} includes {included}")
    return broken


def foreign_libraries_are_wrapped(tree):
    return [f"{path} includes {included}" for path, included in includes(tree)
            for library, place in WRAPPED.items() if re.match(library, included) and not re.search(place, path)]


def transports_stay_out_of_headers(tree):
    """No Asio, SQLite, spdlog, TOML or CLI11 in a header that others include; json.h and test support apart."""
    heavy = re.compile(r"(boost/(asio|beast)|sqlite3\.h|spdlog|toml\+\+|CLI/|nlohmann/|openssl/|kainjow/)")
    return [f"{path} includes {included}" for path, included in includes(tree)
            if path.endswith(".h") and heavy.match(included) and path not in ("shared/json.h",)
            and not path.startswith("tests/")]


def no_coroutines(tree):
    return tree.lines(tree.code(), r"\bco_(await|return|yield)\b")


def no_sleep_in_tests(tree):
    code = [(path, text) for path, text in tree.code() if path.startswith("tests/")]
    scripts = [(path, text) for path, text in tree.matching(r"^(tests|\.ci|cmd)/") if text.startswith("#!") or
               path.endswith(".py")]
    scripts = [(path, text) for path, text in scripts if not path.startswith("tests/tidy/")]
    return (tree.lines(code, r"\b(sleep|usleep|nanosleep|sleep_for|sleep_until)\s*\(") +
            tree.lines(scripts, r"\bsleep\s*\(|^\s*sleep\s|[;&|]\s*sleep\s"))


def clock_is_read_in_one_place(tree):
    """A benchmark apart, which measures."""
    code = [(path, text) for path, text in tree.code() if path != "shared/clock.cpp" and not path.startswith("tests/bench/")]
    scripts = tree.matching(r"^tests/e2e/.*\.py$")
    return (tree.lines(code, r"_clock::now\b|\b(gettimeofday|clock_gettime|timespec_get|localtime|gmtime)\s*\(|"
                             r"\bstd::time\s*\(|(?<![\w.:>])time\s*\((nullptr|NULL|0|&)") +
            tree.lines(scripts, r"\btime\.(time|monotonic|perf_counter)\b|datetime\.(now|utcnow)\b"))


MAKES_DESCRIPTORS = re.compile(r"(?<!\w)::(socket|socketpair|accept4?|open|openat|pipe2?|eventfd|inotify_init1?|timerfd_create|"
                               r"epoll_create1?|memfd_create|signalfd|dup[23]?)\s*\([^;{]*|\bF_DUPFD\b|"
                               r"[.>](async_)?accept\s*\(|\bsocket\.open\s*\(")


def descriptors_are_not_inherited(tree):
    """Each is made with CLOEXEC, for another thread may start a child at any time: never with what Asio or libc would
    set later, or not at all. The flags may be a kFlags of the file, but the call itself names it."""
    def says_so(call, text):
        named = re.search(r"\bkFlags\b", call) and re.search(r"constexpr int kFlags = [^;]*CLOEXEC", text)
        return "CLOEXEC" in call or named

    return [f"{path}:{text.count(chr(10), 0, made.start()) + 1}: {made[0].splitlines()[0]}"
            for path, text in tree.code() if path.startswith("daemon/")
            for made in MAKES_DESCRIPTORS.finditer(text) if not says_so(made[0], text)]


def no_meaningless_names(tree):
    return tree.lines(tree.code(), r"\b(class|struct)\s+\w*(Manager|Helper|Util|Utils)\b")


def nothing_is_left_to_do(tree):
    marks = "|".join(["TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK"])
    return tree.lines(list(tree.files.items()), rf"\b({marks})\b")


def no_test_is_skipped(tree):
    tests = [(path, text) for path, text in tree.matching(r"^tests/") if not path.startswith("tests/tidy/")]
    return tree.lines(tests, r"GTEST_SKIP|\bDISABLED_|unittest\.skip|skipTest|expectedFailure")


LONG = re.compile(r"longer than 400 lines:")


def files_are_short(tree):
    """At most 400 lines, or a line that says why: "longer than 400 lines: <reason>". Pages to read are as long as they are."""
    return [f"{path} has {text.count(chr(10))} lines" for path, text in tree.files.items()
            if not path.startswith("man/") and path != "README.md" and text.count("\n") > 400 and not LONG.search(text)]


def text_is_clean(tree):
    files = [(path, text) for path, text in tree.files.items() if not path.endswith((".eml", ".txt"))]
    return (tree.lines(files, r"[ \t]$") +
            [f"{path} has CR LF" for path, text in files if "\r\n" in text] +
            [f"{path} does not end in a line end" for path, text in files if text and not text.endswith("\n")] +
            tree.lines([(p, t) for p, t in files if re.search(r"\.(cpp|h|py|toml|service)$", p)], r"\t"))


def lines_are_short(tree):
    """At most 120 columns of C++, its comments too. A string is not counted: what cannot be broken is in one."""
    pairs = [(path, without_strings(text)) for path, text in tree.matching(r"\.(cpp|h)$")]
    return tree.lines(pairs, r".{121}")


def headers_have_their_guard(tree):
    return [path for path, text in tree.matching(r"\.h$") if "#pragma once" not in text]


TOP = {"CMakeLists.txt", "README.md", "shared", "daemon", "cmd", "tests", "man"}


def top_level_is_the_house(tree):
    names = {path.split("/")[0] for path in tree.files}
    return sorted(name for name in names if name not in TOP and not name.startswith("."))


def no_path_of_a_workplace(tree):
    """Nothing of the machine it was written on: absolute paths of homes and checkouts."""
    tests = [(path, text) for path, text in tree.files.items() if not path.startswith("tests/tidy/")]
    return tree.lines(tests, r"(?<![\w.])/(home|root|Users|work|workspace|mnt)/\w\w")


LONG_FUNCTION = re.compile(r"longer than 70 lines:")
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b(?!.*\))|\bextern\b", re.S)
HEAD_OF_FUNCTION = re.compile(r"\)[^=]*$", re.S)


def functions(code):
    """(first line, last line) of each C++ function: a scan of the braces, where a body follows its parentheses."""
    opened, head, begin = [], "", 0
    for place, sign in enumerate(code):
        if sign == "{":
            kind = "scope" if SCOPE.search(head) else "function" if HEAD_OF_FUNCTION.search(head) else "block"
            inside = any(outer != "scope" for outer, _, _ in opened)
            opened.append(("block" if inside else kind, head, begin))
            head = ""
        elif sign == "}" and opened:
            kind, before, start = opened.pop()
            goes_on = kind == "function" and re.match(r"\s*[,{]", code[place + 1:place + 200])  # a member's initializer
            if kind == "function" and not goes_on:
                yield code.count("\n", 0, start) + 1, code.count("\n", 0, place) + 1
            head, begin = (before + "{}", start) if goes_on else ("", place)
        elif sign == ";":
            head = ""
        elif head or not sign.isspace():
            begin = begin if head else place
            head += sign


def functions_are_short(tree):
    """At most 70 lines, or a line in it that says why it is linear: "longer than 70 lines: <reason>"."""
    found = [(path, first, last) for path, text in tree.code() for first, last in functions(text)]
    for path, text in tree.matching(r"\.py$"):
        found += [(path, node.lineno, node.end_lineno) for node in ast.walk(ast.parse(text))
                  if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return [f"{path}:{first}: a function of {last - first + 1} lines" for path, first, last in found if last - first >= 70
            and not LONG_FUNCTION.search("\n".join(tree.files[path].splitlines()[first - 1:last]))]


def no_fixed_port_in_tests(tree):
    """Nothing of a test listens on or connects to a port that was chosen beforehand; what only parses a URL may name one."""
    tests = [(path, text) for path, text in tree.matching(r"^tests/(e2e|net|mail|daemon)/")
             if path != "tests/mail/transport_test.cpp"]
    return tree.lines(tests, r"(127\.0\.0\.1|\blocalhost|\[::1\]):[1-9]|\"(127\.0\.0\.1|localhost|::1)\", *[1-9]|"
                             r"\bport\w* *= *[1-9]|\bhtons\([1-9]")
