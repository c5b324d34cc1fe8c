# SPDX-License-Identifier: Apache-2.0
"""Whole answers over real processes: streamed and not, many at once, errors
from the engine, cancelled ones, and proofs that hold and break."""

import base64
import json
import pathlib
import signal
import time
import unittest

from cases import ScriptedCase
from network import wait_until


def decode(base64url: str) -> bytes:
    return base64.urlsafe_b64decode(base64url + "=" * (-len(base64url) % 4))


class Answers(ScriptedCase):
    def ask(self, *arguments, **options):
        answer = self.network.client("chat", *arguments, **options)
        self.assertEqual(answer.returncode, 0, answer.stderr + self.network.logs())
        return answer

    def test_streamed_answer_with_verdict_and_proof(self):
        answer = self.ask("tokens=5 text=hello")
        self.assertIn("hello0 hello1 hello2 hello3 hello4", answer.stdout)
        self.assertIn("SIMULATED", answer.stderr)
        self.assertIn("proof", answer.stderr)

    def test_json_answer_carries_its_attestation(self):
        answer = json.loads(self.ask("--json", "--no-stream", "tokens=3 text=word").stdout)
        self.assertEqual(answer["object"], "chat.completion")
        self.assertEqual(answer["choices"][0]["message"]["content"].split(), ["word0", "word1", "word2"])
        self.assertEqual(answer["choices"][0]["finish_reason"], "stop")
        self.assertNotIn("timings", answer)
        self.assertGreater(len(answer["attestation"]), 1000)

    def test_prompt_from_stdin_and_system(self):
        self.ask("--system", "be brief", stdin="tokens=1 text=stdin")
        messages = self.engine.requests[-1]["body"]["messages"]
        self.assertEqual([m["role"] for m in messages], ["system", "user"])

    def test_engine_sees_no_client_headers(self):
        self.ask("tokens=1")
        names = {name.lower() for name, _ in self.engine.requests[-1]["headers"]}
        self.assertLessEqual(names, {"host", "content-type", "content-length", "accept", "connection"})

    def test_streams_arrive_as_they_are_made(self):
        process = self.network.start_client("chat", "tokens=20 delay=0.1 text=slow")
        started = None
        first = process.stdout.read(6)
        started = time.monotonic()
        process.stdout.read()
        self.assertEqual(first[:4], "slow")
        self.assertGreater(time.monotonic() - started, 0.5, "the first piece must come long before the last")
        self.assertEqual(process.wait(), 0)
        process.stdout.close()
        process.stderr.close()

    def test_twenty_clients_at_once(self):
        processes = [self.network.start_client("chat", f"tokens=10 delay=0.02 text=c{i}x") for i in range(20)]
        for i, process in enumerate(processes):
            out, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
            self.assertIn(f"c{i}x0 c{i}x1", out)
            self.assertNotIn(f"c{(i + 1) % 20}x0", out)

    def test_engine_error_comes_back_sealed(self):
        answer = self.network.client("chat", "status=500")
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(self.network.processes("aipg-worker") != [], True)

    def test_engine_dying_mid_answer_is_no_whole_answer(self):
        answer = self.network.client("chat", "tokens=10 die=4")
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)

    def test_ctrl_c_frees_the_engine(self):
        before = self.engine.cancelled
        process = self.network.start_client("chat", "tokens=1000 delay=0.05")
        process.stdout.read(4)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 1)
        wait_until(lambda: self.engine.cancelled > before and self.engine.running == 0, 5, "engine slot freed")

    def test_client_killed_frees_the_engine(self):
        before = self.engine.cancelled
        process = self.network.start_client("chat", "tokens=1000 delay=0.05")
        process.stdout.read(4)
        process.kill()
        process.communicate(timeout=20)
        wait_until(lambda: self.engine.cancelled > before and self.engine.running == 0, 5, "engine slot freed")

    def test_saved_attestation_verifies(self):
        path = f"{self.folder.name}/attestation.json"
        self.ask("--save-attestation", path, "tokens=2")
        verdict = self.network.client("verify", path)
        self.assertEqual(verdict.returncode, 0, verdict.stdout + verdict.stderr)
        self.assertIn("SIMULATED", verdict.stdout)

    def test_the_verdict_is_one_line_beside_the_answer(self):
        asked = self.ask("tokens=2 text=word", fresh=True)
        self.assertEqual(asked.stdout, "word0 word1 \n")
        self.assertRegex(asked.stderr, r"^SIMULATED hardware \(L0\): [^\n]*\n"
                                       r"verified: Hopper GPU, TDX, workload [0-9a-f]{4}…, L0, just now\n"
                                       r"proof     answer bound to worker [^\n]*, receipt checked\n$")

    def test_a_saved_attestation_carries_collateral_whole(self):
        path, folder = f"{self.folder.name}/brought.json", pathlib.Path(self.folder.name) / "collateral"
        self.ask("--save-attestation", path, "tokens=1")
        attestation = json.loads(pathlib.Path(path).read_text())
        self.assertNotIn("collateral", attestation, "the evidence brought all of it")
        files = [decode(text) for text in json.loads(decode(attestation["evidence"]))["collateral"]]
        folder.mkdir()
        for i, file in enumerate(files):
            (folder / str(i)).write_bytes(file)
        self.ask("--collateral", str(folder), "--save-attestation", path, "tokens=1", fresh=True)
        brought = json.loads(pathlib.Path(path).read_text())["collateral"]
        self.assertEqual(sorted(decode(text) for text in brought["files"]), sorted(files))
        self.assertEqual(self.network.client("verify", path).returncode, 0)
        answer = json.loads(self.ask("--json", "--no-stream", "--collateral", str(folder), "tokens=1").stdout)
        inside = json.loads(base64.b64decode(answer["attestation"]))["collateral"]
        self.assertEqual(len(inside["digests"]), len(files), "one in an answer names it by digest")

    def test_attestation_under_vendor_roots_is_rejected(self):
        path = f"{self.folder.name}/attestation-2.json"
        self.ask("--save-attestation", path, "tokens=2")
        del self.network.environment["AIPG_POLICY"]
        try:
            self.assertEqual(self.network.client("verify", path).returncode, 1)
        finally:
            self.network.environment["AIPG_POLICY"] = str(self.network.state / "policy.toml")

    def test_changed_attestation_is_rejected(self):
        path = f"{self.folder.name}/attestation-3.json"
        self.ask("--save-attestation", path, "tokens=2")
        with open(path) as saved:
            document = json.load(saved)
        document["disclosure"]["request_salt"] = document["disclosure"]["response_salt"]
        answer_file = f"{self.folder.name}/answer.json"
        with open(path, "w") as changed:
            json.dump(document, changed)
        with open(answer_file, "w") as answer:
            answer.write("{}")
        verdict = self.network.client("verify", path, "--question", answer_file, "--answer", answer_file)
        self.assertNotEqual(verdict.returncode, 0, verdict.stdout)

    def test_without_a_policy_nothing_is_sent(self):
        before = len(self.engine.requests)
        policy = self.network.environment.pop("AIPG_POLICY")
        try:
            answer = self.network.client("chat", "tokens=1", fresh=True)
        finally:
            self.network.environment["AIPG_POLICY"] = policy
        self.assertEqual(answer.returncode, 1, answer.stdout)
        self.assertIn("Nothing was sent", answer.stderr)
        self.assertEqual(len(self.engine.requests), before)

    def test_workers_lists_verdicts(self):
        answer = self.network.client("workers")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("L0", answer.stdout)


if __name__ == "__main__":
    unittest.main()
