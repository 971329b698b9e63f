"""The completions, as bash, zsh and fish work with them."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import BIN, PATIENCE
from support.daemon import JOBCTL, Daemon
from support.terminal import Terminal

SUBCOMMANDS = ["submit-email", "status", "why", "list", "cancel", "retry", "delete", "watch", "stats", "relays", "pause", "resume",
               "ping", "ready", "probe", "sendmail", "completion"]
STATES = ["pending", "processing", "completed", "failed", "held", "cancelled"]

# In bash: sources the completions, sets the words as readline does and prints what they offer.
ASK_BASH = r"""
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_jobctl
printf '%s\n' "${COMPREPLY[@]}"
"""

# What the shells complete for: tells its arguments, and asks jobd as jobctl does.
FAKE = """#!/bin/sh
case " $* " in *" list --limit 50 "*) exec {jobctl} "$@" ;; esac
printf 'got'
printf '<%s>' "$@"
echo
"""


class Completions(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="comp-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder)
        fake = self.folder / "jobctl"
        fake.write_text(FAKE.format(jobctl=JOBCTL))
        fake.chmod(0o755)
        (self.folder / "mail.txt").touch()
        self.env = dict(os.environ, PATH=f"{self.folder}:/usr/bin:/bin", HOME=str(self.folder), TERM="xterm",
                        JOBD_SOCKET=str(self.folder / "nobody"), LC_ALL="C.UTF-8")
        self.scripts = {}
        for shell in ("bash", "zsh", "fish"):
            done = subprocess.run([JOBCTL, "completion", shell], capture_output=True, text=True, check=True,
                                  timeout=PATIENCE)
            self.scripts[shell] = self.folder / f"jobctl.{shell}"
            self.scripts[shell].write_text(done.stdout)

    def run_quietly(self, *command, **more):
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=self.env,
                              cwd=self.folder, stdin=subprocess.DEVNULL, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def bash(self, *words):
        """What is offered for the last of the words."""
        told = self.run_quietly("bash", "--norc", "-c", ASK_BASH, "bash", self.scripts["bash"], "jobctl", *words)
        return [line for line in told.splitlines() if line]

    def fish(self, line):
        """The candidates and their descriptions."""
        script = f"source {self.scripts['fish']}; complete -C '{line}'"
        rows = [row.split("\t") for row in self.run_quietly("fish", "--no-config", "-c", script).splitlines()]
        return {row[0]: row[1] if len(row) > 1 else "" for row in rows}

    def test_every_shell_can_read_its_script(self):
        for shell, script in self.scripts.items():
            with self.subTest(shell):
                self.assertEqual(self.run_quietly(shell, "-n", script), "")

    def test_bash_offers_what_is_defined(self):
        self.assertEqual(self.bash(""), SUBCOMMANDS)
        self.assertEqual(self.bash("re"), ["retry", "relays", "resume", "ready"])
        self.assertEqual(self.bash("--color", "always", "pa"), ["pause"])
        self.assertEqual(self.bash("--so"), ["--socket"])
        self.assertEqual(self.bash("list", "--status", ""), STATES)
        self.assertEqual(self.bash("list", "--status", "=", "f"), ["failed"])  # as readline gives --status=f
        self.assertEqual(self.bash("list", "--status", "="), STATES)
        self.assertEqual(self.bash("--color=never", "list", "--col"), ["--color"])
        self.assertEqual(self.bash("submit-email", "--on-uncertain", "h"), ["hold"])
        self.assertEqual(self.bash("submit-email", "--body-file", "ma"), ["mail.txt"])
        self.assertEqual(self.bash("submit-email", "--subject", ""), [])
        self.assertEqual(self.bash("completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.bash("nonsense", ""), [])
        self.assertEqual(self.bash("sendmail", "--"), ["--help"])  # its words are its own

    def test_bash_offers_every_option_that_help_tells(self):
        for subcommand in SUBCOMMANDS:
            told = subprocess.run([JOBCTL, subcommand, "--help"], capture_output=True, text=True, check=True,
                                  timeout=PATIENCE).stdout
            own = {word.split("[")[0].split(",")[-1] for line in told.splitlines() if line.startswith("  -")
                   for word in line.split()[:1]}
            self.assertLessEqual(own, set(self.bash(subcommand, "-")), subcommand)

    def test_fish_offers_what_is_defined(self):
        self.assertEqual(list(self.fish("jobctl ")), SUBCOMMANDS)
        self.assertEqual(self.fish("jobctl li"), {"list": "List jobs, newest first"})
        self.assertEqual(set(self.fish("jobctl list --status ")), set(STATES))
        self.assertEqual(set(self.fish("jobctl --color always list --status=fai")), {"--status=failed"})
        self.assertEqual(set(self.fish("jobctl submit-email --body-file ma")), {"mail.txt"})
        self.assertEqual(set(self.fish("jobctl list --js")), {"--json", "--json-lines"})
        self.assertEqual(self.fish("jobctl pause "), {})
        self.assertEqual(set(self.fish("jobctl sendmail --")), {"--help"})

    def test_ids_are_silent_when_jobd_is_away(self):
        self.assertEqual(self.bash("status", ""), [])
        self.assertEqual(self.fish("jobctl status "), {})

    def test_ids_are_those_of_the_newest_jobs(self):
        with Daemon(transport="simulate:", config={"mail": {"from": "app@example.com"}}) as daemon, \
                daemon.client() as client:
            ids = [client.submit(delay="1h")["id"] for _ in range(3)][::-1]
            self.env["JOBD_SOCKET"] = daemon.socket_path
            self.assertEqual(self.bash("why", ""), ids)
            self.assertEqual(self.bash("cancel", ids[0], ids[1]), [ids[1]])
            self.assertEqual(self.bash("status", "--wait", "="), [])  # as readline gives --wait=
            self.assertEqual(self.bash("status", "--wait", "=", "5"), [])
            self.assertEqual(self.bash("status", "--wait", "=", "5s", ""), ids)
            told = self.fish("jobctl status ")
            self.assertEqual(list(told), ids)
            self.assertRegex(told[ids[0]], "^pending +20")
            self.env["JOBD_SOCKET"] = "/nowhere"
            self.assertEqual(self.bash("--socket", daemon.socket_path, "why", ""), ids)
            self.assertEqual(self.bash("--socket", "=", daemon.socket_path, "why", ""), ids)
            self.assertEqual(list(self.fish(f"jobctl --socket {daemon.socket_path} why ")), ids)

    def by_hand(self, shell, prepare, cases):
        """A person types, with TAB and RETURN: what the command then gets. zsh puts "=" where bash leaves a blank."""
        with Terminal(shell, env=dict(self.env, PS1="> ", PS2="", HISTFILE="")) as terminal:
            terminal.type(prepare + "; echo rea''dy\n")
            terminal.wait_for(r"ready\r?\n")
            for typed, got in cases:
                with self.subTest(shell=shell, typed=typed):
                    terminal.type(typed + "\n")
                    self.assertEqual(terminal.wait_for(r"got(<[^\r\n]*)")[1].replace("=", "><"), got.replace("=", "><"))

    CASES = [("jobctl li\t--sta\tfai\t", "<list><--status><failed>"),
             ("jobctl submit-email --on-unc\tho\t", "<submit-email><--on-uncertain><hold>"),
             ("jobctl submit-email --attach mai\t", "<submit-email><--attach><mail.txt>"),
             ("jobctl submi\t--json-\t", "<submit-email><--json-lines>"),
             ("jobctl list --status=fai\t", "<list><--status=failed>"),
             ("jobctl completion f\t", "<completion><fish>")]

    def test_bash_by_hand(self):
        self.by_hand(["bash", "--norc", "-i"], f"cd {self.folder}; source {self.scripts['bash']}", self.CASES)

    def test_zsh_by_hand(self):
        with Daemon(transport="simulate:", config={"mail": {"from": "app@example.com"}}) as daemon, \
                daemon.client() as client:
            job = client.submit(delay="1h")["id"]
            self.env["JOBD_SOCKET"] = daemon.socket_path
            cases = [*self.CASES, ("jobctl status 0\t", f"<status><{job}>")]
            prepare = f"cd {self.folder}; autoload -U compinit; compinit -u -D; source {self.scripts['zsh']}"
            self.by_hand(["zsh", "-f", "-i"], prepare, cases)

    def test_they_are_built_where_shells_look_for_them(self):
        places = {"bash": "bash-completion/completions/jobctl", "zsh": "zsh/site-functions/_jobctl",
                  "fish": "fish/vendor_completions.d/jobctl.fish"}
        root = BIN.parent / "completions"
        for shell, place in places.items():
            self.assertEqual((root / place).read_text(), self.scripts[shell].read_text(), shell)


if __name__ == "__main__":
    unittest.main()
