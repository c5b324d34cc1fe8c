# SPDX-License-Identifier: Apache-2.0
"""What the gateway refuses by itself: each case ends with its code, fast, and
no worker and no engine hears of it."""

import http.client
import json
import subprocess
import tempfile
import time
import unittest

import http1
from cases import ScriptedCase
from engine import ScriptedEngine
from network import PROGRAMS, Network, free_port, wait_until
from tamper import TamperingProxy

CHAT = "/v1/chat/completions"
SEALED = "application/vnd.aipg.sealed-request"
PLAIN = json.dumps({"model": "smollm2-135m", "messages": [{"role": "user", "content": "canary tokens=1"}]})


class Refusals(ScriptedCase):
    def post(self, body, headers, path=CHAT, key=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.network.port, timeout=20)
        connection.putrequest("POST", path)
        sent = [("Authorization", f"Bearer {self.network.key if key is None else key}"), *headers,
                ("Content-Length", str(len(body)))]
        for name, value in sent:
            connection.putheader(name, value)
        started = time.monotonic()
        connection.endheaders(body.encode() if isinstance(body, str) else body)
        answer = connection.getresponse()
        document = json.loads(answer.read())
        self.elapsed = time.monotonic() - started
        connection.close()
        return answer, document

    def assert_refused(self, code, status, body, headers, **options):
        links = self.network.metric("aipg_gateway_relayed_bytes_total{direction=\"request\"}")
        answer, document = self.post(body, headers, **options)
        self.assertEqual((document["error"]["code"], answer.status), (code, status))
        self.assertEqual(answer.getheader("x-should-retry"), "false")
        self.assertIsNone(document["error"]["param"])
        self.assertEqual(document["detail"], document["error"]["message"])
        self.assertEqual(self.engine.requests, [], "nothing may reach the engine")
        self.assertEqual(self.network.metric("aipg_gateway_relayed_bytes_total{direction=\"request\"}"), links)

    def test_plaintext_under_the_header(self):
        self.assert_refused("sealing_required", 400, PLAIN,
                            [("X-AIPG-Confidential", "required"), ("Content-Type", "application/json")])

    def test_plaintext_that_claims_to_be_sealed(self):
        self.assert_refused("malformed_seal", 400, PLAIN,
                            [("X-AIPG-Confidential", "required"), ("Content-Type", SEALED)])

    def test_other_header_values(self):
        for value in ("Required", "true", "preferred", "", "required, required", "required;q=1"):
            with self.subTest(value):
                self.assert_refused("invalid_confidential_header", 400, b"AIPGSEAL",
                                    [("X-AIPG-Confidential", value), ("Content-Type", SEALED)])

    def test_repeated_header(self):
        headers = [("X-AIPG-Confidential", "required"), ("X-AIPG-Confidential", "required"), ("Content-Type", SEALED)]
        self.assert_refused("invalid_confidential_header", 400, b"AIPGSEAL", headers)

    def test_sealed_body_without_the_header(self):
        self.assert_refused("invalid_confidential_header", 400, b"AIPGSEAL", [("Content-Type", SEALED)])

    def test_no_header(self):
        self.assert_refused("standard_tier_not_offered", 400, PLAIN, [("Content-Type", "application/json")])

    def test_no_or_wrong_key(self):
        other = "x" if not self.network.key.endswith("x") else "y"
        for key in ("", "grid_wrong", self.network.key[:-1] + other):
            with self.subTest(key):
                self.assert_refused("invalid_api_key", 401, b"AIPGSEAL",
                                    [("X-AIPG-Confidential", "required"), ("Content-Type", SEALED)], key=key)

    def test_revoked_key(self):
        state = ["--state", str(self.network.state / "gateway")]
        gateway = str(PROGRAMS / "aipg-gateway")
        made = subprocess.run([gateway, "keys", "create", "--name", "brief", *state], capture_output=True, text=True)
        key = made.stdout.strip()
        headers = [("X-AIPG-Confidential", "required"), ("Content-Type", SEALED)]
        _, before = self.post(b"AIPGSEAL", headers, key=key)
        self.assertEqual(before["error"]["code"], "malformed_seal", "the new key is accepted")
        listed = subprocess.run([gateway, "keys", "list", *state], capture_output=True, text=True).stdout
        key_id = next(line.split()[0] for line in listed.splitlines() if "brief" in line)
        self.assertNotIn(key, listed)
        subprocess.run([gateway, "keys", "revoke", key_id, *state], check=True, capture_output=True)
        wait_until(lambda: self.post(b"AIPGSEAL", headers, key=key)[1]["error"]["code"] == "invalid_api_key", 3,
                   "the revoked key is refused")

    def test_other_method_and_path(self):
        status, body = self.network.get(CHAT)
        self.assertEqual((status, json.loads(body)["error"]["code"]), (405, "method_not_allowed"))
        status, body = self.network.get("/v1/nothing")
        self.assertEqual((status, json.loads(body)["error"]["code"]), (404, "not_found"))

    def test_public_documents(self):
        status, directory = self.network.get("/v1/confidential/directory")
        self.assertEqual(status, 200)
        entry = json.loads(directory)["entries"][0]
        status, models = self.network.get("/v1/models")
        self.assertIn("smollm2-135m", [m["id"] for m in json.loads(models)["data"]])
        self.assertEqual(self.network.get("/healthz"), (200, b"ok\n"))
        self.assertEqual(self.network.get("/readyz"), (200, b"ready\n"))
        self.assertIn("keyset_id", entry)
        self.assertEqual(self.network.get("/v1/confidential/evidence/" + "00" * 32)[0], 404)


class NoWorker(unittest.TestCase):
    def sealed_request(self, folder: str) -> bytes:
        """A real sealed request, caught on its way to a network that has a worker."""
        engine = ScriptedEngine(f"{folder}/engine.sock")
        network = Network("--engine", f"unix:{folder}/engine.sock")
        proxy = TamperingProxy(("127.0.0.1", network.port))
        proxy.forge = http1.Message("HTTP/1.1 503 Caught", [], b"{}")
        network.client("chat", "tokens=1", base_url=f"http://127.0.0.1:{proxy.port}/v1")
        proxy.stop()
        network.stop()
        engine.stop()
        network.remove()
        return proxy.sealed_requests[0]

    def test_fails_at_once_without_a_worker(self):
        """A gateway alone: the request fails in milliseconds, and says not to retry."""
        with tempfile.TemporaryDirectory(prefix="aipg-e2e-") as folder:
            sealed = self.sealed_request(folder)
            port = free_port()
            state = ["--state", f"{folder}/gateway"]
            gateway = str(PROGRAMS / "aipg-gateway")
            key = subprocess.run([gateway, "keys", "create", *state], capture_output=True, text=True).stdout.strip()
            log = open(f"{folder}/gateway.log", "wb")
            process = subprocess.Popen([gateway, "serve", "--listen", f"127.0.0.1:{port}", *state],
                                       stdout=log, stderr=log)
            try:
                wait_until(lambda: self.is_up(port), 10, "gateway listening")
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                headers = {"Authorization": f"Bearer {key}", "X-AIPG-Confidential": "required", "Content-Type": SEALED}
                started = time.monotonic()
                connection.request("POST", CHAT, sealed, headers)
                answer = connection.getresponse()
                document = json.loads(answer.read())
                elapsed = time.monotonic() - started
                self.assertEqual((answer.status, document["error"]["code"]), (503, "no_confidential_worker"))
                self.assertEqual(answer.getheader("x-should-retry"), "false")
                print(f"no worker: refused after {elapsed * 1000:.1f} ms (the promise is 50)")
                connection.close()
            finally:
                process.terminate()
                self.assertEqual(process.wait(20), 0)
                log.close()

    def is_up(self, port: int) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


if __name__ == "__main__":
    unittest.main()
