# SPDX-License-Identifier: Apache-2.0
"""The table beside a second reader of the grammar: each row that our gateway is
to refuse as HTTP is unclear to it, and each other row clear."""

import random
import unittest
from dataclasses import replace

import strict
import table
from request import CHAT, Request

BODY = random.Random(1).randbytes(2400)


def request() -> Request:
    plain = Request.sealed(BODY, "gateway.example", "key")
    return replace(plain, hidden=plain.raw())


class Strict(unittest.TestCase):
    def test_refused_rows_are_unclear(self):
        for probe in table.of_http():
            # A length that is only too much has no end here.
            unclear = strict.Unfinished if probe.answers[0][0] == 413 else strict.Unclear
            with self.subTest(probe.name):
                self.assertRaises(unclear, strict.read_requests, probe.raw(request()))

    def test_other_rows_are_clear(self):
        for probe in (*table.OWN, *table.CONTROLS):
            with self.subTest(probe.name):
                found = strict.read_requests(probe.raw(request()))
                self.assertEqual(len(found), len(probe.answers))
                if probe.runs:
                    self.assertEqual([(read.target, read.body) for read in found], [(CHAT, BODY)] * probe.runs)


if __name__ == "__main__":
    unittest.main()
