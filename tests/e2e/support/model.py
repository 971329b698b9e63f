"""Model: what a daemon must answer and hold, in as few lines as say it (jobd(8), JOB LIFE; jobd-protocol(7)).

Between two steps all is at rest: what is due has run to its end. Jobs are known by their places (support/steps.py)."""

import json

from .steps import BAD_MAILS, PLACE, STATUSES

# What may follow a state, as a watcher sees it; a job begins as the first.
MOVES = {None: ("pending", "processing"), "pending": ("pending", "processing", "cancelled", "failed"),
         "processing": ("completed", "failed", "pending", "held"), "failed": ("pending",), "cancelled": ("pending",),
         "held": ("pending", "cancelled"), "completed": ()}
ENDED = ("completed", "failed", "cancelled")


class Job:
    def __init__(self, mail):
        self.status, self.attempts = "pending", 0
        self.runs = 0  # attempts, those before a retry too
        self.due = "delay" not in mail
        self.max_attempts = mail.get("max_attempts", 3)
        self.tags = mail.get("tags", [])
        to = mail["to"] if isinstance(mail["to"], list) else [mail["to"]]
        self.recipients = [one["email"] if isinstance(one, dict) else one.rstrip(">").rpartition("<")[2] for one in to]

    def run(self, fate):
        """One attempt, as the simulated transport has it."""
        self.attempts += 1
        self.runs += 1
        self.due = False
        for_now = fate == "later" or (fate == "second time" and self.attempts == 1)
        if fate == "never":
            self.status = "failed"
        elif not for_now:
            self.status = "completed"
        elif self.attempts >= self.max_attempts:
            self.status = "failed"

    def cancel(self):
        """Whether it could be."""
        if self.status not in ("pending", "held"):
            return False
        self.status = "cancelled"
        return True

    def retry(self):
        if self.status in ("completed", "processing"):
            return False
        self.attempts = self.attempts if self.status == "pending" else 0
        self.status, self.due = "pending", True
        return True

    def fits(self, wanted):
        recipient = wanted.get("recipient")
        return (wanted.get("status", self.status) == self.status and wanted.get("tag") in (None, *self.tags)
                and (not recipient or recipient.lower() in self.recipients) and "until" not in wanted)


class Model:
    def __init__(self, fate):
        self.fate = fate
        self.jobs = []  # by place; None once deleted
        self.keys = {}  # -> (the mail without its key, place)
        self.paused = False

    def step(self, op, params):
        """What the answer must be, as far as the model tells: its status, and a part of its result. None: no word."""
        wanted = getattr(self, op, self.nothing)(params)
        self.run_due()
        return wanted

    def run_due(self):
        for job in self.alive():
            if job.status == "pending" and job.due and not self.paused:
                job.run(self.fate)

    def alive(self):
        return [job for job in self.jobs if job]

    def counts(self):
        return {status: sum(job.status == status for job in self.alive()) for status in STATUSES}

    def nothing(self, _):
        return None

    def submit_email(self, mail):
        if mail in BAD_MAILS:
            return 422, None
        mail = dict(mail)
        key = mail.pop("idempotency_key", None)
        said = json.dumps(mail, sort_keys=True)
        if key in self.keys:
            known, place = self.keys[key]
            return (200, {"id": f"#{place}"}) if known == said else (422, None)
        if key:
            self.keys[key] = said, len(self.jobs)
        self.jobs.append(Job(mail))
        return 202, {"id": f"#{len(self.jobs) - 1}"}

    def submit_emails(self, params):
        if not isinstance(params.get("emails"), list):
            return 422, None
        return 200, {"items": [self.submit_email(mail)[0] for mail in params["emails"]]}

    def find(self, params):
        place = PLACE.fullmatch(params["id"])
        number = int(place[1]) if place else len(self.jobs)
        return self.jobs[number] if number < len(self.jobs) else None

    def is_bad(self, params, *known):
        return set(params) - set(known) or not PLACE.fullmatch(params.get("id", "")) or params.get("ttl") == "0s"

    def get_job(self, params):
        if self.is_bad(params, "id", "wait", "include") or params.get("wait") == "long" or params.get("include") == "all":
            return 422, None
        job = self.find(params)
        return (200, {"status": job.status, "attempts": job.attempts}) if job else (404, None)

    def change(self, params, act):
        if self.is_bad(params, "id", "ttl"):
            return 422, None
        job = self.find(params)
        if not job:
            return 404, None
        return (200, {"status": job.status}) if act(job) else (409, None)

    def cancel_job(self, params):
        return self.change(params, Job.cancel)

    def retry_job(self, params):
        return self.change(params, Job.retry)

    def delete_job(self, params):
        status, _ = self.change(params, lambda job: job.status in ENDED)
        if status != 200:
            return status, None
        place = self.jobs.index(self.find(params))
        self.jobs[place] = None
        self.keys = {key: known for key, known in self.keys.items() if known[1] != place}
        return 204, None

    def many(self, params, act):
        asks = {key for key in params if key != "limit"}
        if not asks or params.get("limit", 1) < 1:
            return 422, None
        found = [job for job in reversed(self.alive()) if job.fits(params)][:params.get("limit")]
        return 200, {"matched": len(found), "changed": sum(map(act, found))}

    def cancel_jobs(self, params):
        return self.many(params, Job.cancel)

    def retry_jobs(self, params):
        return self.many(params, Job.retry)

    def list_jobs(self, params):
        is_bad = (params.get("status", "held") not in STATUSES or params.get("limit", 1) < 1 or "cursor" in params
                  or "colour" in params or params.get("since") == "yesterday")
        if is_bad:
            return 422, None
        places = [f"#{place}" for place, job in enumerate(self.jobs) if job and job.fits(params)]
        return 200, {"jobs": places[::-1]}

    def pause(self, params):
        if params:
            return 422, None
        self.paused = True
        return 200, {"paused": True}

    def resume(self, _):
        self.paused = False
        return 200, {"paused": False}

    def stats(self, _):
        return 200, {"jobs": self.counts(), "paused": self.paused}
