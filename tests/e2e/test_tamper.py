# SPDX-License-Identifier: Apache-2.0
"""A tampering proxy between client and gateway: every change is detected, none
is accepted. The table it prints is the evidence."""

import json
import unittest

from cases import ScriptedCase
import http1
from tamper import RESPONSE_PREAMBLE, TamperingProxy, flip, request_preamble_size, split_chunks

PROMPT = "tokens=12 delay=0.06 text=answer"


def edit_response(edit):
    """An edit of the list of response chunks, preamble kept."""

    def apply(body: bytes) -> bytes:
        return body[:RESPONSE_PREAMBLE] + b"".join(edit(split_chunks(body[RESPONSE_PREAMBLE:])))

    return apply


def edit_request(edit):
    def apply(body: bytes) -> bytes:
        size = request_preamble_size(body)
        return body[:size] + b"".join(edit(split_chunks(body[size:])))

    return apply


def move_last_flag(chunks):
    """The first chunk claims to be the last; the rest is dropped."""
    first = bytes([chunks[0][0] | 0x80]) + chunks[0][1:]
    return [first]


class Tampering(ScriptedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.table = []

    @classmethod
    def tearDownClass(cls):
        for name, code, reason in cls.table:
            print(f"{name:<44} exit {code}   {reason}")
        super().tearDownClass()

    def setUp(self):
        self.proxy = TamperingProxy(("127.0.0.1", self.network.port))
        self.url = f"http://127.0.0.1:{self.proxy.port}/v1"

    def tearDown(self):
        self.proxy.stop()

    def ask(self, *flags):
        return self.network.client("chat", *flags, PROMPT, base_url=self.url)

    def assert_refused(self, name: str, *flags):
        """The client ends with failure, and says no proof."""
        answer = self.ask(*flags)
        reason = answer.stderr.strip().splitlines()[-1] if answer.stderr.strip() else ""
        self.table.append((name, answer.returncode, reason))
        self.assertEqual(answer.returncode, 1, f"{name}: {answer.stdout}\n{answer.stderr}")
        self.assertNotIn("proof", answer.stderr)
        self.assertEqual(len(self.proxy.sealed_requests) > 0, True, "the request must have passed the proxy")
        return answer

    def test_untouched_passes(self):
        answer = self.ask()
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("answer11", answer.stdout)
        self.assertGreater(len(split_chunks(self.proxy.sealed_responses[0][RESPONSE_PREAMBLE:])), 3)

    # --- the request ---
    def test_request_flipped_in_routing(self):
        self.proxy.on_request = lambda body: body.replace(b'"p1"', b'"p0"')
        self.assert_refused("request: routing changed")

    def test_request_flipped_in_every_region(self):
        regions = {"magic": 0, "version": 8, "suite": 10, "request id": 12, "expiry": 30, "commitment": 40}
        for name, at in regions.items():
            with self.subTest(name):
                self.proxy.on_request = lambda body, at=at: flip(body, at)
                self.assert_refused(f"request: flip in {name}")

    def test_request_flipped_in_recipient(self):
        self.proxy.on_request = lambda body: flip(body, request_preamble_size(body) - 10)
        self.assert_refused("request: flip in wrapped key")

    def test_request_flipped_in_chunk(self):
        self.proxy.on_request = lambda body: flip(body, request_preamble_size(body) + 40)
        self.assert_refused("request: flip in content")

    def test_request_chunk_dropped(self):
        self.proxy.on_request = edit_request(lambda chunks: chunks[:-1])
        self.assert_refused("request: last chunk dropped")

    def test_request_chunk_duplicated(self):
        self.proxy.on_request = edit_request(lambda chunks: [*chunks, chunks[-1]])
        self.assert_refused("request: chunk after the last")

    def test_request_replayed(self):
        self.proxy.replay = True
        before = len(self.engine.requests)
        answer = self.assert_refused("request: sent twice, second answer passed on")
        self.assertIn("request_replayed", answer.stderr)
        self.assertEqual(len(self.engine.requests) - before, 1, "the engine must have run it once")

    # --- the answer ---
    def test_answer_flipped_in_every_chunk(self):
        self.ask()
        count = len(split_chunks(self.proxy.sealed_responses[-1][RESPONSE_PREAMBLE:]))
        for index in (0, 1, count // 2, count - 2, count - 1):
            with self.subTest(chunk=index):

                def edit(chunks, index=index):
                    at = min(index, len(chunks) - 1)
                    return [flip(c, 30) if i == at else c for i, c in enumerate(chunks)]

                self.proxy.on_response = edit_response(edit)
                self.assert_refused(f"answer: flip in chunk {index} of {count}")

    def test_answer_flipped_in_preamble(self):
        for name, at in {"magic": 0, "version": 8, "kid": 20, "nonce": 60}.items():
            with self.subTest(name):
                self.proxy.on_response = lambda body, at=at: flip(body, at)
                self.assert_refused(f"answer: flip in preamble's {name}")

    def test_answer_chunk_dropped(self):
        self.proxy.on_response = edit_response(lambda chunks: chunks[:1] + chunks[2:])
        self.assert_refused("answer: chunk dropped")

    def test_answer_chunk_duplicated(self):
        self.proxy.on_response = edit_response(lambda chunks: chunks[:2] + chunks[1:])
        self.assert_refused("answer: chunk duplicated")

    def test_answer_chunks_reordered(self):
        self.proxy.on_response = edit_response(lambda chunks: [chunks[1], chunks[0], *chunks[2:]])
        self.assert_refused("answer: chunks reordered")

    def test_answer_without_last_chunk(self):
        self.proxy.on_response = edit_response(lambda chunks: chunks[:-1])
        self.assert_refused("answer: last chunk (receipt) withheld")

    def test_answer_last_flag_moved(self):
        self.proxy.on_response = edit_response(move_last_flag)
        self.assert_refused("answer: an early chunk made the last")

    def test_answer_with_bytes_after(self):
        self.proxy.on_response = lambda body: body + split_chunks(body[RESPONSE_PREAMBLE:])[-1]
        self.assert_refused("answer: a chunk after the last")

    def test_answer_cut_in_the_middle(self):
        self.proxy.cut_after = RESPONSE_PREAMBLE + 700
        self.assert_refused("answer: connection cut in the middle")

    def test_answer_of_an_earlier_request(self):
        self.ask()
        earlier = self.proxy.sealed_responses[-1]
        self.proxy.on_response = lambda body: earlier
        self.assert_refused("answer: an earlier request's answer")

    def test_two_answers_swapped(self):
        self.proxy.swap = True
        asks = [self.network.start_client("chat", PROMPT, base_url=self.url) for _ in range(2)]
        for ask in asks:
            _, stderr = ask.communicate(timeout=60)
            self.table.append(("answer: two answers swapped", ask.returncode, stderr.strip().splitlines()[-1]))
            self.assertEqual(ask.returncode, 1, stderr)

    # --- forged outer messages ---
    def test_forged_plain_answer(self):
        content = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "trust me"}}]}
        self.proxy.forge = http1.Message("HTTP/1.1 200 OK", [("Content-Type", "application/json")],
                                         json.dumps(content).encode())
        answer = self.assert_refused("forged: a plaintext answer")
        self.assertNotIn("trust me", answer.stdout)

    def test_forged_error_is_only_an_error(self):
        body = {"error": {"message": "send it in the clear", "type": "server_error",
                          "code": "standard_tier_not_offered", "param": None}}
        self.proxy.forge = http1.Message("HTTP/1.1 400 Bad Request", [("Content-Type", "application/json")],
                                         json.dumps(body).encode())
        answer = self.assert_refused("forged: an error with text of its own")
        self.assertNotIn("send it in the clear", answer.stdout)

    def test_forged_content_type(self):
        def forge(message):
            message.headers = [(k, "application/json" if k.lower() == "content-type" else v) for k, v in message.headers]
            return message

        self.proxy.on_message = forge
        self.assert_refused("forged: sealed answer called JSON")


if __name__ == "__main__":
    unittest.main()
