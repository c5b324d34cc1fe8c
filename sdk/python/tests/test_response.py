# SPDX-License-Identifier: Apache-2.0
"""json() of a sealed answer reads what any reader of JSON reads, and as fast as without the attestation."""

import json
import pickle
import unittest
from types import SimpleNamespace

from aipg._exchange import CONVERSATION
from aipg._http import httpx
from aipg._response import SealedResponse

PROOF = "QUJD" * 1000
WITH = '"attestation":"%s"' % PROOF


def sealed(text, attested):
    conversation = SimpleNamespace(attested=attested)
    return SealedResponse(200, content=text.encode(), extensions={CONVERSATION: conversation})


def outcome(response):
    try:
        return response.json()
    except json.JSONDecodeError as error:
        return type(error)


class SealedJson(unittest.TestCase):
    def test_an_answer_with_its_attestation(self):
        for before in ('{"a":1', '{"a":{"b":[1,"}"]} \n', '{"a":",\\"attestation\\":\\"x\\"}"', '{"ä":"\\u00e4€"',
                       '{"b":{"c":1,"attestation":"an engine\'s"}'):
            for after in ("}", "}\n", "}\r\n \t"):
                text = f"{before},{WITH}{after}"
                read = sealed(text, attested=True).json()
                self.assertEqual(read, httpx.Response(200, content=text.encode()).json())
                self.assertEqual((list(read)[-1], read["attestation"]), ("attestation", PROOF))

    def test_one_that_the_core_did_not_put_in_is_not_taken_for_one(self):
        """What strict readers refuse goes out as it is: an engine's own word is then read as by anybody."""
        for text in ("", "[1]", '{"a":1}', '{"a":1,"attestation":"x\n"}', '{,%s}' % WITH, '{"a":1}},%s}' % WITH,
                     '{"a":1,"attestation":"\\u0041"}'):
            expected = outcome(httpx.Response(200, content=text.encode()))
            self.assertEqual(outcome(sealed(text, attested=False)), expected, text[:80])
        self.assertIs(outcome(sealed('{"a":1,"attestation":"x\n"}', attested=False)), json.JSONDecodeError)

    def test_a_reader_with_wishes_of_its_own(self):
        response = sealed('{"a":1.5,%s}' % WITH, attested=True)
        self.assertEqual(response.json(parse_float=str), {"a": "1.5", "attestation": PROOF})
        self.assertEqual(json.loads(response.text), response.json())

    def test_one_that_was_kept(self):
        response = sealed('{"a":1,%s}' % WITH, attested=True)
        response.extensions[CONVERSATION] = lambda: None  # as little to be pickled as the real one
        self.assertEqual(pickle.loads(pickle.dumps(response)).json(), {"a": 1, "attestation": PROOF})


if __name__ == "__main__":
    unittest.main()
