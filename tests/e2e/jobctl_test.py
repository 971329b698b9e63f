"""jobctl as scripts and people use it: pipes, ids from other programs, live views, questions at a terminal."""

import contextlib
import json
import os
import signal
import subprocess
import unittest

from support import PATIENCE
from support.daemon import JOBCTL, Daemon, jobctl
from support.recorder import Recorder
from support.terminal import Terminal

FAST = {"mail": {"from": "app@example.com"}, "retry": {"initial": "50ms", "jitter": 0}}


def submit(daemon, *words):
    return jobctl(daemon, "submit-email", "--to", "user@example.com", "--body", "Test email", *words,
                  check=0).stdout.strip()


def environment(daemon, **more):
    return dict(os.environ, JOBD_SOCKET=daemon.socket_path, JOBCTL=JOBCTL, TERM="xterm", NO_COLOR="1", **more)


def bash(daemon, script):
    """What a script printed, said and exited with: the worst of each pipe."""
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], env=environment(daemon), capture_output=True,
                          text=True, timeout=PATIENCE, check=False, start_new_session=True)
    return done.stdout, done.stderr, done.returncode


@contextlib.contextmanager
def running(daemon, *words):
    """jobctl that goes on, its streams pipes."""
    process = subprocess.Popen([JOBCTL, *words], env=environment(daemon), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, bufsize=1)
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


class Pipes(unittest.TestCase):
    def setUp(self):
        daemon = Daemon()
        self.daemon = daemon.__enter__()
        self.addCleanup(daemon.__exit__, None, None, None)

    def test_what_one_prints_the_next_takes(self):
        jobctl(self.daemon, "pause", check=0)
        ids = sorted(submit(self.daemon, "--tag", "a") for _ in range(3))
        out, err, code = bash(self.daemon, "$JOBCTL list --tag a | $JOBCTL cancel - | tee /dev/stderr | $JOBCTL delete -")
        self.assertEqual((sorted(out.splitlines()), code), ([f"{each} deleted" for each in ids], 0))
        self.assertEqual(sorted(err.splitlines()), [f"{each} cancelled" for each in ids])

    def test_what_many_ids_come_to_is_told_in_their_order(self):
        lines = '{"to":"user@example.com","subject":"x","delay":"1h"}\n' * 600
        with running(self.daemon, "submit-email", "--json-lines") as process:
            out, _ = process.communicate(lines, PATIENCE)
        ids = [json.loads(line)["job"]["id"] for line in out.splitlines()]
        self.assertEqual(jobctl(self.daemon, "cancel", *ids[::7], check=0).stdout.split()[::2], ids[::7])
        with running(self.daemon, "delete", "--yes", "-") as process:
            out, err = process.communicate("\n".join(ids), PATIENCE)
        self.assertEqual(out.splitlines(), [f"{each} deleted" for each in ids[::7]])
        told = [line.split(": ")[1] for line in err.splitlines()]
        self.assertEqual((told, process.returncode), ([each for at, each in enumerate(ids) if at % 7], 65))

    def test_a_result_comes_as_each_id_comes(self):
        jobctl(self.daemon, "pause", check=0)
        ids = [submit(self.daemon) for _ in range(2)]
        with running(self.daemon, "cancel", "-") as process:
            for each in ids:
                process.stdin.write(each + "\n")
                self.assertEqual(process.stdout.readline(), f"{each} cancelled\n")
            process.stdin.write("nonsense\n")
            process.stdin.close()
            self.assertIn("line 3", process.stderr.read())
            self.assertEqual(process.wait(PATIENCE), 65)

    def test_json_is_what_its_readers_expect(self):
        ids = [submit(self.daemon, "--wait") for _ in range(2)]
        listed = json.loads(bash(self.daemon, "$JOBCTL list --json")[0])
        self.assertEqual([job["id"] for job in listed["jobs"]], ids[::-1])
        lines = bash(self.daemon, "$JOBCTL list --json-lines")[0].splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], ids[::-1])
        one = json.loads(bash(self.daemon, f"$JOBCTL status {ids[0]} --json")[0])
        two = json.loads(bash(self.daemon, f"$JOBCTL status {' '.join(ids)} --json")[0])
        self.assertEqual((one["id"], [job["id"] for job in two]), (ids[0], ids))
        self.assertEqual(bash(self.daemon, "$JOBCTL status --json </dev/null")[0], "[]\n")

    def test_a_pipe_that_closes_early_is_no_error_to_read(self):
        with self.daemon.client() as client:
            for _ in range(20):
                client.call("submit_emails", emails=[{"to": "a@b.example", "subject": "s" * 200, "body": "x"}] * 20)
        for words in ("list --limit 400", "list --limit 400 --json", "list --limit 400 --json-lines"):
            out, err, _ = bash(self.daemon, f"$JOBCTL {words} | head -c 10")
            self.assertEqual((len(out), err), (10, ""), words)

    def test_a_long_text_that_cannot_be_written_is_told_with_the_reason(self):
        for words in ("--help", "submit-email --help", "completion bash"):
            for output, reason in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
                said = bash(self.daemon, f"$JOBCTL {words} {output}")
                self.assertEqual(said, ("", f"jobctl: cannot write the output: {reason}\n", 74), words + output)

    def test_a_filter_without_anybody_to_ask_goes_through(self):
        jobctl(self.daemon, "pause", check=0)
        for _ in range(3):
            submit(self.daemon, "--tag", "a")
        for_pending = bash(self.daemon, "$JOBCTL cancel --tag a --limit 2")
        self.assertEqual(for_pending, ("cancelled 2 of 2 jobs that matched\n", "", 0))
        self.assertEqual(bash(self.daemon, "$JOBCTL cancel --tag a")[0], "cancelled 1 of 3 jobs that matched\n")
        self.assertEqual(bash(self.daemon, "$JOBCTL retry --status cancelled")[0], "retried 3 of 3 jobs that matched\n")

    def test_ready_says_so(self):
        self.assertEqual(bash(self.daemon, "$JOBCTL ready"), ("ready\n", "", 0))
        self.daemon.stop()
        out, err, code = bash(self.daemon, "$JOBCTL ready")
        self.assertEqual((out, code), ("", 75), err)
        self.daemon.start()

    def test_list_watch_needs_a_terminal(self):
        out, err, code = bash(self.daemon, "$JOBCTL list --watch")
        self.assertEqual((out, code), ("", 64))
        self.assertIn("jobctl watch", err)


class Watches(unittest.TestCase):
    def test_a_watch_tells_each_change_and_ends_quietly_by_an_interrupt(self):
        with Daemon() as daemon, running(daemon, "watch", "--after", "0") as process:
            self.assertIn("lost", process.stderr.readline())  # so it stands
            job_id = submit(daemon, "--wait")
            states = [process.stdout.readline().split()[2:4] for _ in range(3)]
            self.assertEqual(states, [[job_id, state] for state in ("pending", "processing", "completed")])
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(PATIENCE), -signal.SIGINT)  # 130 to a shell
            self.assertEqual(process.stderr.read(), "")

    def test_a_watch_ends_when_its_reader_has_gone_though_nothing_happens(self):
        with Daemon() as daemon, running(daemon, "watch", "--after", "0") as process:
            process.stderr.readline()
            process.stdout.close()
            process.wait(PATIENCE)
            self.assertEqual(process.stderr.read(), "")

    def test_a_watch_outlives_its_daemon(self):
        with Daemon() as daemon, running(daemon, "watch", "--json-lines", "--after", "0") as process:
            process.stderr.readline()
            submit(daemon, "--wait")
            before = [json.loads(process.stdout.readline()) for _ in range(3)]
            daemon.kill()
            self.assertIn("connecting again", process.stderr.readline())
            daemon.start()
            self.assertIn("lost", process.stderr.readline())  # what another life of jobd has told
            job_id = submit(daemon, "--wait")
            after = [json.loads(process.stdout.readline()) for _ in range(3)]
            self.assertEqual([event["job"]["status"] for event in after], ["pending", "processing", "completed"])
            self.assertEqual({event["job"]["id"] for event in after}, {job_id})
            numbers = [event["seq"] for event in before + after]
            self.assertEqual(numbers, sorted(set(numbers)))


    def test_a_watch_without_an_output_ends_at_once(self):
        with Daemon() as daemon:
            jobctl(daemon, "pause", check=0)
            job_id = submit(daemon)
            for words in ("watch", f"watch {job_id}", f"status {job_id} --follow"):
                self.assertEqual(bash(daemon, f"$JOBCTL {words} >&-")[2], 74, words)


class Follows(unittest.TestCase):
    def test_follow_tells_every_attempt(self):
        with Recorder() as relay, Daemon(FAST, transport=relay.url) as daemon:
            relay.reply("RCPT", "user@", "451 4.2.0 later", times=1)
            gate = relay.gate("MAIL")
            job_id = submit(daemon)
            gate.wait_reached()
            with running(daemon, "status", job_id, "--follow") as process:
                self.assertIn("processing", process.stdout.readline())
                gate.open()
                out, err = process.communicate(timeout=PATIENCE)
                changes, story = out.split("\n\n")
                self.assertEqual([line.split()[3] for line in changes.splitlines()],
                                 ["pending", "processing", "completed"])
                self.assertIn("later", changes.splitlines()[0])
                self.assertTrue(story.startswith(f"Job        {job_id}\nState      completed"))
                self.assertEqual((err, process.returncode), ("", 0))

    def test_follow_goes_on_over_a_daemon_that_died(self):
        with Recorder() as relay, Daemon(FAST, transport=relay.url) as daemon:
            gate = relay.gate("DATA")
            job_id = submit(daemon)
            gate.wait_reached()
            with running(daemon, "status", job_id, "--follow", "--json-lines") as process:
                self.assertEqual(json.loads(process.stdout.readline())["status"], "processing")
                daemon.kill()
                gate.open()
                daemon.start()
                out, _ = process.communicate(timeout=PATIENCE)
                self.assertEqual((json.loads(out.splitlines()[-1])["status"], process.returncode), ("completed", 0))


class AtATerminal(unittest.TestCase):
    def setUp(self):
        daemon = Daemon()
        self.daemon = daemon.__enter__()
        self.addCleanup(daemon.__exit__, None, None, None)
        jobctl(self.daemon, "pause", check=0)
        self.ids = [submit(self.daemon, "--tag", "a") for _ in range(2)]

    def terminal(self, script, **size):
        return Terminal(["bash", "-c", script], env=environment(self.daemon), **size)

    def states(self):
        with self.daemon.client() as client:
            return {job["status"] for job in client.call("list_jobs")["jobs"]}

    def test_many_by_a_filter_are_asked_for(self):
        with self.terminal("$JOBCTL cancel --tag a; echo ended $?") as terminal:
            terminal.wait_for(r"Cancel 2 jobs\? \[y/N\] ")
            terminal.type("n\n")
            terminal.wait_for("nothing was changed.*ended 1")
        self.assertEqual(self.states(), {"pending"})
        with self.terminal("$JOBCTL cancel --tag a; echo ended $?") as terminal:
            terminal.wait_for(r"\[y/N\] ")
            terminal.type("y\n")
            terminal.wait_for("cancelled 2 of 2 jobs that matched.*ended 0")

    def test_the_answer_is_the_persons_though_the_ids_come_through_a_pipe(self):
        with self.terminal("$JOBCTL list --tag a | $JOBCTL cancel -; echo ended $?") as terminal:
            terminal.wait_for(r"Cancel 2 jobs\? \[y/N\] ")
            terminal.type("yes\n")
            for _ in self.ids:
                terminal.wait_for("cancelled")
            terminal.wait_for("ended 0")

    def test_yes_and_named_ids_are_not_asked_for(self):
        script = "$JOBCTL list --tag a | $JOBCTL cancel - --yes; $JOBCTL retry " + " ".join(self.ids)
        with self.terminal(script) as terminal:
            shown = terminal.all()
        self.assertNotIn("y/N", shown)
        self.assertEqual(shown.count("cancelled"), 2)
        self.assertEqual(shown.count("pending"), 2)

    def test_a_log_in_place_of_standard_error_does_not_silence_the_question(self):
        with self.terminal("$JOBCTL cancel --tag a 2>/dev/null; echo ended $?") as terminal:
            terminal.wait_for(r"Cancel 2 jobs\? \[y/N\] ")
            terminal.type("n\n")
            terminal.wait_for("ended 1")
        self.assertEqual(self.states(), {"pending"})

    def test_an_end_of_input_is_a_no(self):
        with self.terminal("$JOBCTL cancel --tag a; echo ended $?") as terminal:
            terminal.wait_for(r"\[y/N\] ")
            terminal.type("\x04")
            terminal.wait_for("nothing was changed.*ended 1")

    def test_list_watch_draws_in_place_until_an_interrupt(self):
        with self.terminal("$JOBCTL list --watch", columns=120, rows=10) as terminal:
            terminal.wait_for("ID .*pending.*pending.*\n")
            jobctl(self.daemon, "cancel", self.ids[0], check=0)
            drawn = terminal.wait_for("\x1b\\[3A\x1b\\[JID (.*cancelled.*?\n)")
            self.assertIn("pending", drawn[1])
            terminal.type("\x03")
            terminal.all()
            self.assertIn(terminal.process.returncode, (130, -signal.SIGINT))


if __name__ == "__main__":
    unittest.main()
