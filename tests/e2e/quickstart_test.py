"""The README's first command, as a new user runs it. The packages are there and all is built, so it needs no network."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from support import ROOT


class Quickstart(unittest.TestCase):
    def test_shows_the_whole_way_and_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory(prefix="quick-", dir="/tmp") as temporary:
            done = subprocess.run([ROOT / "cmd" / "quickstart"], env=dict(os.environ, TMPDIR=temporary),
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(done.stderr, "")
            words = iter(done.stdout.split())
            for state in ("pending", "processing", "completed"):
                self.assertTrue(any(state in word for word in words), f"no {state}, in this order:\n{done.stdout}")
            self.assertIn("Subject: Hello", done.stdout)
            self.assertIn("temporary", done.stdout)
            self.assertEqual(list(pathlib.Path(temporary).iterdir()), [])


if __name__ == "__main__":
    unittest.main()
