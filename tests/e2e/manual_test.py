"""Every example of the manual and the README runs, and gives what the page shows.

Sessions run in a bash, one page after the other in its own scene; the requests and replies of jobd-protocol(7) go over
one connection in the order of the page; TOML goes through jobd. What is none of these is named in OTHERS, each with its
way to run or the reason that it has none, so that no example comes in unseen.
"""

import contextlib
import re
import subprocess
import tomllib
import unittest

from support import PATIENCE, ROOT
from support.daemon import JOBD
from support.manual import PAGES, Example, Meanings, examples_of
from support.scene import Scene

FOREGROUND = re.compile(r"(\S*/)?jobd (?!.*--(print-config|check-config|version|help))")
ENDLESS = re.compile(r"\bjobctl watch\b|/events\b")
EXIT_CODES = {  # else 0
    "jobd --config jobd.toml --check-config": 78,
    "jobctl submit-email --json-lines <letters.jsonl >results.jsonl": 65,
}


def expect(scene, command, shown, came, code):
    wanted = EXIT_CODES.get(command, 0)
    if code != wanted:
        raise AssertionError(f"{command}\nended with {code}, not {wanted}: {came}")
    if shown and (why := scene.meanings.compare(shown, came)):
        raise AssertionError(f"{command}\n{why}")


def run_session(scene, example):
    for command, shown in example.steps():
        scene.let_jobs_rest()
        if FOREGROUND.match(command):
            came, code = scene.start_jobd(command, shown), 0
        elif ENDLESS.search(command):
            came, code = scene.watch(command, shown), 0
        else:
            came, code = scene.run(command)
        expect(scene, command, shown, came, code)


def run_conversation(scene, example):
    scene.talk(example.statements())


def holds(whole, part):
    """Whether all that a part of a configuration says is in the whole."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(holds, whole, part))
    return whole == part


def run_toml(scene, example):
    """It is what is in force then; one that begins as a whole file does has every key."""
    path = scene.folder / "example.toml"
    path.write_text(example.text)
    command = [JOBD, "--config", path]
    subprocess.run([*command, "--check-config"], capture_output=True, check=True, timeout=PATIENCE)
    done = subprocess.run([*command, "--print-config"], capture_output=True, text=True, check=True, timeout=PATIENCE)
    told, in_force = tomllib.loads(example.text), tomllib.loads(done.stdout)
    if not holds(in_force, told) or (example.name == "[daemon]" and in_force != told):
        raise AssertionError(f"in force would be\n{done.stdout}")


def script(*, prints, times=1):
    def run(scene, example):
        for _ in range(times):
            came, code = scene.run(example.text)
            expect(scene, example.text, prints, came, code)
    return run


def run_completions(scene, example):
    """A line for each shell, as its start files have it."""
    prepared = (("bash", "-c", ""), ("zsh", "-fc", "autoload -Uz compinit && compinit -u -D\n"), ("fish", "-c", ""))
    for line, (shell, option, before) in zip(example.lines, prepared, strict=True):
        expect(scene, line, "", *scene.run(before + line, shell=(shell, option)))


def check_map(_, example):
    """Each folder is there."""
    for line in example.lines:
        if not (ROOT / line.split()[0]).is_dir():
            raise AssertionError(f"there is no {line}")


def check_service(scene, example):
    """Its configuration is a good one. The rest changes the machine: files of the system, users, services."""
    (line,) = (line for line in example.lines if "| sudo tee" in line)
    command = f"{line.partition(' | sudo tee')[0]} >service.toml && jobd --config service.toml --check-config"
    expect(scene, command, "", *scene.run(command))


class Left:
    def __init__(self, reason):
        self.reason = reason


OTHERS = {
    "man/jobctl.1": {
        "source <(jobctl completion bash)  # in ~/.bashrc": run_completions,
        "if jobctl submit-email --to user@example.com --subject Hello \\":
            script(prints="01a20dc7-b1c0-7000-9f1e-1d2f6d1a0c11\ndelivered"),
        "report | jobctl submit-email --to ops@example.com --subject Report \\":
            script(prints="01a20dc7-b1c0-7000-9f1e-1d2f6d1a0c12", times=2),
    },
    "man/jobd.8": {
        "min(max, initial * multiplier^(n-1)) * (1 + jitter * u)":
            Left("a formula; tests/core/retry_policy_test holds it"),
    },
    "README.md": {
        "cmd/quickstart    installs what the build needs, builds, and shows two emails on their way, "
        "in a temporary folder":
            Left("quickstart_test runs the first, and the second runs this"),
        "shared/         what both programs agree on: errors, limits, operations, JSON, line framing, the client":
            check_map,
        "cmd -> shared <- daemon/core <- { store, mail, net } <- daemon":
            Left("a drawing; tests/tidy/source_test holds it"),
        "sudo cmake --install build --prefix /usr": check_service,
    },
}


def way_of(example):
    """How it runs: (scene, example) -> None, a Left, or None where nobody has said."""
    named = OTHERS.get(example.page, {}).get(example.name)
    if named or example.is_session:
        return named or run_session
    if example.page == "man/jobd-protocol.7":
        return run_conversation
    return run_toml if example.name.startswith("[") else None


class Manual(unittest.TestCase):
    def test_every_example_has_a_way(self):
        self.assertEqual(set(PAGES), {"README.md", *(f"man/{path.name}" for path in (ROOT / "man").iterdir())})
        self.assertEqual([str(example) for page in PAGES for example in examples_of(page) if not way_of(example)], [])

    def test_what_nobody_has_said_how_to_run_is_noticed(self):
        self.assertIsNone(way_of(Example("README.md", 1, ["make install"])))

    def test_what_is_told_here_stands_in_a_page(self):
        examples = [example for page in PAGES for example in examples_of(page)]
        named = {(page, name) for page, names in OTHERS.items() for name in names}
        self.assertEqual(named - {(example.page, example.name) for example in examples}, set())
        commands = {command for example in examples if example.is_session for command, _ in example.steps()}
        self.assertEqual(EXIT_CODES.keys() - commands, set())

    def play(self, page):
        with contextlib.ExitStack() as stack:
            scene = Scene(page, stack)
            for example in examples_of(page):
                way = way_of(example)
                if isinstance(way, Left):
                    continue
                try:
                    way(scene, example)
                except AssertionError as wrong:
                    raise AssertionError(f"{example}\n{wrong}") from None
            scene.end()

    def test_jobctl(self):
        self.play("man/jobctl.1")

    def test_jobd(self):
        self.play("man/jobd.8")

    def test_jobd_toml(self):
        self.play("man/jobd.toml.5")

    def test_jobd_protocol(self):
        self.play("man/jobd-protocol.7")

    def test_readme(self):
        self.play("README.md")


class TheComparison(unittest.TestCase):
    ID, OTHER = "01a20dc7-a36e-7000-a924-7b647ae00951", "01a20dc7-a36e-7000-a924-7b647ae00952"

    def test_takes_what_differs_from_day_to_day(self):
        for shown, came in (("Created 2026-11-24 13:45:38 UTC (3s ago)", "Created 2027-01-01 00:00:00 UTC (now)"),
                            ("after 8 ms", "after 12 ms"), ("a\n  b", "ab"), ("a\n  b", "a b"), ("To    x", "To  x"),
                            ('{"a":1,"b":{...}}', '{"a":1,"b":{"c":2}}'), ("x\n...\ny", "x\n1\n2\ny"),
                            ("jobd@vm (1.0.0)", "jobd@a.example (0.9.1)")):
            with self.subTest(shown):
                self.assertIsNone(Meanings().compare(shown, came))

    def test_notices_what_does_not(self):
        for shown, came in (("a", "b"), ("a b", "a  b"), ("a\nb", "a b"), ('{"a":1}', '{"a":1,"b":2}'), (self.ID, "x"),
                            (f"{self.ID} {self.ID}", f"{self.ID} {self.OTHER}"), ("attempt 1", "attempt 2")):
            with self.subTest(shown):
                self.assertIn(came, Meanings().compare(shown, came))

    def test_a_name_keeps_its_meaning(self):
        meanings = Meanings()
        self.assertIsNone(meanings.compare(self.ID, self.OTHER))
        self.assertEqual(meanings.fill(f"status {self.ID}", None), f"status {self.OTHER}")
        self.assertIsNone(meanings.compare(f"{self.ID} done", f"{self.OTHER} done"))
        self.assertIsNotNone(meanings.compare(f"{self.ID} done", f"{self.ID} done"))

    def test_a_job_that_a_command_names_is_made(self):
        self.assertEqual(Meanings().fill("status ID", lambda: self.ID), f"status {self.ID}")

    def test_a_session_is_its_commands_and_what_they_show(self):
        example = Example("page", 1, ["$ a \\", "    b", "shown", "$ c"])
        self.assertEqual(example.steps(), [("a \\\n    b", "shown"), ("c", "")])


if __name__ == "__main__":
    unittest.main()
