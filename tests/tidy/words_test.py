"""One table, one manual: operations, error codes and configuration keys are told wherever they must be."""

import os
import pathlib
import subprocess
import tempfile
import tomllib
import unittest

import words_rules as rules
from tree import ROOT, Tree

BIN = pathlib.Path(os.environ.get("JOBD_BIN", ROOT / "build" / "bin"))

PLANTED = Tree({
    "shared/operations.cpp": 'operation<A, B>("fly", "Flies", "POST", "/fly",\n'
                             'operation<Ping, Pong>(\n    "ping", "x", "GET", "/healthz",\n',
    "shared/error.cpp": 'CodeRow{Code::busy, "busy", 503},\nCodeRow{Code::lazy, "lazy", 503},\n'
                        'CodeRow{Code::forbidden, "forbidden", 403},\n',
    "man/jobd-protocol.7": ".It Cm ping Ta GET Ta Pa /healthz\n.It busy\n.It forbidden\nbutterfly lazybones\n",
    "man/jobctl.1": ".It Fl -old\n.Ss ping\n.Nm\n.Cm ping\n.It Fl -wait\n.It Fl -gone\n"
                    ".Ss cancel\n.Ar filter\n.Fl -tag ,\n.It Fl -yes\n.Ss retry\n.Ar filter\n"
                    ".Sh ENVIRONMENT\n.Ev TERM\n.Sh FILES\n.Ev LOST\n",
    "man/jobd.8": ".Sh ENVIRONMENT\n.Ev HOME\n",
    "cmd/a.cpp": 'environment("TERM"); environment("LOST");\n',
    "daemon/a.cpp": 'getenv("HOME"); x.envname("FOUND");\n',
    "man/jobd.toml.5": ".Ss [daemon]\n.It Ic socket\n.It Ic wings\n.Sh FILES\n.It Ic other\n",
    "tests/e2e/bad_input_http_cases.py": '("a page", 403)\n',
    "tests/e2e/transcripts/a.txt": '> {"op":"ping"}\n< {"code":"busy"}\n',
})
# (rule, what it finds in the planted tree)
CASES = [
    (rules.operations_are_in_the_manual, ["fly"]),
    (rules.routes_are_in_the_manual, ["fly"]),
    (rules.environment_is_in_the_manual, ["LOST is not in man/jobctl.1", "FOUND is not in man/jobd.8"]),
    (rules.operations_are_in_a_transcript, ["fly"]),
    (rules.operations_are_in_jobctls_page, ["fly"]),
    (rules.error_codes_are_in_the_manual, ["lazy"]),
    (rules.error_codes_are_in_a_transcript, ["lazy"]),
    (rules.error_codes_of_http_are_in_its_list, ["forbidden"]),
]


PLANTED_HELP = {
    "": "Usage: jobctl\n  -h,--help  x\nSubcommands:\n  ping  Answer\n  cancel  Cancel\n  retry  Retry\n  fly  Fly\n",
    "ping": "  -h,--help  x\n  --wait[=DURATION]  x\n  --soon  x\n",
    "cancel": "  --tag TAG  x\n  --yes  x\n",
    "retry": "  --tag TAG  x\n",
}


def help_of(program, *words):
    done = subprocess.run([BIN / program, *words, "--help"], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


# One of each kind of table that there may be many of.
RELAYS = """
[[relay]]
name = "a"
url = "smtp://localhost"
[[route]]
relay = "a"
[[domain]]
name = "example.com"
"""


def printed_config(*arguments):
    done = subprocess.run([BIN / "jobd", *arguments, "--print-config"], capture_output=True, text=True, timeout=60,
                          check=True)
    return tomllib.loads(done.stdout)


class Words(unittest.TestCase):
    def test_every_rule_catches_a_planted_violation(self):
        for rule, found in CASES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(PLANTED), found)
        self.assertEqual(rules.configuration_matches_the_manual(PLANTED, {"daemon": {"socket": "", "mode": ""}}),
                         ["daemon.mode is not in jobd.toml(5)", "daemon.wings is in jobd.toml(5) only"])
        self.assertEqual(rules.command_line_matches_the_manual(PLANTED, PLANTED_HELP),
                         ["jobctl: --help is not in the page", "jobctl: --old is in the page only",
                          "ping: --soon is not in the page", "ping: --gone is in the page only",
                          "fly is not in the page"])

    def test_the_checkout_keeps_every_rule(self):
        tree = Tree.of_checkout()
        self.assertGreaterEqual(len(rules.operations(tree)), 10)
        self.assertEqual(len(rules.error_codes(tree)), 21)
        for rule, _ in CASES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(tree), [])

    def test_the_configuration_is_the_manuals(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "jobd.toml")
            file.write_text(RELAYS)
            printed = printed_config("--transport", "maildir:/x") | printed_config("--config", file)
            printed["mail"]["transport"] = ""  # there only without relays
        self.assertEqual(rules.configuration_matches_the_manual(Tree.of_checkout(), printed), [])

    def test_the_command_lines_are_the_manuals(self):
        tree = Tree.of_checkout()
        helps = {"": help_of("jobctl")}
        helps |= {name: help_of("jobctl", name) for name in rules.subcommands(helps[""])}
        self.assertGreaterEqual(len(helps), 10)
        self.assertEqual(rules.command_line_matches_the_manual(tree, helps), [])
        options = rules.section(tree.files["man/jobd.8"], "Sh", "OPTIONS")
        self.assertEqual(rules.options_match(options, help_of("jobd")), [])

    def test_every_operation_is_a_subcommand(self):
        for name in rules.operations(Tree.of_checkout()):
            command = rules.SUBCOMMAND.get(name, name)
            if command:
                done = subprocess.run([BIN / "jobctl", command, "--help"], capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, command)


class Service(unittest.TestCase):
    def verify(self, text):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            unit = pathlib.Path(folder) / "jobd.service"
            unit.write_text(text.replace("/usr/sbin/jobd", str(BIN / "jobd")))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True,
                                  timeout=60, check=False)
            return done.returncode, done.stderr

    def test_systemd_accepts_it(self):
        text = (ROOT / "daemon/systemd/jobd.service").read_text()
        self.assertEqual(self.verify(text), (0, ""))
        self.assertIn("Nonsense", self.verify(text.replace("[Service]", "[Service]\nNonsense=yes"))[1])


if __name__ == "__main__":
    unittest.main()
