# SPDX-License-Identifier: Apache-2.0
"""The gateway's port with TLS: it speaks HTTP/1.1 and says so (RFC 7301), and
refuses what it refuses without TLS."""

import ssl
import subprocess
import tempfile
import unittest

import table
from network import PROGRAMS, free_port, wait_until
from probed import HEALTH
from request import Request
from rows_target import HTTP2
from wire import Wire


def make_certificate(folder: str) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/chain.pem"], check=True, capture_output=True)


class TlsPort(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        make_certificate(cls.folder.name)
        cls.port = free_port()
        gateway, state = str(PROGRAMS / "aipg-gateway"), ["--state", f"{cls.folder.name}/state"]
        cls.key = subprocess.run([gateway, "keys", "create", *state], check=True, capture_output=True,
                                 text=True).stdout.strip()
        cls.log = open(f"{cls.folder.name}/log", "w+b")
        cls.gateway = subprocess.Popen(
            [gateway, "serve", "--listen", f"127.0.0.1:{cls.port}", *state, "--tls-certificate",
             f"{cls.folder.name}/chain.pem", "--tls-private-key", f"{cls.folder.name}/key.pem"],
            stdout=cls.log, stderr=cls.log)
        wait_until(cls.listens, 30, "the gateway listens")

    @classmethod
    def listens(cls) -> bool:
        with open(cls.log.name) as log:
            return '"listening"' in log.read()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.terminate()
        code = cls.gateway.wait(60)
        cls.log.close()
        cls.folder.cleanup()
        assert code == 0, f"the gateway ended with {code}"

    def context(self, *protocols: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=f"{self.folder.name}/chain.pem")
        context.check_hostname = False
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def wire(self, *protocols: str) -> Wire:
        return Wire(self.port, self.context(*protocols))

    def test_http_1_1_is_chosen_where_it_is_offered(self):
        for protocols in (["http/1.1"], ["h2", "http/1.1"], ["http/1.1", "h2"], ["h3", "http/1.0", "http/1.1"]):
            with self.subTest(protocols), self.wire(*protocols) as wire:
                self.assertEqual(wire.socket.selected_alpn_protocol(), "http/1.1")
                wire.send(HEALTH)
                self.assertEqual(wire.answer().body, b"ok\n")
                self.assertEqual(wire.rest(), b"")

    def test_http_1_1_is_spoken_where_nothing_is_offered(self):
        with self.wire() as wire:
            self.assertIsNone(wire.socket.selected_alpn_protocol())
            wire.send(HEALTH)
            self.assertEqual(wire.answer().body, b"ok\n")
            self.assertEqual(wire.rest(), b"")

    def test_a_client_that_offers_something_else_only_is_told_so(self):
        """RFC 7301, 3.2: the alert no_application_protocol, and no connection."""
        for protocols in (["h2"], ["h2", "http/1.0"], ["h2c"], ["http/1.10"], ["HTTP/1.1"], ["xhttp/1.1"]):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = self.context(*protocols)
                context.minimum_version = context.maximum_version = version
                with self.subTest(protocols, version=version):
                    with self.assertRaisesRegex(ssl.SSLError, "alert no application protocol"):
                        Wire(self.port, context)

    def test_http_2_is_refused_whatever_was_agreed(self):
        for protocols in ([], ["http/1.1"]):
            with self.subTest(protocols), self.wire(*protocols) as wire:
                wire.send(HTTP2)
                answer = wire.answer()
                self.assertEqual((answer.status, answer.code), (505, "malformed_request"))
                self.assertEqual(wire.rest(), b"")

    def test_the_table_holds_here_too(self):
        """As far as no worker is needed to see it."""
        body = bytes(3000)
        request = Request.sealed(body, f"127.0.0.1:{self.port}", self.key)
        hidden = Request.sealed(body, f"127.0.0.1:{self.port}", self.key, request.raw())
        context = self.context("http/1.1")
        for probe in table.of_http():
            if probe.late:
                continue
            with self.subTest(probe.name), Wire(self.port, context) as wire:
                raw = probe.raw(hidden)
                wire.send(raw + hidden.hidden)
                answer = wire.answer(to_head=raw.startswith(b"HEAD "))
                self.assertEqual((answer.status, answer.code), probe.answers[0])
                self.assertEqual(wire.rest(), b"", "and an end that is authentic")


if __name__ == "__main__":
    unittest.main()
