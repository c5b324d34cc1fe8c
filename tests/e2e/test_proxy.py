# SPDX-License-Identifier: Apache-2.0
"""`aipg proxy` over real processes: answers with their proof, whole and as
streams, clients that leave, workers that rotate and are replaced."""

import http.client
import itertools
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import threading
import time

from cases import ScriptedCase
from network import PROGRAMS, free_port, wait_until
from proxy import CHAT, Proxy, chat


class ProxyCase(ScriptedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = pathlib.Path(cls.folder.name) / "kept"
        cls.proxy = Proxy(cls.network, "--keep-attestations", str(cls.kept))

    @classmethod
    def tearDownClass(cls):
        code = cls.proxy.stop()
        super().tearDownClass()
        assert code == 0, f"aipg proxy ended with {code}"


def texts(stream: bytes) -> list[str]:
    """What the events of a chat stream say."""
    events = [line.removeprefix("data: ") for line in stream.decode().split("\n") if line.startswith("data: ")]
    choices = [json.loads(event)["choices"] for event in events if event != "[DONE]"]
    return [text for each in choices if each and (text := each[0]["delta"].get("content"))]


class Answers(ProxyCase):
    def test_whole_answer_with_attestation_and_headers(self):
        status, headers, body = self.proxy.post(CHAT, chat("tokens=3 text=word"))
        self.assertEqual(status, 200, body)
        answer = json.loads(body)
        self.assertEqual(answer["choices"][0]["message"]["content"].split(), ["word0", "word1", "word2"])
        self.assertGreater(len(answer["attestation"]), 1000)
        self.assertEqual(headers["x-aipg-verdict"], "accepted")
        self.assertEqual(headers["x-aipg-level"], "L0")
        self.assertEqual(headers["x-aipg-worker"], "worker-1")

    def test_answers_verify_and_are_bound_to_their_question(self):
        question = json.dumps(chat("tokens=2", stream=True)).encode()
        answer = self.proxy.post(CHAT, question)[2]
        for name, content in ("q", question), ("a", answer):
            (pathlib.Path(self.folder.name) / name).write_bytes(content)
        given = "--question", f"{self.folder.name}/q", "--answer", f"{self.folder.name}/a"
        verdict = self.network.client("verify", f"{self.folder.name}/a", *given)
        self.assertEqual(verdict.returncode, 0, verdict.stdout + verdict.stderr)
        (pathlib.Path(self.folder.name) / "q").write_bytes(question + b" ")
        self.assertEqual(self.network.client("verify", f"{self.folder.name}/a", *given).returncode, 1)

    def test_streams_arrive_as_they_are_made(self):
        connection = self.proxy.connection()
        connection.request("POST", CHAT, json.dumps(chat("tokens=12 delay=0.2 text=slow", stream=True)),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertEqual(answer.getheader("x-aipg-verdict"), "accepted")
        times, stream = [], b""
        while line := answer.readline():
            stream += line
            if line.startswith(b"data: "):
                times.append(time.monotonic())
        connection.close()
        self.assertEqual(len(texts(stream)), 12)
        self.assertIn(b'"attestation":"', stream)
        self.assertTrue(stream.endswith(b"data: [DONE]\n\n"))
        self.assertGreater(times[-1] - times[0], 1.5, "the first event must come long before the last")

    def test_every_path_of_the_worker(self):
        for path, body in (
            ("/v1/completions", {"model": "smollm2-135m", "prompt": "tokens=2"}),
            ("/v1/embeddings", {"model": "smollm2-135m", "input": "x"}),
            ("/v1/responses", {"model": "smollm2-135m", "input": "x"}),
            ("/v1/messages", {"model": "smollm2-135m", "max_tokens": 8, "messages": [{"role": "user", "content": "x"}]}),
        ):
            status, headers, answer = self.proxy.post(path, body)
            self.assertIn(status, (200, 502), f"{path}: {answer[:300]}")
            self.assertEqual(headers.get("x-aipg-worker"), "worker-1", f"{path}: {answer[:300]}")
            self.assertEqual(self.engine.requests[-1]["path"], path)

    def test_models_are_those_of_the_manifest(self):
        status, _, body = self.proxy.get("/v1/models")
        self.assertEqual(status, 200)
        models = json.loads(body)["data"]
        self.assertEqual([model["id"] for model in models], ["smollm2-135m"])
        self.assertEqual(json.loads(self.proxy.get("/v1/models/smollm2-135m")[2])["id"], "smollm2-135m")
        self.assertEqual(self.proxy.get("/v1/models/gpt-4")[0], 404)

    def test_errors_of_the_engine_come_as_they_are(self):
        status, headers, body = self.proxy.post(CHAT, chat("status=500"))
        self.assertEqual(headers["x-aipg-worker"], "worker-1")
        self.assertGreaterEqual(status, 500)
        self.assertEqual(list(json.loads(body)), ["error"])

    def test_a_stream_of_an_engine_that_dies_is_no_whole_answer(self):
        connection = self.proxy.connection()
        connection.request("POST", CHAT, json.dumps(chat("tokens=20 delay=0.05 die=8", stream=True)),
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        try:
            stream = answer.read()
        except http.client.IncompleteRead as cut:
            stream = cut.partial
        connection.close()
        self.assertNotIn(b'"finish_reason": "stop"', stream)
        self.assertIn(b'"error"', stream)

    def test_a_client_that_leaves_frees_the_engine_and_nobody_elses_answer(self):
        before = self.engine.cancelled
        with socket.create_connection(("127.0.0.1", self.proxy.port)) as leaver:
            body = json.dumps(chat("tokens=2000 delay=0.05", stream=True)).encode()
            leaver.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (CHAT.encode(), len(body), body))
            self.assertTrue(leaver.recv(1000).startswith(b"HTTP/1.1 200"))
            other: list = []
            stays = threading.Thread(target=lambda: other.append(
                self.proxy.post(CHAT, chat("tokens=20 delay=0.05 text=stay", stream=True))))
            stays.start()
            wait_until(lambda: self.engine.running == 2, 10, "both run")
        wait_until(lambda: self.engine.cancelled == before + 1, 5, "engine slot freed")
        stays.join(30)
        self.assertEqual(len(texts(other[0][2])), 20)
        self.assertEqual(self.engine.cancelled, before + 1)

    def test_a_hundred_clients_at_once(self):
        answers: dict[int, tuple] = {}

        def ask(i: int) -> None:
            answers[i] = self.proxy.post(CHAT, chat(f"tokens=5 text=c{i}x", stream=i % 2 == 0))

        clients = [threading.Thread(target=ask, args=(i,)) for i in range(100)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(60)
        busy = sum(1 for status, _, _ in answers.values() if status == 503)
        self.assertEqual(len(answers), 100)
        for i, (status, headers, body) in answers.items():
            if status == 503:
                self.assertEqual(headers["x-should-retry"], "true")
                continue
            self.assertEqual(status, 200, body[:300])
            self.assertIn(f"c{i}x4".encode(), body)
        self.assertLess(busy, 100)

    def test_bodies_of_32_mib_and_no_more(self):
        head = b'{"model":"smollm2-135m","messages":[{"role":"user","content":"tokens=1 '
        limit = 32 << 20
        status, _, body = self.proxy.post(CHAT, head + b"x" * (limit + 1 - len(head) - 4) + b'"}]}')
        self.assertEqual(status, 413, body[:300])
        self.assertEqual(json.loads(body)["error"]["code"], "request_too_large")
        # What leaves room for the seal's own bytes goes through.
        status, _, body = self.proxy.post(CHAT, head + b"x" * (24 << 20) + b'"}]}')
        self.assertEqual(status, 200, body[:300])

    def test_pages_and_foreign_names_are_refused(self):
        before = len(self.engine.requests)
        for headers in ({"Origin": "https://attacker.example"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Host": "attacker.example"}):
            status, answer, body = self.proxy.post(CHAT, chat("tokens=1"), headers)
            self.assertEqual(status, 403, headers)
            self.assertIn(json.loads(body)["error"]["code"], ("foreign_origin", "foreign_host"))
            self.assertFalse([name for name in answer if name.startswith("access-control")])
        self.assertEqual(len(self.engine.requests), before)

    def test_attestations_are_kept_and_verify_again(self):
        before = len(list(self.kept.glob("2*.json")))
        self.proxy.post(CHAT, chat("tokens=1 text=canary"))
        self.proxy.post(CHAT, chat("tokens=1 text=canary", stream=True))
        files = sorted(self.kept.glob("2*.json"))
        self.assertEqual(len(files), before + 2)
        self.assertEqual(stat.S_IMODE(self.kept.stat().st_mode), 0o700)
        for file in files:
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
            self.assertNotIn("canary", file.read_text())
        listed = self.network.client("log", str(self.kept))
        self.assertEqual(listed.returncode, 0, listed.stdout + listed.stderr)
        self.assertIn("worker-1", listed.stdout)
        rows = json.loads(self.network.client("log", str(self.kept), "--json").stdout)
        self.assertEqual(len(rows), before + 2)
        self.assertTrue(all(row["accepted"] and row["level"] == "L0" for row in rows))

    def test_log_says_what_does_not_hold(self):
        folder = pathlib.Path(self.folder.name) / "damaged"
        proxy = Proxy(self.network, "--keep-attestations", str(folder))
        proxy.post(CHAT, chat("tokens=1"))
        proxy.post(CHAT, chat("tokens=2"))
        self.assertEqual(proxy.stop(), 0)
        self.assertEqual(self.network.client("log", str(folder)).returncode, 0)
        strict = self.network.client("log", str(folder), "--policy", "network", "--json")
        self.assertEqual(strict.returncode, 1)
        self.assertFalse(any(row["accepted"] for row in json.loads(strict.stdout)))
        victim = sorted(folder.glob("2*.json"))[0]
        attestation = json.loads(victim.read_text())
        receipt = attestation["receipt"].split(".")
        attestation["receipt"] = ".".join([receipt[0], receipt[1], receipt[2][::-1]])
        victim.write_text(json.dumps(attestation, separators=(",", ":"), sort_keys=True))
        damaged = self.network.client("log", str(folder))
        self.assertEqual(damaged.returncode, 1)
        self.assertIn("REJECTED", damaged.stdout)
        self.assertIn("kept_changed", damaged.stdout)
        self.assertIn(victim.name, damaged.stdout)
        self.assertIn("2 kept, 1 verified, 1 rejected", damaged.stderr)
        policy = next(folder.glob("policy-*.toml"))
        strict = policy.read_text()
        policy.write_text(strict + "# another\n")
        changed = self.network.client("log", str(folder))
        self.assertEqual(changed.returncode, 1)
        self.assertIn("(kept_changed)", changed.stderr)
        self.assertNotIn("verified", changed.stdout)
        policy.write_text(strict)
        victim.write_text("{")
        self.assertEqual(self.network.client("log", str(folder)).returncode, 1)
        self.assertEqual(self.network.client("log", f"{folder}/absent").returncode, 3)
        self.assertEqual(self.network.client("log").returncode, 2)

    def test_an_announced_body_costs_no_memory_before_it_comes(self):
        head = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 33554432\r\nExpect: 100-continue\r\n\r\n")
        before = self.proxy.virtual_kib()
        for _ in range(40):
            client = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=10)
            self.addCleanup(client.close)
            client.sendall(head)
            self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 100"))
        self.assertLess(self.proxy.virtual_kib() - before, 40 * 1024)

    def test_log_has_no_content(self):
        self.proxy.post(CHAT, chat("tokens=1 text=hushhush"))
        self.proxy.post(CHAT, {"model": "hushhush", "messages": []})
        self.proxy.get("/hushhush")
        self.assertNotIn("hushhush", self.proxy.log())
        line = next(each for each in self.proxy.events("request") if each["path"] == CHAT and each["status"] == 200)
        for field in ("path", "status", "code", "worker", "level", "request_bytes", "response_bytes", "duration"):
            self.assertIn(field, line)

    def test_status_page(self):
        self.proxy.post(CHAT, chat("tokens=1"))
        status = self.proxy.status()
        self.assertEqual([worker["id"] for worker in status["workers"]], ["worker-1"])
        self.assertTrue(status["simulated"])
        self.assertTrue(status["workers"][0]["post_quantum"])
        page = self.proxy.get("/")[2].decode()
        for text in ("worker-1", "SIMULATED", "smollm2-135m", f"OPENAI_BASE_URL=http://127.0.0.1:{self.proxy.port}/v1"):
            self.assertIn(text, page)

    def test_a_warm_request_asks_for_nothing_but_its_answer(self):
        self.proxy.post(CHAT, chat("tokens=1"))
        before = len(self.proxy.status()["verdicts"])
        for _ in range(5):
            self.assertEqual(self.proxy.post(CHAT, chat("tokens=1"))[0], 200)
        self.assertEqual(len(self.proxy.status()["verdicts"]), before)


class Listening(ProxyCase):
    def test_the_first_lines_of_the_page_work_when_pasted(self):
        page = (pathlib.Path(__file__).parents[2] / "docs/proxy.md").read_text()
        lines = itertools.dropwhile(lambda line: not line.startswith("    "), page.splitlines())
        snippet = "\n".join(itertools.takewhile(lambda line: line.startswith("    "), lines))
        self.assertIn("aipg proxy &", snippet)
        port = str(free_port())
        environment = {**self.network.environment, "AIPG_PROXY_LISTEN": f"127.0.0.1:{port}",
                       "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", f"trap 'kill %1' EXIT\n{snippet.replace('8117', port)}"], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        answer = done.stdout.partition("{")
        self.assertIn("attestation", json.loads("{" + answer[2]), done.stdout[:300] + done.stderr[-500:])

    def test_unix_socket(self):
        path = f"{self.folder.name}/proxy.sock"
        proxy = Proxy(self.network, listen=f"unix:{path}")
        try:
            wait_until(lambda: os.path.exists(path), 10, "socket")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            connection = http.client.HTTPConnection("localhost")
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(path)
            connection.request("POST", CHAT, json.dumps(chat("tokens=1")), {"Content-Type": "application/json"})
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        finally:
            self.assertEqual(proxy.stop(), 0)

    def test_token(self):
        token = "t" * 24
        file = pathlib.Path(self.folder.name) / "token"
        file.write_text(token)
        file.chmod(0o600)
        proxy = Proxy(self.network, "--token-file", str(file))
        try:
            self.assertEqual(proxy.post(CHAT, chat("tokens=1"))[0], 401)
            self.assertEqual(proxy.get("/")[0], 401)
            self.assertEqual(proxy.post(CHAT, chat("tokens=1"), {"Authorization": f"Bearer {token}"})[0], 200)
            self.assertEqual(proxy.post(CHAT, chat("tokens=1"), {"x-api-key": token})[0], 200)
        finally:
            self.assertEqual(proxy.stop(), 0)

    def test_no_address_that_others_reach_without_word_and_token(self):
        for flags in (("--listen", "0.0.0.0:0"), ("--listen", "0.0.0.0:0", "--allow-remote")):
            refused = self.network.client("proxy", *flags)
            self.assertEqual(refused.returncode, 2, refused.stderr)

    def test_folder_that_others_may_write_to(self):
        folder = pathlib.Path(self.folder.name) / "open"
        folder.mkdir()
        folder.chmod(0o777)
        refused = self.network.client("proxy", "--listen", "127.0.0.1:0", "--keep-attestations", str(folder))
        self.assertEqual(refused.returncode, 3)
        self.assertIn("folder_open_to_others", refused.stderr)

    def test_sigterm_lets_answers_end(self):
        proxy = Proxy(self.network)
        answers: list = []
        client = threading.Thread(target=lambda: answers.append(
            proxy.post(CHAT, chat("tokens=20 delay=0.05 text=end", stream=True))))
        client.start()
        wait_until(lambda: self.engine.running == 1, 10, "the request runs")
        self.assertEqual(proxy.stop(), 0)
        client.join(10)
        self.assertEqual(len(texts(answers[0][2])), 20)

    def test_grace_is_kept(self):
        proxy = Proxy(self.network, "--grace", "300ms")
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            body = json.dumps(chat("tokens=2000 delay=0.05", stream=True)).encode()
            client.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (CHAT.encode(), len(body), body))
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 200"))
            began = time.monotonic()
            self.assertEqual(proxy.stop(), 0)
            self.assertLess(time.monotonic() - began, 10)
        wait_until(lambda: self.engine.running == 0, 5, "engine slot freed")


class Following(ProxyCase):
    flags = ("--workers", "2", "--rotate-every", "2s")

    def test_rotation_is_not_noticed(self):
        end = time.monotonic() + 8
        asked = 0
        while time.monotonic() < end:
            status, _, body = self.proxy.post(CHAT, chat("tokens=1"))
            self.assertEqual(status, 200, body[:500].decode() + self.proxy.log()[-2000:])
            asked += 1
        self.assertGreater(asked, 20)

    def test_a_replaced_worker_is_not_noticed(self):
        self.assertEqual(self.proxy.post(CHAT, chat("tokens=1"))[0], 200)
        for round in range(2):
            victim = self.network.processes("aipg-worker")[round]
            os.kill(victim, signal.SIGKILL)
            # Its requests fail over at once; those that follow go to whoever is there.
            for _ in range(5):
                status, _, body = self.proxy.post(CHAT, chat("tokens=1"))
                self.assertEqual(status, 200, body[:500].decode() + self.proxy.log()[-2000:])
            wait_until(lambda: len(self.network.processes("aipg-worker")) == 2, 30, "the worker is back")
            wait_until(lambda: self.network.get("/v1/confidential/directory")[1].count(b'"worker_id"') == 2, 30, "listed")
        wait_until(lambda: len({w["id"] for w in self.proxy.status()["workers"]}) == 2, 60, "both are verified again")
