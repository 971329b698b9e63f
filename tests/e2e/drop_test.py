"""The drop folder: emails that jobctl sendmail left while jobd was away become jobs, each once, whatever happens meanwhile.

Run as root, it looks at the rights of several users too: jobctl as one, jobd as another.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from support import PATIENCE, SANITIZED
from support.daemon import JOBCTL, Daemon
from support.folder_watch import FolderWatch

SUBMITTER, SERVICE = 65534, 1  # any two who are not root
FLUSH = "fdatasync,fsync"
CONFIG = {"mail": {"from": "app@example.com"}}
MESSAGE = b"From: a@example.com\nSubject: x\n\nx\n"


def may_mount():
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


def as_user(user):
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []


class DropDaemon(Daemon):
    """With a drop folder that others can reach. user: who runs it."""

    def __init__(self, user=0, **options):
        super().__init__({**CONFIG, **options.pop("config", {})}, transport="simulate:", **options)
        self.user = user
        self.folder.chmod(0o755)
        self.drop = self.folder / "spool" / "drop"
        self.rejected = self.folder / "spool" / "rejected"
        self.config["daemon"] = {"drop_dir": str(self.drop)}

    def make_spool(self, mode=0o3733):
        """As systemd-tmpfiles does it."""
        self.drop.parent.mkdir(mode=0o755)
        for folder, bits in ((self.drop, mode), (self.rejected, 0o700)):
            folder.mkdir()
            os.chown(folder, self.user, self.user)
            folder.chmod(bits)
        if self.user:
            self.state_dir.mkdir(mode=0o700)
            os.chown(self.state_dir, self.user, self.user)
            os.chown(self.folder, self.user, self.user)

    def command(self):
        (self.folder / "notify").chmod(0o777)  # it is the test's
        return as_user(self.user) + super().command()

    def left(self):
        return [path for path in self.drop.iterdir() if not path.name.startswith(".")]

    def jobs(self):
        with self.client() as client:
            return client.call("list_jobs", limit=1000)["jobs"]


def sendmail(daemon, words=("b@example.com",), message=MESSAGE, user=0, code=0):
    environment = dict(os.environ, JOBD_SOCKET=daemon.socket_path, JOBD_DROP=str(daemon.drop))
    done = subprocess.run([*as_user(user), JOBCTL, "sendmail", *words], input=message, capture_output=True,
                          env=environment, timeout=PATIENCE, check=False)
    if done.returncode != code:
        raise AssertionError(f"sendmail ended with {done.returncode}: {done.stderr}")
    return done


@contextlib.contextmanager
def made(**options):
    """A daemon that is not started yet, with its spool."""
    daemon = DropDaemon(folder=tempfile.mkdtemp(prefix="jobd-", dir="/tmp"), **options)
    try:
        daemon.make_spool()
        yield daemon
    finally:
        if daemon.process:
            daemon.kill()
        shutil.rmtree(daemon.folder)


def write(daemon, name, text):
    hidden = daemon.drop / f".{name}"
    hidden.write_bytes(text if isinstance(text, bytes) else text.encode())
    hidden.rename(daemon.drop / name)


def request(**params):
    return json.dumps({"op": "submit_email", "params": {"to": "b@example.com", "body": "x", **params}}) + "\n"


@contextlib.contextmanager
def killed_at(daemon, call, count):
    """Where one of its threads comes to this system call for the n-th time, before it is done."""
    words = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={count}",
             "-p", str(daemon.process.pid)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as tracer:
        told = tracer.stderr.readline()
        while told and "attached" not in told:
            told = tracer.stderr.readline()
        if not told:
            raise AssertionError(f"strace ended with {tracer.wait(PATIENCE)}; is it allowed to trace (kernel.yama.ptrace_scope)?")
        yield
        tracer.communicate(timeout=PATIENCE)


def leave_ten(daemon):
    for number in range(10):
        write(daemon, f"mail{number}", request(subject=str(number)))


class Drop(unittest.TestCase):
    def started(self, daemon):
        """Until all that lay there has been looked at."""
        with FolderWatch(daemon.drop) as watch:
            daemon.start()
            watch.wait_empty()

    def test_what_was_left_is_taken_at_the_start(self):
        with made() as daemon:
            for _ in range(3):
                sendmail(daemon)
            self.assertEqual(len(daemon.left()), 3)
            self.started(daemon)
            jobs = daemon.jobs()
            self.assertEqual(len(jobs), 3)
            self.assertEqual({job["submitted_by"] for job in jobs}, {f"uid:{os.geteuid()}"})
            sendmail(daemon)
            self.assertEqual((len(daemon.jobs()), daemon.left()), (4, []))
            daemon.stop()

    def test_what_comes_is_taken_at_once(self):
        with made() as daemon:
            daemon.start()
            with FolderWatch(daemon.drop) as watch:
                write(daemon, "a", request(idempotency_key="k"))
                watch.wait_empty()
                write(daemon, "b", request(idempotency_key="k"))
                watch.wait_empty()
            self.assertEqual(len(daemon.jobs()), 1)

    def test_a_jobd_that_stops_loses_nothing(self):
        with made() as daemon:
            daemon.start()
            sendmail(daemon)
            daemon.stop()
            sendmail(daemon)
            self.started(daemon)
            self.assertEqual(len(daemon.jobs()), 2)

    def test_killed_at_each_step_it_makes_each_job_once(self):
        steps = [("getdents64", 1), ("getdents64", 2), (FLUSH, 1), (FLUSH, 2), ("unlinkat", 1), ("unlinkat", 5)]
        for step in steps if not SANITIZED else steps[-1:]:
            with self.subTest(step=step), made() as daemon:
                daemon.start()
                with killed_at(daemon, *step):
                    leave_ten(daemon)
                    self.assertEqual(daemon.wait(), -signal.SIGKILL)
                self.started(daemon)
                self.assertEqual(sorted(job["subject"] for job in daemon.jobs()), [str(number) for number in range(10)])

    def test_what_can_never_be_taken_is_moved_away(self):
        with made(config={"limits": {"line_bytes": 10000}}) as daemon:
            outside = daemon.folder / "outside"
            outside.write_text(request())
            (daemon.drop / "link").symlink_to(outside)
            os.link(outside, daemon.drop / "hard")
            os.mkfifo(daemon.drop / "pipe")
            (daemon.drop / "folder").mkdir()
            write(daemon, "bad", "{")
            write(daemon, "other", '{"op":"stats"}\n')
            write(daemon, "huge", b"x" * 20000)
            write(daemon, "nobody", request(to="nobody"))
            write(daemon, "good", request())
            self.started(daemon)
            self.assertEqual(len(daemon.jobs()), 1)
            self.assertEqual({path.name for path in daemon.rejected.iterdir()},
                             {"link", "hard", "pipe", "folder", "bad", "other", "huge", "nobody"})
            self.assertEqual(daemon.log().count("rejected"), 8)
            self.assertEqual(outside.read_text(), request())

    def test_many_are_taken_in_batches(self):
        count = 300 if SANITIZED else 3000
        with made() as daemon:
            for number in range(count):
                write(daemon, f"mail{number}", request(delay="1h"))
            self.started(daemon)
            with daemon.client() as client:
                self.assertEqual(client.call("stats")["jobs"]["pending"], count)

    def test_what_is_refused_for_now_waits(self):
        with made(config={"limits": {"max_queued_jobs": 1}}) as daemon:
            daemon.start()
            with daemon.client() as client:
                job = client.submit(delay="1h")
                sendmail(daemon)
                self.assertEqual(len(daemon.left()), 1)
                with FolderWatch(daemon.drop) as watch:
                    client.call("cancel_job", id=job["id"])
                    watch.wait_empty()
            self.assertEqual(len(daemon.jobs()), 2)

    def test_a_file_that_gets_the_name_of_another_is_taken_too(self):
        with made() as daemon:
            daemon.start()
            with FolderWatch(daemon.drop) as watch:
                for number in range(100):
                    write(daemon, "report", request(subject=str(number)))
                watch.wait_empty()
            self.assertIn("99", {job["subject"] for job in daemon.jobs()})

    def test_a_folder_made_anew_is_used(self):
        with made() as daemon:
            daemon.start()
            daemon.drop.rename(daemon.folder / "old")
            daemon.drop.mkdir()
            daemon.drop.chmod(0o3733)
            with FolderWatch(daemon.drop) as watch:
                write(daemon, "a", request())
                watch.wait_empty()
            self.assertEqual(len(daemon.jobs()), 1)

    def test_without_a_drop_folder_jobd_runs(self):
        with made() as daemon:
            daemon.drop.chmod(0o777)
            daemon.start()
            self.assertIn("without a drop folder", daemon.log())
            sendmail(daemon)
            self.assertEqual(len(daemon.jobs()), 1)
            daemon.stop()
            self.assertIn(b"3733", sendmail(daemon, code=75).stderr)

    def test_its_own_folder_is_made(self):
        with Daemon(CONFIG, transport="simulate:") as daemon:
            drop = daemon.state_dir / "drop"
            self.assertEqual(drop.stat().st_mode & 0o7777, 0o3733)


class Users(unittest.TestCase if os.geteuid() == 0 else object):
    """Of a jobd that is not root, and another who submits: what only root can play."""

    def setUp(self):
        self.daemon = self.enterContext(made(user=SERVICE))

    def mode_of(self, path):
        status = path.stat()
        return (status.st_uid, status.st_gid, oct(status.st_mode & 0o7777))

    def test_the_job_is_the_submitters(self):
        sendmail(self.daemon, user=SUBMITTER)
        (left,) = self.daemon.left()
        self.assertEqual(self.mode_of(left), (SUBMITTER, SERVICE, "0o640"))
        with FolderWatch(self.daemon.drop) as watch:
            self.daemon.start()
            watch.wait_empty()
        (job,) = self.daemon.jobs()
        self.assertEqual(job["submitted_by"], f"uid:{SUBMITTER}")

    def test_nobody_else_reads_or_lists_it(self):
        sendmail(self.daemon, user=SUBMITTER)
        (left,) = self.daemon.left()
        for words in (["cat", left], ["ls", self.daemon.drop], ["rm", "-f", left]):
            done = subprocess.run([*as_user(2), *words], capture_output=True, timeout=PATIENCE, check=False)
            self.assertNotEqual(done.returncode, 0, words)
        self.assertTrue(left.exists())

    def test_what_jobd_may_not_read_is_moved_away(self):
        write(self.daemon, "closed", request())
        os.chown(self.daemon.drop / "closed", SUBMITTER, SUBMITTER)
        (self.daemon.drop / "closed").chmod(0o600)
        with FolderWatch(self.daemon.drop) as watch:
            self.daemon.start()
            watch.wait_empty()
        self.assertTrue((self.daemon.rejected / "closed").exists())
        self.assertEqual(self.daemon.jobs(), [])

    def test_a_link_to_anothers_file_makes_no_job_of_his(self):
        secret = self.daemon.folder / "secret"
        secret.write_text(request())
        secret.chmod(0o644)
        os.link(secret, self.daemon.drop / "hard")
        with FolderWatch(self.daemon.drop) as watch:
            self.daemon.start()
            watch.wait_empty()
        self.assertEqual(self.daemon.jobs(), [])

    def test_a_folder_without_the_groups_bit_is_refused(self):
        self.daemon.drop.chmod(0o1733)
        self.assertIn(b"3733", sendmail(self.daemon, user=SUBMITTER, code=75).stderr)
        self.assertEqual(self.daemon.left(), [])


class FullDisk(unittest.TestCase if os.geteuid() == 0 and may_mount() else object):
    """Root in a container often may not mount (CAP_SYS_ADMIN)."""

    def test_it_leaves_nothing(self):
        """In a mount of its own, which ends with the shell."""
        daemon = self.enterContext(made(user=SERVICE))
        drop = daemon.drop
        script = (f"mount -t tmpfs -o size=64k,mode=3733,uid={SERVICE},gid={SERVICE} drop {drop}\n"
                  f"head -c 200000 /dev/zero | tr '\\0' x | {' '.join(as_user(SUBMITTER))} {JOBCTL} sendmail b@example.com\n"
                  f"echo $?\nls -A {drop}\n")
        environment = dict(os.environ, JOBD_SOCKET=daemon.socket_path, JOBD_DROP=str(drop))
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, env=environment,
                              timeout=PATIENCE, check=True)
        self.assertEqual(done.stdout, "75\n")
        self.assertIn("No space left", done.stderr)


if __name__ == "__main__":
    unittest.main()
