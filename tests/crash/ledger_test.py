"""The ledger's comparison must see every kind of loss, or the crash rounds prove nothing."""

import tempfile
import unittest
from pathlib import Path

from ledger import Ledger, Request, Row, digest


class LedgerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.ledger = Ledger(Path(folder.name) / "acknowledged")
        self.addCleanup(self.ledger.close)
        kept = Request([Row("trace", "t1", "t1", digest("asked")), Row("observation", "o1", "t1", digest("prompt"))])
        self.ledger.sent("round", kept)
        self.ledger.acknowledged("round", kept)
        cut = Request([Row("trace", "t2", "t2", digest("asked")), Row("observation", "o2", "t2", digest("prompt"))])
        self.ledger.sent("round", cut)
        self.update = Request(outputs={"o1": digest("answer")})
        self.ledger.sent("round", self.update)

    def check(self, traces, observations):
        return self.ledger.check("round", traces, observations)

    def test_what_was_acknowledged_is_enough(self):
        self.assertEqual(self.check({"t1": "asked"}, {"o1": ("t1", "prompt", None)}), [])

    def test_what_was_only_sent_may_be_there_whole(self):
        traces = {"t1": "asked", "t2": "asked"}
        observations = {"o1": ("t1", "prompt", "answer"), "o2": ("t2", "prompt", None)}
        self.assertEqual(self.check(traces, observations), [])

    def test_an_acknowledged_row_that_is_missing_is_seen(self):
        (complaint,) = self.check({"t1": "asked"}, {})
        self.assertIn("acknowledged, but not there", complaint)

    def test_half_a_request_is_seen(self):
        (complaint,) = self.check({"t1": "asked", "t2": "asked"}, {"o1": ("t1", "prompt", None)})
        self.assertIn("only a part of an unacknowledged request", complaint)

    def test_another_content_or_trace_is_seen(self):
        complaints = self.check({"t1": "other"}, {"o1": ("t9", "other", "other")})
        self.assertEqual(len(complaints), 4, complaints)

    def test_a_row_that_was_never_sent_is_seen(self):
        (complaint,) = self.check({"t1": "asked", "t3": "asked"}, {"o1": ("t1", "prompt", None)})
        self.assertIn("there, but never sent", complaint)

    def test_a_lost_update_is_seen(self):
        self.ledger.acknowledged("round", self.update)
        (complaint,) = self.check({"t1": "asked"}, {"o1": ("t1", "prompt", None)})
        self.assertIn("acknowledged update of o1", complaint)

    def test_a_refused_request_is_seen(self):
        self.ledger.complain("round", "POST answered 500")
        self.assertEqual(self.check({"t1": "asked"}, {"o1": ("t1", "prompt", None)}), ["POST answered 500"])


if __name__ == "__main__":
    unittest.main()
