# SPDX-License-Identifier: Apache-2.0
"""Clients that take or give their bytes slowly: others are answered meanwhile,
and the gateway holds no more for one of them than its credit."""

import re
import time
import unittest

from network import wait_until
from probed import ProbedCase
from wire import Wire

MIB = 1024  # in KiB, as the kernel counts
SANITIZED = 1 << 30  # a TiB: a sanitizer's shadow
READERS = WRITERS = 6
WORD = 64 * 1024
WORDS = 1024  # 64 MiB an answer
UPLOAD = 8 << 20


class SlowCase(ProbedCase):
    def memory(self, kind: str) -> int:
        """The gateway's, in KiB."""
        with open(f"/proc/{self.gateway}/status") as status:
            return int(re.search(rf"^{kind}:\s+(\d+) kB", status.read(), re.M)[1])

    def setUp(self):
        self.gateway = self.network.processes("aipg-gateway")[0]
        self.ask_as_others_do()  # what everybody needs is there now
        self.before = self.memory("VmRSS")
        self.slow: list[Wire] = []

    def tearDown(self):
        for wire in self.slow:
            wire.close()

    def connect(self) -> Wire:
        wire = Wire(self.network.port)
        self.slow.append(wire)
        return wire

    def ask_as_others_do(self):
        for _ in range(10):
            with self.wire() as wire:
                wire.send(self.sealer.request().raw())
                self.assert_next(wire, 200, "sealed")

    def assert_grown_by_less_than(self, kib: int):
        if self.memory("VmSize") > SANITIZED:
            return  # a sanitizer holds what was freed for a while
        grown = self.memory("VmRSS") - self.before
        print(f"the gateway grew by {grown} KiB (bound: {kib})", flush=True)
        self.assertLess(grown, kib)


class SlowReaders(SlowCase):
    def stalled(self) -> bool:
        """Nothing has gone into the pipe for a while: it is full. Were it not, less would be held, and no test fail."""
        before = self.engine.streamed
        time.sleep(0.5)
        return self.engine.streamed == before

    def test_long_answers_that_nobody_reads_hold_up_nobody_else(self):
        """Six times 64 MiB for clients that read the head only."""
        script = f"tokens={WORDS} text=" + "w" * WORD
        for _ in range(READERS):
            request = self.sealer.request(script, stream=True)
            wire = self.connect()
            wire.send(request.raw())
            self.assertEqual(wire.answer(to_head=True).status, 200)
        wait_until(self.stalled, 60, "the pipes are full")
        self.ask_as_others_do()
        self.assertEqual(self.engine.running, READERS, "none of the long answers has ended")
        self.assertLess(self.engine.streamed, READERS * WORDS * WORD // 2, "and most of them was not written yet")
        self.assert_grown_by_less_than(READERS * 2 * MIB)
        for wire in self.slow:
            wire.close()
        wait_until(lambda: self.engine.running == 0, 30, "the engine hears that they left")


class SlowWriters(SlowCase):
    def test_long_requests_that_come_slowly_hold_up_nobody_else(self):
        """Six times half of 8 MiB, then nothing; one of them goes on and is answered."""
        request = self.sealer.request("tokens=1 " + "w" * UPLOAD)
        half = request.size // 2
        for _ in range(WRITERS):
            request = self.sealer.request("tokens=1 " + "w" * UPLOAD)
            wire = self.connect()
            wire.send(request.head + request.body[:half])
        self.ask_as_others_do()
        self.assert_grown_by_less_than(WRITERS * 2 * MIB)
        for at in range(half, request.size, 1 << 16):
            wire.send(request.body[at : at + (1 << 16)])
        self.assert_next(wire, 200, "sealed")


if __name__ == "__main__":
    unittest.main()
