"""The README's first command, as a new user runs it. The packages are there and all is built, so it needs no network."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from support import ROOT

IDS = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Quickstart(unittest.TestCase):
    def test_shows_the_whole_way_and_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory(prefix="quick-", dir="/tmp") as temporary:
            done = subprocess.run([ROOT / "cmd" / "quickstart"], env=dict(os.environ, TMPDIR=temporary),
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(done.stderr, "")
            _, embedded, simulated = re.split(r"(?m)^(?=[12]\. )", done.stdout)
            self.check_embedded(embedded)
            self.check_simulated(simulated)
            self.assertEqual(list(pathlib.Path(temporary).iterdir()), [])

    def check_embedded(self, told):
        answer, mail = told.split("The mail, ")
        (job_id,) = set(IDS.findall(answer))
        self.assertRegex(answer, r"(?m)^State +completed: nothing was sent \(maildir\)$")
        self.assertIn("\nSubject: Hello\n", mail)
        self.assertRegex(mail, rf"(?mi)^Message-ID: <{job_id}\b")

    def check_simulated(self, told):
        """One email and what status said of it at three moments."""
        self.assertEqual(len(set(IDS.findall(told))), 1, told)
        _, *reports = re.split(r"(?m)^\$ jobctl status .*$", told)
        self.assertEqual([re.search(r"(?m)^State +(\w+)", report)[1] for report in reports],
                         ["pending", "processing", "completed"], told)
        history = [re.search(rf"(?m)^(?:History)? +{n}  \S+ \S+  (\w+) after", reports[2]) for n in (1, 2)]
        self.assertEqual([entry and entry[1] for entry in history], ["temporary", "delivered"], told)


if __name__ == "__main__":
    unittest.main()
