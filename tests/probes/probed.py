# SPDX-License-Identifier: Apache-2.0
"""A whole network to probe: its gateway's port, sealed requests that nobody has
seen, and what of them got to a worker."""

from __future__ import annotations

from dataclasses import replace

from cases import ScriptedCase
from request import Request
from sealer import Sealer
from wire import Wire

GIVEN = 'aipg_gateway_relayed_bytes_total{direction="request"}'
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n\r\n"


class ProbedCase(ScriptedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sealer = Sealer(cls.network)

    @classmethod
    def tearDownClass(cls):
        cls.sealer.stop()
        super().tearDownClass()

    def fresh(self) -> Request:
        """Two requests that no worker has seen, the second for the first to conceal."""
        return replace(self.sealer.request(), hidden=self.sealer.request().raw())

    def wire(self) -> Wire:
        return Wire(self.network.port)

    def given(self) -> float:
        """Sealed bytes that were read for a worker. They are counted before a connection ends or goes on."""
        return self.network.metric(GIVEN)

    def asked(self) -> int:
        return len(self.engine.requests)

    def assert_next(self, wire: Wire, status: int, code: str, to_head: bool = False):
        answer = wire.answer(to_head)
        self.assertEqual((answer.status, answer.code), (status, code), answer.body[:300])
        return answer

    def assert_goes_on(self, wire: Wire):
        """Nothing more has been said, and the next request is answered."""
        wire.send(HEALTH)
        self.assertEqual(wire.answer().body, b"ok\n")
        self.assertEqual(wire.rest(), b"")

    def assert_ended(self, wire: Wire):
        self.assertEqual(wire.rest(), b"", "one answer, and no more")
