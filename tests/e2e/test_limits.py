# SPDX-License-Identifier: Apache-2.0
"""What an address and a key may use of a gateway, over its sockets: each limit is reached, and holds for nobody else."""

import base64
import http.client
import json
import os
import unittest

from gateway import Gateway
from network import wait_until

CHALLENGE = "/v1/confidential/challenge"
ONE, OTHER, OWN = "127.0.0.2", "127.0.0.3", "127.0.0.1"


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Limits(unittest.TestCase):
    def begin(self, **limits: str) -> Gateway:
        gateway = Gateway(**limits)
        self.addCleanup(lambda: self.assertEqual(gateway.stop(), 0))
        return gateway

    def ask(self, gateway: Gateway, source: str, method: str = "GET", path: str = "/healthz", body: str | None = None,
            headers: dict | None = None) -> int:
        connection = gateway.connection(source)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 429:
                self.assertIn("quota_exceeded", text)
                self.assertGreater(int(answer.headers["Retry-After"]), 0)
            return answer.status
        finally:
            connection.close()

    def challenge(self, gateway: Gateway, source: str, keysets: int, key: str | None = None) -> int:
        body = json.dumps({"keysets": sorted(b64u(os.urandom(32)) for _ in range(keysets)), "nonce": b64u(os.urandom(32))},
                          separators=(",", ":"))
        return self.ask(gateway, source, "POST", CHALLENGE, body, {"Authorization": f"Bearer {key}"} if key else None)

    def test_requests_of_an_address(self):
        gateway = self.begin(limit__address__requests="3")
        self.assertEqual([self.ask(gateway, ONE) for _ in range(4)], [200, 200, 200, 429])
        self.assertEqual(self.ask(gateway, ONE, path="/v1/confidential/directory"), 429, "whatever is asked for")
        self.assertEqual(self.ask(gateway, OTHER), 200)
        self.assertEqual([self.ask(gateway, OWN) for _ in range(9)], [200] * 9, "this machine's own has no limit")

    def test_challenges_of_an_address(self):
        gateway = self.begin(limit__address__challenges="4")
        self.assertEqual([self.challenge(gateway, ONE, 2) for _ in range(3)], [200, 200, 429])
        self.assertEqual(self.challenge(gateway, OTHER, 3), 200)
        self.assertEqual([self.challenge(gateway, OWN, 3) for _ in range(5)], [200] * 5)

    def test_challenges_of_a_key_wherever_it_is_used(self):
        gateway = self.begin(limit__key__challenges="4")
        key, another = gateway.new_key(), gateway.new_key()
        self.assertEqual([self.challenge(gateway, source, 2, key) for source in (ONE, OTHER, OWN)], [200, 200, 429])
        self.assertEqual(self.challenge(gateway, ONE, 2, another), 200)
        self.assertEqual(self.challenge(gateway, ONE, 2), 200, "evidence is for everybody")
        self.assertEqual(self.challenge(gateway, ONE, 2, key[:-1] + ("a" if key[-1] != "a" else "b")), 200,
                         "also with a key that is none")

    def test_connections_of_an_address(self):
        gateway = self.begin(limit__address__connections="2")
        held = [gateway.connection(ONE) for _ in range(2)]
        for connection in held:
            connection.connect()
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.ask(gateway, ONE)
        self.assertEqual(self.ask(gateway, OTHER), 200)
        held.pop().close()
        wait_until(lambda: self.asks(gateway), 10, "the place of a connection that was closed")
        gateway.write_settings(limit__address__connections="3")
        self.assertEqual(gateway.reload()["event"], "reloaded")
        held += [gateway.connection(ONE)]
        wait_until(lambda: held[-1].connect() is None, 10, "two of three")
        wait_until(lambda: self.asks(gateway), 10, "one more than before")
        for connection in held:
            connection.close()

    def asks(self, gateway: Gateway) -> bool:
        try:
            return self.ask(gateway, ONE) == 200
        except (OSError, http.client.HTTPException):
            return False


if __name__ == "__main__":
    unittest.main()
