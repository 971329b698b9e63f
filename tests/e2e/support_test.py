"""What the other tests stand on, shown to hold: the recorder with a client that is not ours."""

import smtplib
import socket
import unittest

from support.port import HeldPort
from support.recorder import CLOSE, Recorder
from support.sink import smtp_sink

MAIL = ("a@example.com", ["b@example.com", "c@example.com"], "Subject: x\r\n\r\n.dot\r\n")


class TheRecorder(unittest.TestCase):
    def setUp(self):
        self.relay = self.enterContext(Recorder())

    def send(self):
        with smtplib.SMTP("127.0.0.1", self.relay.port, timeout=10) as client:
            return client.sendmail(*MAIL)

    def test_writes_down_what_came(self):
        self.send()
        (message,) = self.relay.wait_messages(1)
        self.assertEqual((message.sender, message.recipients), MAIL[:2])
        self.assertEqual(message.content, MAIL[2].encode())

    def test_says_what_it_was_told_as_often_as_it_was_told(self):
        self.relay.reply("RCPT", "c@", "550 5.1.1 no", times=1)
        self.assertEqual(list(self.send()), ["c@example.com"])
        self.assertEqual(self.send(), {})
        self.assertEqual([len(message.recipients) for message in self.relay.messages], [1, 2])

    def test_hangs_up_after_the_dot(self):
        self.relay.reply("DOT", "", CLOSE)
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            self.send()
        self.assertEqual(len(self.relay.messages), 1)

    def test_is_away_and_comes_back_on_its_port(self):
        self.relay.shut()
        with self.assertRaises(ConnectionRefusedError):
            self.send()
        self.relay.listen()
        self.assertEqual(self.send(), {})


class ThePort(unittest.TestCase):
    def test_is_refused_served_and_refused_again(self):
        with HeldPort() as port:
            address = ("127.0.0.1", port.number)
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(address)
            for _ in range(2):
                with port.listen(), socket.create_connection(address):
                    pass
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(address)


class TheSink(unittest.TestCase):
    def test_keeps_each_mail(self):
        with smtp_sink() as (port, folder):
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                client.sendmail(*MAIL)
            self.assertEqual(len(list(folder.glob("mail.*"))), 1)


if __name__ == "__main__":
    unittest.main()
