# SPDX-License-Identifier: Apache-2.0
"""How large programs are as time goes by, and whether they grow."""

from __future__ import annotations

import os
import pathlib
import re
import statistics
import threading
import time
from dataclasses import dataclass

EVERY = 2.0  # seconds
GROWTH = 0.02  # of the size
SLACK_KIB = 512


@dataclass(frozen=True)
class Size:
    at: float
    rss_kib: int
    descriptors: int


def size_of(program) -> Size:
    status = pathlib.Path(f"/proc/{program.pid}/status").read_text()
    rss = int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)[1])
    return Size(time.monotonic(), rss, len(program.descriptors()) if os.geteuid() == 0 else 0)


class Sizes:
    """Of those programs that stay: the gateway and the first worker."""

    def __init__(self, programs: dict):
        self.of: dict[str, list[Size]] = {name: [] for name in programs}
        self._programs = programs
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._ending.wait(EVERY):
            for name, program in self._programs.items():
                if program.running():
                    self.of[name].append(size_of(program))

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()


def growth(sizes: list[Size], since: float) -> tuple[float, float]:
    """Medians of the first and the last fifth of what was sampled since then, in KiB: one large answer more or less at
    the moment of a sample is no growth."""
    rss = [size.rss_kib for size in sizes if size.at >= since]
    fifth = max(len(rss) // 5, 1)
    return statistics.median(rss[:fifth]), statistics.median(rss[-fifth:])


def is_flat(first: float, last: float) -> bool:
    return last <= first * (1 + GROWTH) + SLACK_KIB
