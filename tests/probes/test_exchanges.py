# SPDX-License-Identifier: Apache-2.0
"""What takes more than one piece: requests that come slowly or are left, an
answer before the body, an upgrade, and what waits in line."""

import socket
import unittest

from probe import REFUSED, RUN
from probed import HEALTH, ProbedCase
from wire import Closed

UPGRADE = (b"GET /v1/workers/ws HTTP/1.1\r\nHost: gateway.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")


class Exchanges(ProbedCase):
    def assert_nothing_ran(self, asked: int, given: float):
        self.assertEqual((self.asked(), self.given()), (asked, given))

    def before(self) -> tuple[int, float]:
        return self.asked(), self.given()

    def test_a_request_whose_head_comes_byte_by_byte_is_answered(self):
        request = self.fresh()
        with self.wire() as wire:
            for byte in request.head:
                wire.send(bytes([byte]))
            wire.send(request.body)
            self.assert_next(wire, *RUN)
            self.assert_goes_on(wire)

    def test_chunks_that_are_cut_anywhere_are_answered(self):
        raw = self.fresh().chunked().raw()
        with self.wire() as wire:
            for at in range(0, len(raw), 7):
                wire.send(raw[at : at + 7])
            self.assert_next(wire, *RUN)
            self.assert_goes_on(wire)

    def test_a_line_is_judged_before_the_head_ends(self):
        with self.wire() as wire:
            wire.send(self.fresh().line + b"\r\nTransfer-Encoding : chunked\r\n")
            self.assert_next(wire, 400, "malformed_request")
            self.assert_ended(wire)

    def test_a_client_that_waits_to_go_on_is_told_to(self):
        request = self.fresh().also(b"Expect: 100-continue")
        with self.wire() as wire:
            wire.send(request.head)
            self.assertEqual(wire.answer().status, 100)
            wire.send(request.body)
            self.assert_next(wire, *RUN)
            self.assert_goes_on(wire)

    def test_a_client_that_leaves_within_its_request_gets_nothing_run(self):
        before = self.before()
        request = self.fresh()
        for cut in (request.line, request.head[:-2], request.head):
            with self.subTest(cut[-20:]), self.wire() as wire:
                wire.send(cut)
                wire.socket.shutdown(socket.SHUT_WR)
                self.assertRaises(Closed, wire.answer)
        self.assert_nothing_ran(*before)

    def test_half_a_request_is_not_run(self):
        asked = self.asked()
        request = self.fresh()
        for half in (request.raw()[:-1], request.chunked().raw()[:-20]):
            with self.subTest(half[-20:]), self.wire() as wire:
                wire.send(half)
                wire.socket.shutdown(socket.SHUT_WR)
                self.assertRaises(Closed, wire.answer)
        self.assertEqual(self.asked(), asked)

    def test_a_body_that_is_not_wanted_is_read_up_to_64_kib_and_no_further(self):
        for size, goes_on in ((60_000, True), (300_000, False)):
            with self.subTest(size), self.wire() as wire:
                wire.send(self.fresh().target(b"/v1/nothing").holding(bytes(size)).raw())
                self.assert_next(wire, 404, "not_found")
                self.assert_goes_on(wire) if goes_on else self.assert_ended(wire)

    def test_nothing_behind_an_upgrade_is_http(self):
        before = self.before()
        request = self.fresh()
        with self.wire() as wire:
            wire.send(UPGRADE + request.raw())
            self.assertEqual(wire.answer().status, 101)
            self.assertNotIn(b"HTTP/1.1", wire.rest())
        self.assert_nothing_ran(*before)

    def test_a_hundred_in_line_are_answered_in_their_order(self):
        with self.wire() as wire:
            asked = HEALTH.replace(b"Connection: close\r\n", b"")
            wire.send((asked + asked.replace(b"/healthz", b"/readyz")) * 50 + HEALTH)
            for _ in range(50):
                self.assertEqual(wire.answer().body, b"ok\n")
                self.assertEqual(wire.answer().body, b"ready\n")
            self.assertEqual(wire.answer().body, b"ok\n")
            self.assert_ended(wire)

    def test_a_broken_request_behind_a_good_one_is_refused_after_its_answer(self):
        request = self.fresh()
        with self.wire() as wire:
            wire.send(request.raw() + request.hidden.replace(b"Host:", b"Host :"))
            self.assert_next(wire, *RUN)
            self.assert_next(wire, *REFUSED)
            self.assert_ended(wire)

    def test_an_early_answer_does_not_take_the_body_for_a_request(self):
        """The body comes after its request was refused: it is still that request's."""
        before = self.before()
        request = self.fresh()
        refused = request.without(b"Authorization").holding(request.hidden)
        with self.wire() as wire:
            wire.send(refused.head)
            self.assert_next(wire, 401, "invalid_api_key")
            wire.send(refused.body)
            self.assert_goes_on(wire)
        self.assert_nothing_ran(*before)

    def test_a_head_that_does_not_end_is_given_up(self):
        with self.wire() as wire:
            wire.send(self.fresh().head[:-2])
            self.assert_next(wire, 408, "malformed_request")
            self.assert_ended(wire)


if __name__ == "__main__":
    unittest.main()
