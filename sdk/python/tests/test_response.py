# SPDX-License-Identifier: Apache-2.0
"""json() of a sealed answer reads what any reader of JSON reads, and as fast as without the attestation."""

import json
import unittest

from aipg._http import httpx
from aipg._response import SealedResponse, _apart

PROOF = "QUJD" * 1000
WITH = '"attestation":"%s"' % PROOF


def outcome(response):
    try:
        return response.json()
    except json.JSONDecodeError as error:
        return type(error)


class SealedJson(unittest.TestCase):
    def reads_as_any_other(self, text, takes_apart):
        content = text.encode()
        self.assertEqual(_apart(content) is not None, takes_apart, text[:80])
        expected = outcome(httpx.Response(200, content=content))
        self.assertEqual(outcome(SealedResponse(200, content=content)), expected, text[:80])
        return expected

    def test_an_answer_with_its_attestation(self):
        for before in ('{"a":1', '{"a":{"b":[1,"}"]} \n', '{"a":",\\"attestation\\":\\"x\\"}"', '{"ä":"\\u00e4€"'):
            for after in ("}", "}\n", "}\r\n \t"):
                read = self.reads_as_any_other(f"{before},{WITH}{after}", takes_apart=True)
                self.assertEqual((list(read)[-1], read["attestation"]), ("attestation", PROOF))

    def test_one_that_stands_twice(self):
        self.reads_as_any_other('{"a":1,"attestation":"first","b":{},%s}' % WITH, takes_apart=True)

    def test_what_only_looks_like_one(self):
        for text in (
            "",
            "{}",
            "[1]",
            '{"a":1}',
            "{%s}" % WITH,
            '{"a":{"b":1,%s}}' % WITH,
            '[{"b":1,%s}]' % WITH,
            '{"a":1,%s,"b":2}' % WITH,
            '{"a":1,%s} {}' % WITH,
            '{"a":1,%s' % WITH,
            '{"a":1,"attestation":"\\u0041"}',
            '{"a":1,"attestation":"\\""}',
            '{"a":1,"attestation":"ä"}',
            '{"a":1,"attestation":null}',
            '{"a":1,"attestation":"',
        ):
            self.reads_as_any_other(text, takes_apart=False)

    def test_what_is_no_json_around_one(self):
        for text in ("{,%s}", "{ ,%s}", '{"a",%s}', '{"a":1}},%s}', "[1,%s}", '"a",%s}', ",%s}"):
            self.assertIs(self.reads_as_any_other(text % WITH, takes_apart=True), json.JSONDecodeError)

    def test_a_reader_with_wishes_of_its_own(self):
        response = SealedResponse(200, content=('{"a":1.5,%s}' % WITH).encode())
        self.assertEqual(response.json(parse_float=str), {"a": "1.5", "attestation": PROOF})
        self.assertEqual(json.loads(response.text), response.json())


if __name__ == "__main__":
    unittest.main()
