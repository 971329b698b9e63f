"""Random steps: questions to a daemon as data, so that a sequence can be asked again, without some of them, and of two
daemons whose ids differ. A job is named by its place among those acknowledged, "#0" the first; a place that nobody
reached stands for an id that was never given."""

import re

UNKNOWN = "00000000-0000-7000-8000-{:012}"
PLACE = re.compile(r"#(\d+)")
TAGS = ("red", "green")
PEOPLE = ("ann@example.com", "Bob <bob@example.com>", {"email": "cy@example.com", "name": "Zoë, C."})
KEYS = ("key-1", "key-2", "key-3")
STATUSES = ("pending", "processing", "completed", "failed", "held", "cancelled")

# What is refused, whatever came before: parameters of a submit.
BAD_MAILS = (
    {}, {"to": []}, {"to": "nobody"}, {"to": "a@b@c"}, {"to": "a@example.com", "subject": "two\nlines"},
    {"to": "a@example.com", "colour": "red"}, {"to": "a@example.com", "priority": 10},
    {"to": "a@example.com", "delay": "soon"}, {"to": "a@example.com", "headers": {"Bcc": "x"}},
    {"to": "a@example.com", "body": "a", "text": "b"}, {"to": ["a@example.com", 7]})
# ... and of other operations.
BAD_QUESTIONS = (
    ("get_job", {"id": "#0", "wait": "long"}), ("get_job", {"id": "#0", "include": "all"}), ("get_job", {"id": "nonsense"}),
    ("list_jobs", {"status": "lost"}), ("list_jobs", {"limit": 0}), ("list_jobs", {"cursor": "nonsense"}),
    ("list_jobs", {"since": "yesterday"}), ("list_jobs", {"colour": "red"}), ("cancel_jobs", {}), ("retry_jobs", {"limit": 1}),
    ("cancel_jobs", {"status": "pending", "limit": -1}), ("retry_job", {"id": "#1", "ttl": "0s"}), ("delete_job", {"id": "x"}),
    ("submit_emails", {}), ("submit_emails", {"emails": "none"}), ("pause", {"for": "1h"}), ("cancel_job", {"id": "#0", "why": "x"}))


def resolved(value, ids):
    """value with its places filled in by a daemon's ids."""
    if isinstance(value, dict):
        return {key: resolved(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, ids) for item in value]
    place = PLACE.fullmatch(value) if isinstance(value, str) else None
    if not place:
        return value
    number = int(place[1])
    return ids[number] if number < len(ids) else UNKNOWN.format(number)


class Steps:
    """The steps that a random.Random gives. It knows nothing of answers, only about how many jobs there may be."""

    def __init__(self, random):
        self.random = random
        self.jobs = 0

    def take(self, count):
        """`count` of them: (operation, parameters)."""
        kinds = {self.submit: 8, self.batch: 2, self.get: 3, self.list: 3, self.one: 8, self.many: 3, self.bad: 3,
                 self.queue: 3, self.plain: 1}
        chosen = self.random.choices(list(kinds), list(kinds.values()), k=count)
        return [kind() for kind in chosen]

    def maybe(self, chance, **params):
        return params if self.random.random() < chance else {}

    def place(self):
        return f"#{self.random.randrange(self.jobs + 2)}"

    def mail(self):
        self.jobs += 1
        pick = self.random
        to = pick.sample(PEOPLE, pick.randint(1, len(PEOPLE)))
        # A key is met again with the same mail or with another: few keys, few mails.
        return {"to": to if len(to) > 1 else to[0], "subject": pick.choice(("Hello", "Grüße")), "body": "Test email",
                **self.maybe(0.4, tags=pick.sample(TAGS, pick.randint(1, 2))), **self.maybe(0.2, metadata={"order": "7"}),
                **self.maybe(0.2, priority=pick.randint(0, 9)), **self.maybe(0.2, delay="1h"),
                **self.maybe(0.5, max_attempts=pick.randint(1, 3))}

    def keyed(self):
        return {"to": "ann@example.com", "idempotency_key": self.random.choice(KEYS), **self.maybe(0.2, subject="Other")}

    def submit(self):
        return "submit_email", self.keyed() if self.random.random() < 0.3 else self.mail()

    def batch(self):
        kinds = [self.random.choice((self.mail, self.keyed, lambda: self.random.choice(BAD_MAILS)))
                 for _ in range(self.random.randint(0, 4))]
        return "submit_emails", {"emails": [kind() for kind in kinds]}

    def get(self):
        return "get_job", {"id": self.place(), **self.maybe(0.3, include="content"), **self.maybe(0.2, wait="1ms")}

    def filter(self):
        return {**self.maybe(0.6, status=self.random.choice(STATUSES)), **self.maybe(0.3, tag=self.random.choice(TAGS)),
                **self.maybe(0.2, recipient=self.random.choice(("ANN@example.com", "bob@example.com", "no@example.com"))),
                **self.maybe(0.1, since="2020-01-01T00:00:00Z"), **self.maybe(0.1, until="2020-01-01T00:00:00Z")}

    def list(self):
        return "list_jobs", {**self.filter(), **self.maybe(0.5, limit=self.random.randint(1, 4))}

    def one(self):
        op = self.random.choice(("cancel_job", "retry_job", "delete_job"))
        return op, {"id": self.place(), **(self.maybe(0.3, ttl="2h") if op == "retry_job" else {})}

    def many(self):
        op = self.random.choice(("cancel_jobs", "retry_jobs"))
        return op, {"status": self.random.choice(STATUSES), **self.filter(), **self.maybe(0.4, limit=self.random.randint(1, 3))}

    def bad(self):
        if self.random.random() < 0.5:
            return "submit_email", self.random.choice(BAD_MAILS)
        return self.random.choice(BAD_QUESTIONS)

    def queue(self):
        return self.random.choice(("pause", "resume")), {}

    def plain(self):
        return self.random.choice(("stats", "ping", "ready")), {}
