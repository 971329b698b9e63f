"""The daemon's own life: one per store and socket, its stop, its notifications, its socket."""

import os
import pathlib
import re
import signal
import stat
import subprocess
import unittest

from support import PATIENCE, SANITIZED
from support.daemon import JOBD, Daemon, jobctl
from support.recorder import Recorder

FROM = {"mail": {"from": "app@example.com"}}


def listing(folder):
    return {path.relative_to(folder): (path.lstat().st_mtime_ns, path.lstat().st_size, path.lstat().st_ino)
            for path in pathlib.Path(folder).rglob("*")}


def opened_to_others(trace, path):
    """What let anyone in too early, of the traced calls in their order: mode and group must be right before listen."""
    calls = [line.split(maxsplit=1)[1] for line in trace]
    bound = next(place for place, call in enumerate(calls) if call.startswith("bind(") and f'"{path}"' in call)
    descriptor = re.match(r"bind\((\d+),", calls[bound])[1]
    masks = [call for call in calls[:bound] if call.startswith("umask(")]
    modes = [place for place, call in enumerate(calls) if re.match(rf'(chmod\(|fchmodat\(AT_FDCWD, )"{path}"', call)]
    listens = [place for place, call in enumerate(calls) if call.startswith(f"listen({descriptor},")]
    found = {
        "made with a mode for others": not masks or not masks[-1].startswith("umask(0177)"),
        "no mode set": not modes,
        "listens before its mode is set": bool(modes) and not bound < modes[0] <= modes[-1] < listens[0],
    }
    return [what for what, is_so in found.items() if is_so]


class OnlyOne(unittest.TestCase):
    def test_a_second_daemon_on_a_store_ends_at_once_and_touches_nothing(self):
        with Daemon() as first:
            before = listing(first.state_dir)
            second = subprocess.run([JOBD, "--state-dir", str(first.state_dir), "--socket", str(first.folder / "b.sock")],
                                    capture_output=True, text=True, timeout=PATIENCE if SANITIZED else 1, check=False)
            self.assertEqual(second.returncode, 75, second.stderr)
            self.assertIn(str(first.process.pid), second.stderr)
            self.assertEqual(listing(first.state_dir), before)
            self.assertFalse((first.folder / "b.sock").exists())
            jobctl(first, "ping", check=0)

    def test_a_live_socket_is_not_taken(self):
        with Daemon() as first:
            second = subprocess.run([JOBD, "--state-dir", str(first.folder / "other"), "--socket", first.socket_path],
                                    capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(second.returncode, 75, second.stderr)
            self.assertIn(first.socket_path, second.stderr)
            with first.client() as client:
                client.at_its_end(client.submit()["id"])

    def test_a_dead_daemons_socket_is_replaced(self):
        with Daemon() as daemon:
            daemon.kill()
            self.assertTrue(os.path.exists(daemon.socket_path))
            daemon.start()
            jobctl(daemon, "ping", check=0)

    def test_a_file_that_is_no_socket_is_left_alone(self):
        with Daemon() as daemon:
            daemon.stop()
            pathlib.Path(daemon.socket_path).write_text("precious")
            done = subprocess.run(daemon.command(), capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(pathlib.Path(daemon.socket_path).read_text(), "precious")


class Socket(unittest.TestCase):
    def test_mode_is_0660_and_configurable(self):
        for mode, config in ((0o660, {}), (0o600, {"daemon": {"socket_mode": "0600"}})):
            with self.subTest(mode=mode), Daemon(config) as daemon:
                self.assertEqual(stat.S_IMODE(os.stat(daemon.socket_path).st_mode), mode)

    def test_is_at_no_moment_connectable_by_others(self):
        with Daemon(traced="umask,bind,?chmod,fchmodat,listen") as daemon:
            self.assertEqual(opened_to_others(daemon.trace(), daemon.socket_path), [])

    def test_a_socket_opened_too_early_is_noticed(self):
        mask, bind, mode = "7 umask(0177) = 022", '7 bind(5, {..., sun_path="/s"}, 110) = 0', '7 chmod("/s", 0660) = 0'
        listen = "7 listen(5, 4096) = 0"
        self.assertEqual(opened_to_others([mask, bind, mode, listen], "/s"), [])
        self.assertEqual(opened_to_others([mask, bind, listen, mode], "/s"), ["listens before its mode is set"])
        self.assertEqual(opened_to_others([mask, bind, listen], "/s"), ["no mode set"])
        self.assertEqual(opened_to_others([bind, mode, listen], "/s"), ["made with a mode for others"])

    def test_is_gone_after_a_graceful_stop(self):
        with Daemon() as daemon:
            daemon.stop()
            self.assertFalse(os.path.exists(daemon.socket_path))

    def test_state_is_the_owners_alone(self):
        with Daemon() as daemon:
            self.assertEqual(stat.S_IMODE(os.stat(daemon.state_dir).st_mode), 0o700)

    def test_a_first_byte_at_a_time_is_a_line_in_the_end(self):
        with Daemon() as daemon, daemon.client() as client:
            for byte in b'\r\n\n{"op":"ping","id":"slow"}\r\n':
                client.send_bytes(bytes([byte]))
            self.assertEqual(client.receive()["id"], "slow")


class Start(unittest.TestCase):
    def test_is_ready_only_after_recovery(self):
        with Recorder() as relay, Daemon(FROM, transport=relay.url) as daemon:
            in_data = relay.gate("DATA", times=None)
            with daemon.client() as client:
                job_ids = [client.submit()["id"] for _ in range(3)]
                in_data.wait_reached()
                client.call("pause")
                in_flight = [job_id for job_id in job_ids if client.job(job_id)["status"] == "processing"]
            self.assertTrue(in_flight)
            daemon.kill()
            in_data.open()
            daemon.start()
            found = daemon.log()  # as it stands at READY=1
            with daemon.client() as client:
                for job_id in in_flight:
                    job = client.job(job_id)
                    self.assertEqual((job["status"], job["attempts"], job["waiting_for"]), ("pending", 0, "paused"))
                    self.assertEqual([entry["outcome"] for entry in job["history"]], ["interrupted"])
                    self.assertIn(job_id, found)


class Stop(unittest.TestCase):
    def test_tells_systemd_about_start_and_stop(self):
        with Daemon() as daemon:
            notifications, process = daemon.notifications, daemon.process
            daemon.terminate()
            self.assertTrue(notifications.wait_for("STOPPING=1", process))
            self.assertEqual(daemon.wait(), 0)

    def test_finishes_what_is_in_flight(self):
        with Recorder() as relay, Daemon(FROM, transport=relay.url) as daemon:
            past_dot = relay.gate("DOT")
            with daemon.client() as client:
                job_id = client.submit()["id"]
                past_dot.wait_reached()
                notifications, process = daemon.notifications, daemon.process
                daemon.terminate()
                notifications.wait_for("STOPPING=1", process)
                refused = client.ask("submit_email", to="b@example.com", subject="x", body="y")
                self.assertEqual((refused["status"], refused["error"]["code"]), (503, "draining"))
                self.assertTrue(refused["error"]["retryable"])
                self.assertIn("jobd is stopping", jobctl(daemon, "status", job_id, "--wait", check=4).stderr)
                past_dot.open()
                self.assertEqual(daemon.wait(), 0)
            daemon.start()
            with daemon.client() as client:
                job = client.job(job_id)
            self.assertEqual((job["status"], job["attempts"], len(relay.messages)), ("completed", 1, 1))

    def test_before_the_dot_costs_nothing(self):
        with Recorder() as relay, Daemon(FROM | {"daemon": {"shutdown_grace": "50ms"}}, transport=relay.url) as daemon:
            in_data = relay.gate("DATA")
            with daemon.client() as client:
                job_id = client.submit()["id"]
                in_data.wait_reached()
            self.assertEqual((daemon.terminate(), daemon.wait()), (None, 0))
            in_data.open()
            daemon.start()
            with daemon.client() as client:
                job = client.at_its_end(job_id)
            self.assertEqual((job["status"], job["attempts"], len(relay.messages)), ("completed", 1, 1))

    def test_past_the_dot_is_recorded_as_uncertain(self):
        with Recorder() as relay, Daemon(FROM | {"daemon": {"shutdown_grace": "50ms"}}, transport=relay.url) as daemon:
            past_dot = relay.gate("DOT")
            with daemon.client() as client:
                job_id = client.submit(on_uncertain="hold")["id"]
                past_dot.wait_reached()
            self.assertEqual((daemon.terminate(), daemon.wait()), (None, 0))
            past_dot.open()
            daemon.start()
            with daemon.client() as client:
                job = client.job(job_id)
            self.assertEqual((job["status"], job["recipients"][0]["status"]), ("held", "uncertain"))

    def test_a_second_signal_ends_it_at_once(self):
        with Recorder() as relay, Daemon(FROM, transport=relay.url) as daemon:
            past_dot = relay.gate("DOT")
            with daemon.client() as client:
                job_id = client.submit()["id"]
                past_dot.wait_reached()
                notifications, process = daemon.notifications, daemon.process
                daemon.terminate()
                notifications.wait_for("STOPPING=1", process)
                process.send_signal(signal.SIGTERM)
                self.assertNotEqual(process.wait(PATIENCE), 0)
                daemon.wait()
            past_dot.open()
            daemon.start()
            with daemon.client() as client:
                self.assertEqual(client.at_its_end(job_id)["status"], "completed")


class Stores(unittest.TestCase):
    def test_memory_store_works_and_forgets(self):
        with Daemon(store="memory:") as daemon:
            with daemon.client() as client:
                job = client.at_its_end(client.submit()["id"])
                self.assertEqual(job["status"], "completed")
                self.assertEqual(client.call("stats")["store"], "memory:")
            daemon.stop()
            daemon.start()
            with daemon.client() as client:
                self.assertEqual(client.ask("get_job", id=job["id"])["error"]["code"], "not_found")

    def test_jobs_and_the_pause_survive_a_restart(self):
        with Daemon() as daemon:
            with daemon.client() as client:
                client.call("pause")
                job_id = client.submit()["id"]
            daemon.kill()
            daemon.start()
            with daemon.client() as client:
                job = client.job(job_id)
                self.assertEqual((job["status"], job["waiting_for"]), ("pending", "paused"))
                client.call("resume")
                self.assertEqual(client.at_its_end(job_id)["status"], "completed")

    def test_store_url_names_a_file(self):
        with Daemon() as daemon:
            daemon.stop()
            daemon.store = f"sqlite:{daemon.folder / 'elsewhere.db'}"
            daemon.start()
            self.assertTrue((daemon.folder / "elsewhere.db").exists())


class CommandLine(unittest.TestCase):
    def run_jobd(self, *words, variables=None):
        return subprocess.run([JOBD, *words], capture_output=True, text=True, timeout=PATIENCE, check=False,
                              env=os.environ | (variables or {}))

    def test_version_and_help(self):
        self.assertRegex(self.run_jobd("--version").stdout, r"\d+\.\d+\.\d+")
        shown = self.run_jobd("--help").stdout
        for flag in ("--config", "--state-dir", "--socket", "--store", "--transport", "--print-config", "--check-config"):
            self.assertIn(flag, shown)

    def test_a_wrong_flag_is_a_usage_error(self):
        self.assertEqual(self.run_jobd("--nonsense").returncode, 64)

    def test_an_unknown_key_is_told_with_line_and_column(self):
        with Daemon() as daemon:
            config = daemon.folder / "bad.toml"
            config.write_text('[daemon]\n  sockets = "x"\n')
            done = self.run_jobd("--config", str(config), "--check-config")
            self.assertEqual(done.returncode, 78)
            self.assertRegex(done.stderr, r"bad\.toml:2:3\b")
            self.assertIn("sockets", done.stderr)

    def test_a_good_configuration_is_good(self):
        with Daemon() as daemon:
            config = daemon.folder / "good.toml"
            config.write_text('[retry]\ninitial = "1m"\n')
            self.assertEqual(self.run_jobd("--config", str(config), "--check-config").returncode, 0)
            self.assertIn('initial = "1m"', self.run_jobd("--config", str(config), "--print-config").stdout)

    def test_what_is_printed_is_the_same_configuration_when_it_is_read(self):
        with Daemon() as daemon:
            file = daemon.folder / "printed.toml"
            for transport in ("smtp://bücher.example?connections=3", "simulate:?fail=0.5", "maildir:/x"):
                with self.subTest(transport=transport):
                    printed = self.run_jobd("--transport", transport, "--print-config").stdout
                    self.assertIn("[daemon]", printed)
                    file.write_text(printed)
                    self.assertEqual(self.run_jobd("--config", file, "--print-config").stdout, printed)

    def test_what_no_file_says_is_told_with_the_flag_or_the_variable(self):
        path = "/tmp/" + 103 * "x"
        for words, variables, place in ((("--socket", path), {}, "--socket"),
                                        ((f"--socket={path}",), {"JOBD_SOCKET": "/s"}, "--socket"),
                                        ((), {"JOBD_SOCKET": path}, "JOBD_SOCKET")):
            with self.subTest(words=words, variables=variables):
                done = self.run_jobd(*words, "--check-config", variables=variables)
                self.assertEqual(done.returncode, 78)
                self.assertEqual(done.stderr, f"jobd: {place}: daemon.socket must be a path of at most 107 bytes; "
                                              f"this one has 108: {path}\n")
        for word, place in (("--transport", "--transport: mail.transport"), ("--http", "--http: http.listen"),
                            ("--store", "--store: store.url"), ("--config", "--config: cannot read"),
                            ("--trace-smtp", "--trace-smtp: there is no relay")):
            with self.subTest(word=word):
                done = self.run_jobd(word, "none", "--check-config")
                self.assertEqual(done.returncode, 78)
                self.assertTrue(done.stderr.startswith(f"jobd: {place} "), done.stderr)
        done = self.run_jobd("--check-config", variables={"JOBD_CONFIG": "/nonexistent"})
        self.assertTrue(done.stderr.startswith("jobd: JOBD_CONFIG: cannot read"), done.stderr)

    def test_a_secret_that_is_not_there_yet_is_told_and_no_error(self):
        with Daemon() as daemon:
            config = daemon.folder / "secret.toml"
            config.write_text('[[relay]]\nname = "a"\nurl = "smtp://ann@mx"\npassword_file = "/nonexistent/p"\n')
            done = self.run_jobd("--config", config, "--check-config")
            self.assertEqual((done.returncode, done.stdout), (0, "the configuration is good\n"))
            self.assertEqual(done.stderr, f"jobd: {config}:4:17: relay.password_file cannot be read now: "
                                          "/nonexistent/p: No such file or directory\n")

    def test_a_missing_configuration_is_told(self):
        done = self.run_jobd("--config", "/nonexistent/jobd.toml", "--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nonexistent/jobd.toml", done.stderr)


if __name__ == "__main__":
    unittest.main()
