# SPDX-License-Identifier: Apache-2.0
"""The embedded engine with its real model: what a new user gets."""

import json
import unittest

from cases import RealEngineCase



class RealEngine(RealEngineCase):
    def test_knows_the_capital_of_france(self):
        answer = self.network.client("chat", "--temperature", "0", "What is the capital of France?")
        self.assertEqual(answer.returncode, 0, answer.stderr + self.network.logs())
        self.assertIn("Paris", answer.stdout)
        self.assertIn("proof", answer.stderr)

    def test_streamed_and_whole_answers_agree(self):
        flags = ("--temperature", "0", "--max-tokens", "24")
        streamed = self.network.client("chat", *flags, "Name three colours.").stdout.strip()
        whole = json.loads(self.network.client("chat", *flags, "--no-stream", "--json", "Name three colours.").stdout)
        self.assertEqual(whole["choices"][0]["message"]["content"].strip(), streamed)
        self.assertGreater(whole["usage"]["completion_tokens"], 0)
        self.assertNotIn("timings", whole)

    def test_token_limit_is_kept(self):
        answer = self.network.client("chat", "--max-tokens", "4", "--temperature", "0", "--no-stream", "--json",
                                     "Tell me a long story about a fox.")
        document = json.loads(answer.stdout)
        self.assertEqual(document["choices"][0]["finish_reason"], "length")
        self.assertLessEqual(document["usage"]["completion_tokens"], 4)


if __name__ == "__main__":
    unittest.main()
