"""jobctl on a terminal, and in pipes whose reader goes away."""

import os
import signal
import subprocess
import unittest

from support import PATIENCE
from support.daemon import JOBCTL, Daemon
from support.terminal import Terminal

ESCAPE = "\x1b["


class OnATerminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(transport="simulate:", config={"mail": {"from": "app@example.com"}})
        cls.daemon.start()
        with cls.daemon.client() as client:
            cls.ids = [client.submit(to=f"a-rather-long-name-{n}@example.com", subject="日本語 " * 20)["id"]
                       for n in range(3)]
            for job in cls.ids:
                client.at_its_end(job)
        cls.env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
        cls.env.update(JOBD_SOCKET=cls.daemon.socket_path, TERM="xterm")

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None)

    def shown(self, *arguments, columns=80, **env):
        with Terminal([JOBCTL, *arguments], columns=columns, env={**self.env, **env}) as terminal:
            return terminal.all()

    def piped(self, *arguments):
        return subprocess.run([JOBCTL, *arguments], env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE, check=True).stdout

    def test_a_table_fits_and_is_whole_in_a_pipe(self):
        table = self.shown("list", columns=80, NO_COLOR="1").splitlines()
        self.assertEqual([line.split()[0] for line in table], ["ID", *self.ids[::-1]])
        for line in table:
            self.assertLessEqual(len(line) + sum(c in "日本語" for c in line), 80)
        self.assertIn("a-rather-long-name-0@example.com", self.piped("list"))
        self.assertNotIn("…", self.piped("list"))

    def test_colors_are_for_those_who_see_and_want_them(self):
        self.assertIn("\x1b[32mcompleted", self.shown("list"))
        self.assertIn("\x1b[32mcompleted", self.shown("status", self.ids[0]))
        self.assertIn(ESCAPE, self.piped("list", "--color", "always"))
        for plain in (self.shown("list", TERM="dumb"), self.shown("list", NO_COLOR="1"),
                      self.shown("list", "--color=never"), self.shown("status", self.ids[0], "--json"),
                      self.shown("stats", "--json"), self.shown("list", "--json-lines", "--color", "always"),
                      self.piped("list"), self.piped("status", self.ids[0])):
            self.assertNotIn(ESCAPE, plain)

    def end_without_reader(self, ignore_sigpipe, *arguments):
        read, write = os.pipe()
        os.close(read)
        try:
            done = subprocess.run([JOBCTL, *arguments], env=self.env, stdin=subprocess.DEVNULL, stdout=write,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False,
                                  restore_signals=not ignore_sigpipe)
        finally:
            os.close(write)
        return done.returncode, done.stderr

    def test_a_pipe_that_closes_ends_it_without_a_word(self):
        for arguments in (["list"], ["stats", "--json"], ["watch"], ["completion", "bash"], ["--help"]):
            with self.subTest(arguments):
                code, told = self.end_without_reader(False, *arguments)
                self.assertIn(code, (-signal.SIGPIPE, 74) if arguments == ["watch"] else (-signal.SIGPIPE,))
                self.assertEqual(told, b"")
                self.assertEqual(self.end_without_reader(True, *arguments), (74, b""))


if __name__ == "__main__":
    unittest.main()
