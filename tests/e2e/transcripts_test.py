"""Golden transcripts, as support/transcript says: each goes word for word, in lines and over HTTP."""

import pathlib
import unittest

from support.transcript import Comparison, HttpPlayer, LinePlayer, Transcript

FOLDER = pathlib.Path(__file__).parent / "transcripts"


class Transcripts(unittest.TestCase):
    def test_each_goes_word_for_word(self):
        self.each(self.play_lines)

    def test_each_goes_word_for_word_over_http(self):
        self.each(self.play_http)

    def test_what_is_of_lines_alone_is_said_at_the_head(self):
        self.each(self.read_head)

    def each(self, act):
        paths = sorted(FOLDER.glob("*.txt"))
        self.assertTrue(paths)
        for path in paths:
            with self.subTest(path.name):
                act(Transcript(path))

    def play_lines(self, transcript):
        with transcript.daemon() as daemon, daemon.client() as client:
            self.assertEqual(LinePlayer(transcript, client).play(), len(transcript.steps))

    def play_http(self, transcript):
        with transcript.daemon() as daemon, HttpPlayer(transcript, daemon) as player:
            self.assertEqual(player.play(), len(transcript.steps) - transcript.steps_of_lines_alone)

    def read_head(self, transcript):
        comments = transcript.path.read_text().partition("\n>")[0]
        self.assertEqual("Of lines alone:" in comments, transcript.steps_of_lines_alone > 0)


class TheComparison(unittest.TestCase):
    def test_a_wrong_reply_is_noticed(self):
        comparison = Comparison()
        comparison.compare({"a": "<id>", "b": [1, True]}, {"a": "0192f3a4-0000-7000-8000-000000000000", "b": [1, True]})
        for wanted, found in (({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 2}), ([1], [1, 2]), ({"a": 1}, {"a": True}),
                              ("<id>", "42"), ("<time>", "today"), ("<number>", "1"), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
                              (None, "x"), ("<text>", ""), ("<version>", "one")):
            with self.subTest(wanted=wanted), self.assertRaises(AssertionError):
                comparison.compare(wanted, found)

    def test_what_was_kept_is_filled_in(self):
        comparison = Comparison()
        comparison.compare(["<number:seq>", "<text:word>"], [42, "x"])
        self.assertEqual(comparison.fill('{"after":$seq,"tag":"$word","body":"{y*3}"}'),
                         '{"after":42,"tag":"x","body":"yyy"}')


if __name__ == "__main__":
    unittest.main()
