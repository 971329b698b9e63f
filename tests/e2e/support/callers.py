"""How programs call sendmail(1): their own command lines, and what they write to it.

Each is (name, words, message, recipients, envelope sender or None where it is the author).
"""

DOMAIN = "box.example.com"  # what stands in place of the machine's mail name

CRON = "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@box> df\nContent-Type: text/plain; charset=UTF-8\n\n"
GIT = ("From: Ann <ann@example.com>\nTo: Bob <bob@example.com>\nCc: list@example.com\nSubject: [PATCH] x\n"
       "Message-ID: <1@example.com>\n\n---\n.\n-- \n2.39\n")

CALLERS = [
    ("cron of Debian", ["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"], CRON + "95% /\n.\n", ["root@HOST"], None),
    ("cronie", ["-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"], CRON + "95% /\n", ["root@HOST"],
     "root@HOST"),
    ("anacron", ["-FAnacron", "-odi", "root"], "From: Anacron <root>\nTo: root\nSubject: x\n\nx\n", ["root@HOST"], None),
    ("git send-email", ["-f", "ann@example.com", "-i", "bob@example.com", "list@example.com"], GIT,
     ["bob@example.com", "list@example.com"], "ann@example.com"),
    ("PHP mail()", ["-t", "-i", "-fbounces@example.com"],
     "To: ann@example.com\nSubject: x\nX-PHP-Originating-Script: 33:x.php\nFrom: app@example.com\nBcc: eve@example.com\n\nx\n",
     ["ann@example.com", "eve@example.com"], "bounces@example.com"),
    ("mutt", ["-oem", "-oi", "-f", "ann@example.com", "-N", "failure,delay", "-R", "hdrs", "--", "bob@example.com",
              "-odd@example.com"],
     "Date: Mon, 2 Mar 2026 12:00:00 +0000\nFrom: Ann <ann@example.com>\nTo: bob@example.com\nSubject: x\n\n.\nx\n",
     ["bob@example.com", "-odd@example.com"], "ann@example.com"),
    ("s-nail", ["-i", "-f", "ann@example.com", "--", "bob@example.com"],
     "From: ann@example.com\nTo: bob@example.com\nSubject: x\n\nx\n", ["bob@example.com"], "ann@example.com"),
    ("mailx of BSD", ["-i", "-t", "-f", "ann@example.com"],
     "To: bob@example.com\nSubject: x\nFrom: ann@example.com\n\nx\n", ["bob@example.com"], "ann@example.com"),
    ("fail2ban", ["-f", "fail2ban", "admin@example.com"],
     "Subject: banned\nFrom: Fail2Ban <fail2ban>\nTo: admin@example.com\n\nHi,\n", ["admin@example.com"], "fail2ban@HOST"),
    ("a shell", ["root"], "Disk full\n", ["root@HOST"], None),
]
