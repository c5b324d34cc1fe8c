# SPDX-License-Identifier: Apache-2.0
"""Workers that come and go all the time, while the first one stays: they are told
to stop, and end their jobs, or die in the middle of them."""

from __future__ import annotations

import random
import threading
import time

from network import wait_until

AWAY = (1.0, 6.0)  # seconds that a worker is gone
BETWEEN = (2.0, 8.0)  # seconds that all are there
ENDS_WITHIN = 90  # seconds: `drain_within` is 60


class ComingsAndGoings:
    def __init__(self, rig, seed: str):
        self.kills: list[float] = []  # when one died
        self.left = 0
        self.trouble: list[str] = []
        self._rig, self._chance = rig, random.Random(seed)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """All are there again."""
        self._ending.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._ending.wait(self._chance.uniform(*BETWEEN)):
            number = self._chance.randrange(2, len(self._rig.workers) + 1)
            try:
                self._end(number)
                self._ending.wait(self._chance.uniform(*AWAY))
                self._rig.start_worker(number)
                wait_until(lambda: self._rig.listed() == len(self._rig.workers), 30, f"worker {number} is listed again")
            except Exception as error:  # the thread's end would not be seen
                self.trouble.append(f"worker {number}: {error}")

    def _end(self, number: int) -> None:
        worker = self._rig.workers[number - 1]
        if len(self.kills) < self.left:  # by turns
            self.kills.append(time.monotonic())
            worker.kill()
            return
        worker.terminate()
        if (code := worker.ended_with(ENDS_WITHIN)) != 0:
            self.trouble.append(f"worker {number} ended with {code} after SIGTERM")
        self.left += 1
