# SPDX-License-Identifier: Apache-2.0
"""Everything that goes wrong, and how often it was tried: what was sent is counted where it would arrive."""

import time
import unittest

import openai

import aipg
from support import HEADER, MODEL, NetworkCase, asked
from tamper import flip, split_chunks, RESPONSE_PREAMBLE
import http1


class Refusals(NetworkCase):
    def refused(self, kind, client=None, **more):
        before = self.engine_requests()
        with self.assertRaises(kind) as caught:
            (client or self.client()).chat.completions.create(**{**asked("tokens=1"), **more})
        self.assertEqual(self.engine_requests(), before)
        return caught.exception

    def test_nobody_passes_the_policy(self):
        error = self.refused(aipg.NoConfidentialWorker, self.client(expected_workload_hash="00" * 32))
        self.assertIsInstance(error, openai.APIStatusError)
        self.assertEqual((error.status_code, error.code), (503, "no_confidential_worker"))
        self.assertIn("Nothing was sent", str(error))
        self.assertEqual([f.code for v in error.verdicts for f in v.failed], ["workload_not_expected"])

    def test_nobody_passes_under_the_vendors_roots(self):
        error = self.refused(aipg.NoConfidentialWorker, self.client(policy="network"))
        self.assertIn("chain_root", {f.code for v in error.verdicts for f in v.failed})

    def test_an_unknown_model_is_not_found(self):
        error = self.refused(openai.NotFoundError, model="none")
        self.assertEqual(error.code, "model_not_found")
        self.assertIn(MODEL, str(error))

    def test_a_wrong_key_is_unauthorised(self):
        error = self.refused(openai.AuthenticationError, self.client(api_key="wrong"))
        self.assertEqual(error.code, "invalid_api_key")

    def test_a_parameter_that_workers_refuse_is_named(self):
        error = self.refused(openai.BadRequestError, extra_body={"priority": 1})
        self.assertEqual(error.param, "priority")

    def test_another_value_of_the_header_is_no_wish_that_is_known(self):
        for value in ("optional", "Required", "required, required", ""):
            error = self.refused(aipg.SealError, extra_headers={"X-AIPG-Confidential": value})
            self.assertIn("Nothing was sent", str(error))

    def test_what_cannot_be_sealed_is_not_sent(self):
        client = self.client()
        for call in (
            lambda: client.files.list(),
            lambda: client.images.generate(prompt="x", model=MODEL),
            lambda: client.moderations.create(input="x"),
            lambda: client.chat.completions.create(**asked("tokens=1"), extra_query={"user": "alice"}),
            lambda: client.models.delete("x"),
            lambda: client.models.list(extra_query={"user": "alice"}),
            lambda: client.with_options(confidential=False).files.list(extra_headers=HEADER),
        ):
            with self.assertRaises(aipg.SealError) as caught:
                call()
            self.assertEqual(caught.exception.code, "path_not_sealable")

    def test_no_key_goes_in_clear_beyond_this_machine(self):
        for url in ("http://gateway.example/v1", "http://127.0.0.1.example/v1", "http://192.168.0.1/v1", "http://[::2]/v1"):
            for confidential in (True, False):
                client = self.client(base_url=url, confidential=confidential, max_retries=0)
                for call in (client.models.list, lambda c=client: c.chat.completions.create(**asked("tokens=1"))):
                    with self.assertRaises(aipg.SealError) as caught:
                        call()
                    self.assertEqual(caught.exception.code, "plain_not_loopback")
                    self.assertIn("Nothing was sent", str(caught.exception))
        for url in ("http://localhost:1/v1", "http://127.0.0.2:1/v1", "http://[::1]:1/v1", "https://localhost:1/v1"):
            with self.assertRaises(openai.APIConnectionError):
                self.client(base_url=url, max_retries=0).models.list()

    def test_websockets_are_refused(self):
        client = self.client()
        self.assertTrue(str(client.websocket_base_url).startswith("unsealed-websocket:"))
        self.assertIsNone(client.with_options(confidential=False).websocket_base_url)
        with self.assertRaises(ValueError):
            self.client(websocket_base_url="wss://x.example")

    def test_the_header_alone_seals_nothing(self):
        client = self.client()
        response = client._client
        with self.assertRaises(aipg.SealError):
            response.post(str(client.base_url) + "chat/completions", json=asked("tokens=1"), headers=HEADER)

    def test_an_engines_error_arrives_as_openais(self):
        with self.assertRaises(openai.APIStatusError) as caught:
            self.client(max_retries=0).chat.completions.create(**asked("status=500"))
        self.assertLess(len(str(caught.exception)), 500)  # openai shows the body whole: no proof is in it

    def test_an_engine_that_dies_is_no_whole_answer(self):
        with self.assertRaises(openai.APIError):
            for _ in self.client(max_retries=0).chat.completions.create(**asked("tokens=10 die=4", stream=True)):
                pass


class NoGateway(NetworkCase):
    def test_is_a_connection_error_and_retried(self):
        client = self.client(base_url="http://127.0.0.1:9/v1", max_retries=1)
        started = time.monotonic()
        with self.assertRaises(openai.APIConnectionError):
            client.chat.completions.create(**asked("tokens=1"))
        self.assertGreater(time.monotonic() - started, 0.3)  # it waited before it tried again

    def test_a_slow_answer_times_out(self):
        client = self.client(max_retries=0, timeout=0.5)
        client.chat.completions.create(**asked("tokens=1"))
        with self.assertRaises(openai.APITimeoutError):
            client.chat.completions.create(**asked("tokens=40 delay=0.1"))
        with self.assertRaises(openai.APITimeoutError):
            client.with_options(timeout=0.3).chat.completions.create(**asked("tokens=1 delay=5"))

    def test_something_else_answers_there(self):
        proxy = self.tampering()
        head = http1.Message("HTTP/1.1 200 OK", [("Content-Type", "text/html")])
        head.body = b"<html>welcome</html>"
        proxy.forge = head
        original = proxy._ask

        async def ask(request):
            return head

        proxy._ask = ask
        client = self.client(base_url=f"http://127.0.0.1:{proxy.port}/v1")
        with self.assertRaises(openai.APIStatusError) as caught:
            client.chat.completions.create(**asked("tokens=1"))
        self.assertIn("is not a gateway", str(caught.exception))
        proxy._ask = original


class Tampered(NetworkCase):
    """An attacker who runs the gateway."""

    def setUp(self):
        self.proxy = self.tampering()
        self.behind = self.client(base_url=f"http://127.0.0.1:{self.proxy.port}/v1")

    def broken(self, kind, script="tokens=4", stream=False):
        before = len(self.proxy.sealed_requests)
        text = ""
        with self.assertRaises(kind) as caught:
            answer = self.behind.chat.completions.create(**asked(script, stream=stream))
            for chunk in answer if stream else ():
                text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        return caught.exception, len(self.proxy.sealed_requests) - before, text

    def test_untouched_passes(self):
        self.assertTrue(self.behind.chat.completions.create(**asked("tokens=1")).attestation)

    def test_a_flipped_bit_is_a_seal_error_and_not_retried(self):
        self.proxy.on_response = lambda body: flip(body, -20)
        for stream in (False, True):
            error, sent, _ = self.broken(aipg.SealError, stream=stream)
            self.assertEqual(sent, 1)
            self.assertIn("not what a verified worker sealed", str(error))

    def test_a_cut_stream_raises_and_never_just_ends(self):
        self.proxy.on_response = lambda body: body[:RESPONSE_PREAMBLE] + b"".join(split_chunks(body[RESPONSE_PREAMBLE:])[:-1])
        error, sent, text = self.broken(aipg.TruncatedResponse, "tokens=30 delay=0.02", stream=True)
        self.assertIsInstance(error, aipg.SealError)
        self.assertEqual((sent, error.code), (1, "response_truncated"))
        self.assertIn("tok0", text)
        self.broken(aipg.TruncatedResponse)

    def test_a_cut_connection_raises(self):
        self.proxy.cut_after = 400
        error, sent, _ = self.broken(aipg.TruncatedResponse, "tokens=30", stream=True)
        self.assertEqual(sent, 1)

    def test_the_end_mark_is_not_shown_before_the_proof(self):
        self.proxy.on_response = lambda body: body[:RESPONSE_PREAMBLE] + b"".join(split_chunks(body[RESPONSE_PREAMBLE:])[:-1])
        seen = []
        with self.assertRaises(aipg.TruncatedResponse):
            with self.behind.chat.completions.with_streaming_response.create(**asked("tokens=3", stream=True)) as streamed:
                for line in streamed.iter_lines():
                    seen.append(line)
        self.assertNotIn("data: [DONE]", seen)

    def test_a_plain_answer_instead_of_a_sealed_one(self):
        forged = http1.Message("HTTP/1.1 200 OK", [("Content-Type", "application/json")])
        forged.body = b'{"id":"x","object":"chat.completion","choices":[]}'
        self.proxy.forge = forged
        error, sent, _ = self.broken(aipg.SealError)
        self.assertEqual(sent, 1)

    def test_retries_where_the_network_says_so_and_nowhere_else(self):
        for code, status, times in (("worker_busy", 503, 3), ("upstream_lost", 502, 1), ("request_replayed", 409, 1), ("price_above_max", 402, 1)):
            refusal = http1.Message(f"HTTP/1.1 {status} No", [("Content-Type", "application/json"), ("Retry-After", "0.05")])
            refusal.body = b'{"error":{"message":"m","type":"t","code":"%s","param":null}}' % code.encode()
            self.proxy.forge = refusal
            error, sent, _ = self.broken(openai.APIStatusError)
            self.assertEqual((error.status_code, error.code, sent), (status, code, times))

    def test_a_redirect_is_not_followed(self):
        moved = http1.Message("HTTP/1.1 307 Moved", [("Location", "http://127.0.0.1:9/steal"), ("Content-Type", "text/plain")])
        self.proxy.forge = moved
        self.broken(openai.APIStatusError)


if __name__ == "__main__":
    unittest.main()
