# SPDX-License-Identifier: Apache-2.0
"""SIGHUP, sent to programs that run: what is new then, what stays, and what is refused."""

import os
import re
import signal
import socket
import ssl
import tempfile
import unittest

from engine import ScriptedEngine
from gateway import Gateway
from network import Network, wait_until
from proxy import CHAT, Proxy, chat

LINK = "/v1/workers/ws"


class GatewayReload(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(workers__token='"first-token"')

    def tearDown(self):
        self.assertEqual(self.gateway.stop(), 0)

    def link_status(self, token: str) -> int:
        """401, or 400 since this is no WebSocket."""
        return self.gateway.get(LINK, {"Authorization": f"Bearer {token}"})[0]

    def reloads(self, result: str) -> float:
        line = re.search(rf'^aipg_gateway_reloads_total{{result="{result}"}} (\S+)$', self.gateway.get("/metrics")[1], re.M)
        return float(line[1])

    def test_a_renewed_certificate_is_shown_and_open_connections_go_on(self):
        first = self.gateway.certificate()
        self.assertEqual(self.gateway.shown(), first)
        open_one = self.gateway.connection()
        open_one.request("GET", "/healthz")
        self.assertEqual(open_one.getresponse().read(), b"ok\n")
        self.gateway.new_certificate()
        self.assertEqual(self.gateway.shown(), first, "nobody said so yet")
        self.assertEqual(self.gateway.reload()["event"], "reloaded")
        self.assertEqual(self.gateway.shown(), self.gateway.certificate())
        self.assertNotEqual(self.gateway.shown(), first)
        with self.assertRaises(ssl.SSLCertVerificationError):
            stale = ssl.create_default_context(cadata=first)
            with socket.create_connection(("127.0.0.1", self.gateway.port), timeout=30) as raw:
                stale.wrap_socket(raw, server_hostname="127.0.0.1")
        open_one.request("GET", "/healthz")
        self.assertEqual(open_one.getresponse().read(), b"ok\n")
        open_one.close()
        self.assertEqual(self.reloads("done"), 1)

    def test_a_new_token_is_asked_for(self):
        self.assertEqual(self.link_status("first-token"), 400)
        self.gateway.write_settings(workers__token='"second-token"')
        self.assertEqual(self.gateway.reload()["event"], "reloaded")
        self.assertEqual(self.link_status("first-token"), 401)
        self.assertEqual(self.link_status("second-token"), 400)

    def test_new_limits_hold_from_then_on(self):
        headers = {"Authorization": f"Bearer {self.gateway.new_key()}", "X-AIPG-Confidential": "required",
                   "Content-Type": "application/vnd.aipg.sealed-request"}
        answers = [self.gateway.ask("POST", CHAT, headers, "no seal")[0] for _ in range(3)]
        self.assertEqual(answers, [400, 400, 400])
        self.gateway.write_settings(limit__key__requests="1")
        self.assertEqual(self.gateway.reload()["event"], "reloaded")
        self.assertEqual(self.gateway.ask("POST", CHAT, headers, "no seal")[0], 400, "one a minute")
        status, body = self.gateway.ask("POST", CHAT, headers, "no seal")
        self.assertEqual(status, 429, body)
        self.assertIn("quota_exceeded", body)

    def test_what_is_wrong_is_said_and_changes_nothing(self):
        first = self.gateway.certificate()
        for changes, reason in [({"drain__grace": '"30"'}, "invalid_duration"), ({"lissen": '"x"'}, "unknown_key"),
                                ({"workers__token": '""'}, "worker_token_empty")]:
            with self.subTest(reason):
                before = dict(self.gateway.settings)
                self.gateway.write_settings(**{"workers__token": '"second-token"', **changes})
                refused = self.gateway.reload()
                self.assertEqual((refused["event"], refused["reason"]), ("reload_refused", reason))
                self.assertTrue(refused["what"] and refused["next"], refused)
                self.gateway.settings = before
        self.gateway.write_settings(workers__token='"second-token"')
        (self.gateway.folder / "key.pem").write_text("no key")
        refused = self.gateway.reload()
        self.assertEqual((refused["event"], refused["reason"]), ("reload_refused", "tls_files"))
        self.assertEqual(self.gateway.shown(), first)
        self.assertEqual(self.link_status("first-token"), 400, "all of it or nothing")
        self.assertEqual(self.reloads("refused"), 4)

    def test_what_needs_a_restart_is_named(self):
        self.gateway.write_settings(log__level='"debug"', workers__token='"second-token"')
        self.assertEqual(self.gateway.reload()["event"], "reloaded")
        self.assertEqual([event["setting"] for event in self.gateway.events("reload_needs_restart")], ["log.level"])
        self.assertEqual(self.link_status("second-token"), 400)


class WithANetwork(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.engine = ScriptedEngine(f"{self.folder.name}/engine.sock")
        self.network = Network("--engine", f"unix:{self.folder.name}/engine.sock")

    def tearDown(self):
        self.network.stop()
        self.engine.stop()
        self.network.remove()
        self.folder.cleanup()

    def test_an_answer_goes_on_while_a_gateway_reads_its_settings_again(self):
        asking = self.network.start_client("chat", "tokens=30 delay=0.05 text=on")
        asking.stdout.read(4)
        os.kill(self.network.processes("aipg-gateway")[0], signal.SIGHUP)
        log = self.network.state / "gateway.log"
        wait_until(lambda: '"reloaded"' in log.read_text(), 30, "the gateway has read them")
        out, err = asking.communicate(timeout=60)
        self.assertEqual(asking.returncode, 0, err + self.network.logs())
        self.assertIn("on29", out)

    def test_a_proxy_asks_for_its_new_token(self):
        token = self.network.folder / "token"
        self.write_token(token, "the-first-token-of-it")
        proxy = Proxy(self.network, "--token-file", str(token))
        try:
            self.assertEqual(self.ask(proxy, "the-first-token-of-it"), 200)
            self.write_token(token, "the-second-token-of-it")
            self.hang_up(proxy, "reloaded")
            self.assertEqual(self.ask(proxy, "the-first-token-of-it"), 401)
            self.assertEqual(self.ask(proxy, "the-second-token-of-it"), 200)
            self.write_token(token, "weak")
            self.assertEqual(self.hang_up(proxy, "reload_refused")["reason"], "token_weak")
            self.assertEqual(self.ask(proxy, "the-second-token-of-it"), 200)
        finally:
            self.assertEqual(proxy.stop(), 0)

    @staticmethod
    def write_token(path, token: str) -> None:
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(token)
        new.rename(path)

    @staticmethod
    def ask(proxy: Proxy, token: str) -> int:
        return proxy.post(CHAT, chat("tokens=2"), {"Authorization": f"Bearer {token}"})[0]

    @staticmethod
    def hang_up(proxy: Proxy, event: str) -> dict:
        proxy.process.send_signal(signal.SIGHUP)
        return wait_until(lambda: proxy.events(event), 30, f"SIGHUP has its effect, which is {event}")[-1]


if __name__ == "__main__":
    unittest.main()
