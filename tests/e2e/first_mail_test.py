"""From the shell to a delivered email, the way a new user goes."""

import email
import email.policy
import json
import os
import stat
import unittest

from support.daemon import Daemon, jobctl
from support.recorder import Recorder


class FirstMail(unittest.TestCase):
    def test_goes_from_pending_over_processing_to_completed(self):
        with Recorder() as relay, Daemon({"mail": {"from": "app@example.com"}}, transport=relay.url) as daemon:
            in_data = relay.gate("DATA")
            jobctl(daemon, "pause", check=0)
            job_id = jobctl(daemon, "submit-email", "--to", "user@example.com", "--subject", "Hello",
                            "--body", "Test email", check=0).stdout.strip()
            with daemon.client() as client:
                job = client.job(job_id)
                self.assertEqual((job["status"], job["waiting_for"], job["attempts"]), ("pending", "paused", 0))
                jobctl(daemon, "resume", check=0)
                in_data.wait_reached()
                self.assertEqual(client.job(job_id)["status"], "processing")
                in_data.open()
                job = client.at_its_end(job_id)
            self.assertEqual((job["status"], job["attempts"]), ("completed", 1))
            self.assertEqual(job["recipients"][0]["status"], "delivered")
            self.assertIn("recorded", job["recipients"][0]["reply"])
            self.assertEqual([entry["outcome"] for entry in job["history"]], ["delivered"])
            self.assertEqual(len(relay.messages), 1)
            self.assertIn("completed", jobctl(daemon, "status", job_id, check=0).stdout)

    def test_lands_in_the_maildir_by_default(self):
        with Daemon() as daemon:
            job_id = jobctl(daemon, "submit-email", "--to", "Ann <ann@example.com>", "--subject", "Grüße",
                            "-", "--wait", stdin="First line\n.second line\n", check=0).stdout.strip()
            (path,) = daemon.outbox()
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            self.assertEqual(mail["Subject"], "Grüße")
            self.assertEqual(mail["To"], "Ann <ann@example.com>")
            self.assertTrue(mail["From"].startswith("jobd@"), mail["From"])
            self.assertIsNotNone(mail["Date"].datetime)
            self.assertRegex(mail["Message-ID"], r"^<[^ @]+@[^ @]+>$")
            self.assertEqual(mail.get_content(), "First line\n.second line\n")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o007, 0)
            job = json.loads(jobctl(daemon, "status", job_id, "--json", check=0).stdout)
            self.assertEqual(job["status"], "completed")
            self.assertIn("nothing was sent", job["recipients"][0]["reply"])

    def test_a_submit_that_waits_tells_how_it_ended(self):
        with Daemon(transport="simulate:?permanent=1") as daemon:
            done = jobctl(daemon, "submit-email", "--to", "a@example.com", "--subject", "x", "--body", "y", "--wait")
            self.assertEqual(done.returncode, 1, done.stderr)

    def test_jobctl_without_a_daemon_says_that_it_is_safe_to_repeat(self):
        with Daemon() as daemon:
            daemon.stop()
            done = jobctl(daemon, "submit-email", "--to", "a@example.com", "--subject", "x", "--body", "y", check=75)
            self.assertIn(daemon.socket_path, done.stderr)
            self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
