# SPDX-License-Identifier: Apache-2.0
"""Answers at a constant rate (p2) over real processes: whatever the engine
does, the way sees chunks of one size, a multiple of sixteen of them, never
more than one a tick."""

import json
import time
import unittest

from cases import ScriptedCase
from tamper import RESPONSE_PREAMBLE, TamperingProxy, split_chunks

TICK = 0.05
OVERHEAD = 4 + 16  # header and tag


class ConstantRate(ScriptedCase):
    def setUp(self):
        self.proxy = TamperingProxy(("127.0.0.1", self.network.port))
        self.url = f"http://127.0.0.1:{self.proxy.port}/v1"

    def tearDown(self):
        self.proxy.stop()

    def ask(self, *arguments):
        return self.network.client("chat", *arguments, base_url=self.url)

    def answer_chunks(self) -> list[bytes]:
        return split_chunks(self.proxy.sealed_responses[-1][RESPONSE_PREAMBLE:])

    def assert_constant(self, kib: int, seconds: float):
        sizes = [len(chunk) for chunk in self.answer_chunks()]
        self.assertEqual(set(sizes), {kib * 1024 + OVERHEAD})
        self.assertEqual(len(sizes) % 16, 0)
        self.assertLessEqual(len(sizes) * TICK, seconds, "never more than one a tick")

    def test_shows_the_same_whatever_the_engine_does(self):
        prompts = {
            "short": ("tokens=1 text=a", 0),
            "long": ("tokens=400 text=wordswordswords", 0),
            "slow": ("tokens=4 delay=0.3 text=slow", 0),
            "refused": ("status=400", 1),
            "failed": ("status=500", 1),
            "dies": ("tokens=9 die=4", 1),
        }
        for name, (prompt, code) in prompts.items():
            with self.subTest(name):
                started = time.monotonic()
                answer = self.ask("--padding", "p2", prompt)
                seconds = time.monotonic() - started
                self.assertEqual(answer.returncode, code, answer.stderr + self.network.logs())
                self.assert_constant(2, seconds)
                self.assertIn(b'"padding":"p2:2"', self.proxy.sealed_requests[-1])

    def test_sends_as_large_chunks_as_asked_for(self):
        for kib in (1, 4, 64):
            with self.subTest(kib):
                started = time.monotonic()
                answer = self.ask("--padding", f"p2:{kib}", "tokens=30 text=hello")
                seconds = time.monotonic() - started
                self.assertEqual(answer.returncode, 0, answer.stderr + self.network.logs())
                self.assertIn("hello0 hello1", answer.stdout)
                self.assertIn("hello29", answer.stdout)
                self.assert_constant(kib, seconds)

    def test_whole_answer_carries_an_attestation_that_verifies(self):
        names = ("proof", "question", "answer")
        proof, question, saved = (f"{self.folder.name}/{name}.json" for name in names)
        answer = self.ask("--padding", "p2:1", "--json", "--no-stream", "--save-attestation", proof, "--save-question",
                          question, "--save-answer", saved, "tokens=3 text=word")
        self.assertEqual(answer.returncode, 0, answer.stderr + self.network.logs())
        document = json.loads(answer.stdout)
        self.assertEqual(document["choices"][0]["message"]["content"].split(), ["word0", "word1", "word2"])
        self.assertGreater(len(document["attestation"]), 1000)
        verdict = self.network.client("verify", proof, "--question", question, "--answer", saved)
        self.assertEqual(verdict.returncode, 0, verdict.stdout + verdict.stderr)

    def test_every_missing_and_repeated_chunk_is_noticed(self):
        for at in (0, 7, 14, 15):
            edits = {"missing": lambda c, at=at: c[:at] + c[at + 1 :], "repeated": lambda c, at=at: c[: at + 1] + c[at:]}
            for name, edit in edits.items():
                with self.subTest(f"chunk {at} {name}"):
                    self.proxy.on_response = lambda body, edit=edit: body[:RESPONSE_PREAMBLE] + b"".join(
                        edit(split_chunks(body[RESPONSE_PREAMBLE:])))
                    answer = self.ask("--padding", "p2:1", "tokens=1")
                    self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
                    self.assertNotIn("proof", answer.stderr)

    def test_a_rate_that_does_not_exist_is_a_usage_error(self):
        for rate in ("p2:3", "p2:128", "p2:02", "P2", "p3"):
            answer = self.ask("--padding", rate, "tokens=1")
            self.assertEqual(answer.returncode, 2, rate)
            self.assertIn("p2:64", answer.stderr, "the error names what there is")
        self.assertEqual(self.proxy.sealed_requests, [])


if __name__ == "__main__":
    unittest.main()
