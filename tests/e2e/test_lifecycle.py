# SPDX-License-Identifier: Apache-2.0
"""Things that happen while jobs run: keys rotate, workers die, programs stop."""

import base64
import concurrent.futures
import json
import os
import signal
import sqlite3
import tempfile
import unittest
import urllib.request

from engine import ScriptedEngine
from network import Network, wait_until


class Case(unittest.TestCase):
    flags: tuple[str, ...] = ()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.engine = ScriptedEngine(f"{self.folder.name}/engine.sock")
        self.network = Network("--engine", f"unix:{self.folder.name}/engine.sock", *self.flags)

    def tearDown(self):
        self.network.stop()
        self.engine.stop()
        self.network.remove()
        self.folder.cleanup()

    def jobs(self) -> list[tuple]:
        """(outcome, code, has receipt) of every job record."""
        database = sqlite3.connect(f"file:{self.network.state}/gateway/gateway.sqlite?mode=ro", uri=True)
        try:
            return database.execute("SELECT outcome, code, receipt <> '' FROM job ORDER BY started_ms").fetchall()
        finally:
            database.close()


class Rotation(Case):
    flags = ("--rotate-every", "2s")

    def test_no_request_is_lost_while_keys_rotate(self):
        first = self.directory()
        answered = 0
        while len({first, *self.seen}) < 4:
            batch = [self.network.start_client("chat", f"tokens=6 delay=0.05 text=r{i}x") for i in range(4)]
            for i, process in enumerate(batch):
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, err + self.network.logs())
                self.assertIn(f"r{i}x5", out)
                answered += 1
            self.seen.add(self.directory())
        print(f"{answered} answers over {len({first, *self.seen})} keysets, none lost")

    def setUp(self):
        super().setUp()
        self.seen = set()

    def directory(self) -> str:
        entries = json.loads(self.network.get("/v1/confidential/directory")[1])["entries"]
        return entries[0]["keyset_id"] if entries else ""


class WorkerLoss(Case):
    flags = ("--workers", "2")

    def test_second_recipient_takes_over_before_the_answer(self):
        """One worker is stopped dead, then killed, with the request in its hands."""
        before = len(self.engine.requests)
        stopped = self.network.processes("aipg-worker")[0]
        os.kill(stopped, signal.SIGSTOP)
        asks = [self.network.start_client("chat", "tokens=3") for _ in range(4)]
        wait_until(lambda: self.network.metric("aipg_gateway_jobs_running") > 0
                   or all(a.poll() is not None for a in asks), 20, "jobs arrive")
        os.kill(stopped, signal.SIGKILL)
        results = [(a.communicate(timeout=60), a.returncode) for a in asks]
        for (_, err), code in results:
            self.assertEqual(code, 0, err + self.network.logs())
        self.assertGreaterEqual(len(self.engine.requests), before + 4)

    def test_worker_killed_mid_answer_is_reported_as_cut(self):
        process = self.network.start_client("chat", "--recipients", "1", "tokens=400 delay=0.05 text=long")
        process.stdout.read(8)
        for pid in self.network.processes("aipg-worker"):
            os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, out[-200:])
        self.assertNotIn("proof", err)
        log = self.network.state / "gateway.log"
        # A worker whose end has not been noticed yet would still count.
        wait_until(lambda: log.read_text().count("worker_link_ended") >= 2, 30, "the gateway sees that both are gone")
        wait_until(lambda: self.network.get("/readyz")[0] == 200, 30, "the network serves again")
        again = self.network.client("chat", "tokens=1")
        self.assertEqual(again.returncode, 0, again.stderr + self.network.logs())

    def test_a_request_too_large_to_hold_gets_no_second_recipient(self):
        """Over 256 KiB the gateway keeps no copy: losing the worker ends the request, with a code that says so."""
        self.assertEqual(self.network.client("chat", "tokens=1").returncode, 0, "both workers are verified now")
        log = self.network.state / "gateway.log"
        jobs_before = log.read_text().count("job_assigned")
        workers = {self.name_of(pid): pid for pid in self.network.processes("aipg-worker")}
        for pid in workers.values():
            os.kill(pid, signal.SIGSTOP)
        prompt = "tokens=2 " + "word " * 150_000
        process = self.network.start_client("chat", stdin=prompt)
        wait_until(lambda: log.read_text().count("job_assigned") > jobs_before, 20, "the job is dispatched")
        for _ in range(5):
            self.network.get("/healthz")  # each is a turn of the gateway's loop: the request is on its way
        first = json.loads([line for line in log.read_text().splitlines() if "job_assigned" in line][-1])["worker"]
        before = len(self.engine.requests)
        os.kill(workers[first], signal.SIGKILL)
        for name, pid in workers.items():
            if name != first:
                os.kill(pid, signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("upstream_lost", err)
        self.assertEqual(len(self.engine.requests), before, "nobody may have run it")

    def name_of(self, pid: int) -> str:
        words = open(f"/proc/{pid}/cmdline").read().split("\0")
        return words[words.index("--name") + 1]


class ManyVerifiers(Case):
    def test_many_nonces_cost_few_quotes(self):
        directory = json.loads(self.network.get("/v1/confidential/directory")[1])
        keyset = directory["entries"][0]["keyset_id"]
        before = self.network.metric("aipg_gateway_challenges_total")
        nonces = [os.urandom(32) for _ in range(60)]
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            answers = list(pool.map(lambda nonce: self.challenge(nonce, keyset), nonces))
        quotes = self.network.metric("aipg_gateway_challenges_total") - before
        self.assertEqual([len(answer["evidence"]) for answer in answers], [1] * 60)
        self.assertLessEqual(quotes, 3, "60 verifiers at once")
        self.assertEqual(self.network.metric("aipg_gateway_challenge_nonces_total"), 60)
        print(f"60 verifiers, {quotes:.0f} quotes")

    @staticmethod
    def b64(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    def challenge(self, nonce: bytes, keyset: str) -> dict:
        b64 = self.b64(nonce)
        body = json.dumps({"nonce": b64, "keysets": [keyset]}).encode()
        url = f"http://127.0.0.1:{self.network.port}/v1/confidential/challenge"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


class Stopping(Case):
    def test_sigterm_lets_a_running_answer_finish(self):
        process = self.network.start_client("chat", "tokens=20 delay=0.05 text=end")
        process.stdout.read(4)
        self.network.up.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err + self.network.logs())
        self.assertIn("end19", out)
        self.assertEqual(self.network.up.wait(60), 0)

    def test_nothing_is_left_behind(self):
        children = self.network.processes("aipg-worker") + self.network.processes("aipg-gateway")
        self.assertEqual(len(children), 2)
        self.assertEqual(self.network.stop(), 0)
        for pid in children:
            self.assertFalse(os.path.exists(f"/proc/{pid}"), "a child outlived aipg up")


class Records(Case):
    def test_every_job_has_a_record_with_its_receipt(self):
        self.network.client("chat", "tokens=40")
        self.network.client("chat", "tokens=3", "--no-stream")
        wait_until(lambda: len(self.jobs()) == 2, 5, "two records")
        self.assertEqual([bool(receipt) for _, _, receipt in self.jobs()], [True, True])
        database = sqlite3.connect(f"file:{self.network.state}/gateway/gateway.sqlite?mode=ro", uri=True)
        tokens = database.execute("SELECT tokens_in, tokens_out FROM job ORDER BY started_ms").fetchall()
        database.close()
        self.assertEqual(tokens, [(32, 64), (32, 32)], "rounded up to 32")


if __name__ == "__main__":
    unittest.main()
