# SPDX-License-Identifier: Apache-2.0
"""aipg.Client, blocking: what is promised, what openai's users rely on."""

import json
import os
import threading
import time
import unittest
from unittest import mock

import openai

import aipg
from aipg.attestation import attestation_of, verify_nvidia_attestation
from support import HEADER, MODEL, NetworkCase, asked, wait_until


class Promised(NetworkCase):
    def test_runs_as_the_network_promised_its_users(self):
        known_good = self.client().chat.completions.create(**asked("tokens=1"))
        KNOWN_GOOD_WORKER_HASH = verify_nvidia_attestation(known_good.attestation).workload

        from aipg import Client
        from aipg.attestation import verify_nvidia_attestation as verify

        client = Client(api_key=self.network.key)
        response = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "tokens=3 text=word"}],
            extra_headers={"X-AIPG-Confidential": "required"},
        )
        report = response.attestation
        verdict = verify(report, expected_workload_hash=KNOWN_GOOD_WORKER_HASH)
        self.assertTrue(verdict.accepted)
        self.assertEqual(response.choices[0].message.content.split(), ["word0", "word1", "word2"])
        self.assertEqual(attestation_of(response), report)
        client.close()

    def test_is_openais_client(self):
        self.assertIsInstance(self.client(), openai.OpenAI)
        self.assertTrue(issubclass(aipg.AsyncClient, openai.AsyncOpenAI))

    def test_takes_its_address_and_key_from_its_own_environment(self):
        with mock.patch.dict(os.environ, {"AIPG_BASE_URL": "https://gate.example/v1", "AIPG_API_KEY": "mine",
                                          "OPENAI_API_KEY": "theirs", "OPENAI_BASE_URL": "https://theirs.example/v1",
                                          "OPENAI_ORG_ID": "org", "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer theirs"}):
            client = aipg.Client()
            self.assertEqual(str(client.base_url), "https://gate.example/v1/")
            self.assertEqual(client.api_key, "mine")
            self.assertIsNone(client.organization)
            self.assertNotIn("theirs", str(client.with_options(timeout=1).default_headers))
            os.environ["AIPG_BASE_URL"] = "https://gate.example"
            self.assertEqual(str(aipg.Client().base_url), "https://gate.example/v1/")
            del os.environ["AIPG_BASE_URL"]
            self.assertEqual(str(aipg.Client().base_url), "https://api.aipowergrid.io/v1/")
            del os.environ["AIPG_API_KEY"]
            with self.assertRaisesRegex(openai.OpenAIError, "AIPG_API_KEY"):
                aipg.Client()

    def test_sends_no_header_of_its_caller_but_the_key(self):
        proxy = self.tampering()
        seen = []
        proxy.on_request = lambda body: body
        original = proxy._ask

        async def ask(request):
            seen.append({name.lower() for name, _ in request.headers})
            return await original(request)

        proxy._ask = ask
        client = self.client(base_url=f"http://127.0.0.1:{proxy.port}/v1", default_headers={"X-Secret-Project": "x"})
        client.chat.completions.create(**asked("tokens=1", user="alice"))
        for names in seen:
            self.assertLessEqual(names, {"host", "accept", "accept-encoding", "connection", "user-agent", "authorization",
                                         "content-type", "content-length", "x-aipg-confidential"})


class Sealed(NetworkCase):
    def test_nothing_is_sent_before_a_verdict(self):
        before = self.engine_requests()

        def stop(verdict):
            raise RuntimeError(f"seen {verdict.worker}")

        with self.assertRaisesRegex(aipg.SealError, "seen worker-1") as caught:
            self.client(on_verdict=stop).chat.completions.create(**asked("tokens=1"))
        self.assertIsInstance(caught.exception.__cause__, RuntimeError)
        self.assertEqual(self.engine_requests(), before)

    def test_keeps_its_verdicts(self):
        seen = []
        client = self.client(on_verdict=seen.append)
        client.chat.completions.create(**asked("tokens=1"))
        self.assertEqual([v.accepted for v in seen], [True, True])  # the worker, and the answer
        self.assertEqual(client.verdicts, seen)
        answer = client.verdicts[-1]
        codes = {f.code for f in answer.findings}
        self.assertLessEqual({"question_bound", "answer_bound", "receipt_signature", "time_unproven"}, codes)
        self.assertEqual(answer.level, "L0")
        self.assertTrue(answer.simulated)

    def test_judges_answers_only_when_asked(self):
        client = self.client(verify_attestation=False)
        response = client.chat.completions.create(**asked("tokens=1"))
        self.assertEqual(len(client.verdicts), 1)
        self.assertTrue(verify_nvidia_attestation(response.attestation).accepted)

    def test_padding_recipients_and_post_quantum_keys(self):
        for padding in ("p0", "p1", "p2", "p2:8"):
            response = self.client(padding=padding, recipients=1, require_pq=True).chat.completions.create(**asked("tokens=1"))
            self.assertTrue(response.attestation)
        for options in ({"padding": "p9"}, {"recipients": 0}, {"recipients": 4}, {"cache_salt": b"short"},
                        {"expected_workload_hash": "xyz"}, {"policy": "/nowhere/policy.toml"}, {"roots": "/nowhere"}):
            with self.assertRaises(ValueError, msg=str(options)):
                self.client(**options)

    def test_a_session_is_verified_once(self):
        before = self.network.metric("aipg_gateway_challenges_total")
        client = self.client()
        for _ in range(3):
            client.chat.completions.create(**asked("tokens=1"))
            client.with_options(timeout=20).chat.completions.create(**asked("tokens=1"))
        self.assertLessEqual(self.network.metric("aipg_gateway_challenges_total") - before, 1)

    def test_copies_share_or_change_what_they_seal_with(self):
        client = self.client()
        same = client.with_options(max_retries=0)
        self.assertIs(same._sealing.session("g"), client._sealing.session("g"))
        self.assertEqual(same._sealing.cache_salt, client._sealing.cache_salt)
        other = client.with_options(require_pq=True, cache_salt=bytes(32))
        self.assertIsNot(other._sealing.session("g"), client._sealing.session("g"))
        self.assertEqual(other._sealing.cache_salt, bytes(32))
        self.assertNotEqual(aipg.Client()._sealing.cache_salt, aipg.Client()._sealing.cache_salt)
        plain = client.with_options(confidential=False)
        with self.assertRaises(openai.BadRequestError) as refused:
            plain.chat.completions.create(**asked("tokens=1"))
        self.assertEqual(refused.exception.code, "standard_tier_not_offered")
        self.assertTrue(plain.chat.completions.create(**asked("tokens=1"), extra_headers=HEADER).attestation)

    def test_twenty_threads(self):
        client = self.client()
        answers = {}

        def ask(i):
            answers[i] = client.chat.completions.create(**asked(f"tokens=2 text=t{i}x")).choices[0].message.content

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {i: f"t{i}x0 t{i}x1 " for i in range(20)})


class Streams(NetworkCase):
    def test_arrive_as_they_are_made(self):
        started, arrived, text, attested = time.monotonic(), [], "", []
        for chunk in self.client(padding="p0").chat.completions.create(**asked("tokens=6 delay=0.1 text=s", stream=True)):
            if chunk.choices and chunk.choices[0].delta.content:
                arrived.append(time.monotonic() - started)
                text += chunk.choices[0].delta.content
            attested.append(getattr(chunk, "attestation", None))
        self.assertEqual(text, "s0 s1 s2 s3 s4 s5 ")
        # Six pieces 0.1 s apart: were they held back, they would come at one instant.
        self.assertGreater(arrived[-1] - arrived[0], 0.3)
        self.assertEqual([bool(a) for a in attested], [False] * (len(attested) - 1) + [True])
        self.assertTrue(verify_nvidia_attestation(attested[-1]).accepted)

    def test_usage_comes_last_and_carries_the_attestation(self):
        chunks = list(self.client().chat.completions.create(
            **asked("tokens=2", stream=True, stream_options={"include_usage": True})))
        self.assertEqual(chunks[-1].usage.completion_tokens, 2)
        self.assertTrue(chunks[-1].attestation)

    def test_leaving_a_stream_frees_the_engine(self):
        before = self.engine.cancelled
        stream = self.client().chat.completions.create(**asked("tokens=1000 delay=0.05", stream=True))
        next(iter(stream))
        stream.close()
        wait_until(lambda: self.engine.cancelled > before and self.engine.running == 0, 10, "engine slot freed")

    def test_completions_stream_too(self):
        pieces = [c.choices[0].text for c in self.client().completions.create(
            model=MODEL, prompt="tokens=3 text=p", stream=True) if c.choices]
        self.assertEqual("".join(pieces), "p0 p1 p2 ")

    def test_the_streaming_helper(self):
        with self.client().chat.completions.stream(**asked("tokens=3 text=h")) as stream:
            deltas = [event.delta for event in stream if event.type == "content.delta"]
            final = stream.get_final_completion()
        self.assertEqual("".join(deltas), "h0 h1 h2 ")
        self.assertEqual(final.choices[0].message.content, "h0 h1 h2 ")


class OpenAisOwnWays(NetworkCase):
    def test_raw_and_streaming_responses(self):
        raw = self.client().chat.completions.with_raw_response.create(**asked("tokens=1 text=r"))
        self.assertEqual(raw.status_code, 200)
        self.assertEqual(raw.headers["content-type"], "application/json")
        self.assertTrue(json.loads(raw.content)["attestation"])
        self.assertEqual(raw.parse().choices[0].message.content, "r0 ")
        with self.client().chat.completions.with_streaming_response.create(**asked("tokens=2 text=w", stream=True)) as streamed:
            lines = [line for line in streamed.iter_lines() if line]
        self.assertEqual(lines[-1], "data: [DONE]")
        self.assertIn('"attestation":"', lines[-2])

    def test_embeddings(self):
        out = self.client().embeddings.create(model=MODEL, input="x", encoding_format="float")
        self.assertEqual(out.data[0].embedding, [0.25, -0.5])
        self.assertTrue(out.attestation)

    def test_responses(self):
        out = self.client().responses.create(model=MODEL, input="tokens=3 text=o")
        self.assertEqual(out.output_text, "o0 o1 o2 ")
        self.assertTrue(verify_nvidia_attestation(out.attestation).accepted)
        events = list(self.client().responses.create(model=MODEL, input="tokens=3 text=o", stream=True))
        self.assertEqual("".join(e.delta for e in events if e.type == "response.output_text.delta"), "o0 o1 o2 ")
        self.assertEqual(events[-1].type, "response.completed")
        self.assertTrue(verify_nvidia_attestation(events[-1].attestation).accepted)

    def test_tool_calls_reach_the_engine(self):
        tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
        self.client().chat.completions.create(**asked("tokens=1", tools=[tool], tool_choice="auto"))
        self.assertEqual(self.engine.requests[-1]["body"]["tools"], [tool])

    def test_models_are_listed(self):
        self.assertEqual([m.id for m in self.client().models.list()], [MODEL])

    def test_a_context_manager_closes(self):
        with aipg.Client(confidential=True) as client:
            client.chat.completions.create(**asked("tokens=1"))
        self.assertTrue(client.is_closed())
        with self.assertRaises((RuntimeError, openai.APIConnectionError)):  # openai 2 calls it the latter
            client.with_options(max_retries=0).chat.completions.create(**asked("tokens=1"))

    def test_the_callers_own_http_client_does_the_network(self):
        requests = []
        http = openai.DefaultHttpxClient(event_hooks={"request": [lambda request: requests.append(str(request.url))]})
        client = self.client(http_client=http)
        client.chat.completions.create(**asked("tokens=1"))
        self.assertIn("/v1/chat/completions", requests[-1])
        self.assertIn("/v1/confidential/directory", requests[0])


class Rotation(NetworkCase):
    flags = ("--rotate-every", "2s")

    def test_no_answer_is_lost_while_keys_rotate(self):
        client = self.client()
        keysets = set()
        end = time.monotonic() + 60
        while len(keysets) < 4 and time.monotonic() < end:
            response = client.chat.completions.create(**asked("tokens=4 delay=0.05 text=k"))
            self.assertEqual(response.choices[0].message.content, "k0 k1 k2 k3 ")
            keysets.add(json.loads(client.verdicts[-1].json)["keyset_not_after"])
        self.assertEqual(len(keysets), 4)


if __name__ == "__main__":
    unittest.main()
