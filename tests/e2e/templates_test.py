"""Templates, notifications and the safety of staging, through the programs: what jobctl says comes to the relay."""

import email
import email.policy
import json
import unittest

from support.daemon import Daemon, jobctl
from support.recorder import USUAL, Recorder

FROM = "app@example.com"


def read(message):
    return email.message_from_bytes(message.content, policy=email.policy.default)


class Templates(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.folder = self.daemon.folder / "templates"
        self.folder.mkdir()
        self.write("welcome.subject", "Welcome, {{name}}\n")
        self.write("welcome.txt", "Dear {{name}},\n{{#items}}\n- {{.}}\n{{/items}}\n{{>footer}}\n")
        self.write("welcome.html", "<p>Dear {{name}}</p>\n")
        self.write("footer.txt", "-- \nACME\n")
        self.daemon.config["mail"] = {"templates": str(self.folder)}
        self.enterContext(self.daemon)
        self.client = self.enterContext(self.daemon.client())

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def mail_of(self, job_id):
        self.assertEqual(self.client.at_its_end(job_id)["status"], "completed")
        contents = [path.read_bytes() for path in self.daemon.outbox()]
        content = next(content for content in contents if job_id.encode() in content)
        return email.message_from_bytes(content, policy=email.policy.default)

    def test_jobctl_fills_a_template_in(self):
        (self.folder / "vars.json").write_text(json.dumps({"name": "Bob", "items": ["a & b", 2]}))
        done = jobctl(self.daemon, "submit-email", "--to", "ann@example.com", "--template", "welcome", "--vars-json",
                      str(self.folder / "vars.json"), "--var", "name=Ann <3", check=0)
        mail = self.mail_of(done.stdout.strip())
        self.assertEqual(mail["Subject"], "Welcome, Ann <3")
        self.assertEqual(mail.get_body(("plain",)).get_content(), "Dear Ann <3,\n- a & b\n- 2\n-- \nACME\n")
        self.assertEqual(mail.get_body(("html",)).get_content(), "<p>Dear Ann &lt;3</p>\n")

    def test_a_given_subject_goes_before_the_templates(self):
        job = self.client.call("submit_email", to="a@example.com", template="welcome", variables={"name": "A"},
                               subject="Mine")
        self.assertEqual(job["subject"], "Mine")
        content = self.client.job(job["id"], include="content")["content"]
        self.assertEqual((content["subject"], content["body"].splitlines()[0]), ("Mine", "Dear A,"))
        self.assertNotIn("template", content)

    def test_a_repeat_is_one_though_the_template_was_edited_or_has_gone(self):
        params = {"to": "a@example.com", "template": "welcome", "variables": {"name": "Ann"}, "idempotency_key": "k"}
        first = self.client.ask("submit_email", **params)
        self.write("welcome.txt", "Something else")
        again = self.client.ask("submit_email", **params)
        for path in self.folder.glob("welcome.*"):
            path.unlink()
        gone = self.client.ask("submit_email", **params)
        self.assertEqual([reply["status"] for reply in (first, again, gone)], [202, 200, 200])
        self.assertEqual({reply["result"]["id"] for reply in (first, again, gone)}, {first["result"]["id"]})
        other = self.client.ask("submit_email", **params | {"variables": {"name": "Bob"}})
        self.assertEqual(other["error"]["code"], "idempotency_mismatch")
        new = self.client.ask("submit_email", **params | {"idempotency_key": "l"})
        self.assertEqual((new["status"], new["error"]["field"]), (422, "template"))

    def test_what_is_wrong_is_named_in_a_batch_too(self):
        self.write("broken.txt", "{{#x}}")
        good = {"to": "a@example.com", "template": "welcome", "variables": {"name": "A"}}
        cases = [(good, None), (good | {"variables": {}}, "variables.name"), (good | {"template": "none"}, "template"),
                 (good | {"template": "broken"}, "template"), (good | {"variables": {"name": []}}, "variables.name"),
                 (good | {"variables": {"name": "a\nb"}}, "subject"),
                 (good | {"variables": {"name": "x" * 2000}}, "subject")]
        items = self.client.call("submit_emails", emails=[case for case, _ in cases])["items"]
        for number, (item, (_, field)) in enumerate(zip(items, cases)):
            self.assertEqual((item["status"], item.get("error", {}).get("field")),
                             (202, None) if field is None else (422, f"emails[{number}].{field}"), item)

    def test_jobctl_wants_a_template_with_variables(self):
        refused = jobctl(self.daemon, "submit-email", "--to", "a@example.com", "--body", "x", "--var", "a=b", check=64)
        self.assertIn("--template", refused.stderr)
        jobctl(self.daemon, "submit-email", "--to", "a@example.com", "--body", "x", "--template", "welcome", check=64)


class Notifications(unittest.TestCase):
    def test_they_are_asked_for_where_the_relay_knows_them(self):
        with Recorder() as relay, Daemon({"mail": {"from": FROM}}, transport=relay.url) as daemon:
            relay.reply("EHLO", "", USUAL["EHLO"].replace("250 ", "250-DSN\r\n250 "))
            done = jobctl(daemon, "submit-email", "--to", "a@example.com", "--body", "x", "--dsn", "failure,delay",
                          "--dsn-return", "headers", "--wait", check=0)
            job_id = done.stdout.split()[0]
            mail, rcpt = (next(line for line in relay.commands if line.startswith(verb)) for verb in ("MAIL", "RCPT"))
            self.assertIn("RET=HDRS", mail)
            self.assertIn(f"ENVID={job_id}", mail)
            self.assertRegex(rcpt, "NOTIFY=(FAILURE,DELAY|DELAY,FAILURE)")


class Staging(unittest.TestCase):
    def sent(self, config, *recipients):
        with (Recorder() as relay, Daemon({"mail": {"from": FROM, **config}}, transport=relay.url) as daemon,
              daemon.client() as client):
            return client.at_its_end(client.submit(list(recipients))["id"]), relay.messages

    def test_everybody_is_redirected(self):
        job, messages = self.sent({"redirect_all_to": "test@example.com"}, "a@customer.example", "b@customer.example")
        self.assertEqual(job["status"], "completed")
        self.assertEqual([message.recipients for message in messages], [["test@example.com"]])
        self.assertEqual(read(messages[0]).get_all("X-Jobd-Redirected-From"),
                         ["a@customer.example", "b@customer.example"])
        for recipient in job["recipients"]:
            self.assertTrue(recipient["reply"].startswith("redirected to test@example.com"), recipient)

    def test_who_is_allowed_gets_his_mail(self):
        job, messages = self.sent({"allow_recipients": ["@example.com"]}, "a@customer.example", "b@example.com")
        self.assertEqual([recipient["status"] for recipient in job["recipients"]], ["failed", "delivered"])
        self.assertEqual([message.recipients for message in messages], [["b@example.com"]])
        self.assertNotIn("X-Jobd-Redirected-From", read(messages[0]))

    def test_nobody_is_asked_where_nobody_is_allowed(self):
        job, messages = self.sent({"allow_recipients": ["@example.com"]}, "a@customer.example")
        self.assertEqual((job["status"], job["error"]["code"], messages), ("failed", "rejected", []))
        self.assertIn("allow_recipients", job["recipients"][0]["reply"])


if __name__ == "__main__":
    unittest.main()
