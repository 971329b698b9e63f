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
    "shared/operations.cpp": 'operation<A, B>("fly", "Flies",\noperation<Ping, Pong>(\n    "ping", "x",\n',
    "shared/error.cpp": 'CodeRow{Code::busy, "busy", 503},\nCodeRow{Code::lazy, "lazy", 503},\n'
                        'CodeRow{Code::forbidden, "forbidden", 403},\n',
    "man/jobd-protocol.7": ".It ping\n.It busy\n.It forbidden\nbutterfly lazybones\n",
    "man/jobctl.1": ".It Cm ping\n",
    "man/jobd.toml.5": ".Ss [daemon]\n.It Ic socket\n.It Ic wings\n.Sh FILES\n.It Ic other\n",
    "tests/e2e/bad_input_http_cases.py": '("a page", 403)\n',
    "tests/e2e/transcripts/a.txt": '> {"op":"ping"}\n< {"code":"busy"}\n',
})
# (rule, what it finds in the planted tree)
CASES = [
    (rules.operations_are_in_the_manual, ["fly"]),
    (rules.operations_are_in_a_transcript, ["fly"]),
    (rules.operations_are_in_jobctls_page, ["fly"]),
    (rules.error_codes_are_in_the_manual, ["lazy"]),
    (rules.error_codes_are_in_a_transcript, ["lazy"]),
    (rules.error_codes_of_http_are_in_its_list, ["forbidden"]),
]


class Words(unittest.TestCase):
    def test_every_rule_catches_a_planted_violation(self):
        for rule, found in CASES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(PLANTED), found)
        self.assertEqual(rules.configuration_matches_the_manual(PLANTED, {"daemon": {"socket": "", "mode": ""}}),
                         ["daemon.mode is not in jobd.toml(5)", "daemon.wings is in jobd.toml(5) only"])

    def test_the_checkout_keeps_every_rule(self):
        tree = Tree.of_checkout()
        self.assertGreaterEqual(len(rules.operations(tree)), 10)
        self.assertEqual(len(rules.error_codes(tree)), 21)
        for rule, _ in CASES:
            with self.subTest(rule.__name__):
                self.assertEqual(rule(tree), [])

    def test_the_configuration_is_the_manuals(self):
        done = subprocess.run([BIN / "jobd", "--print-config"], capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(rules.configuration_matches_the_manual(Tree.of_checkout(), tomllib.loads(done.stdout)), [])

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
