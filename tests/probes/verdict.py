# SPDX-License-Identifier: Apache-2.0
"""What became of one probe at one proxy."""

from __future__ import annotations

import enum
import socket
from dataclasses import dataclass

import strict

ANSWER_WITHIN = 1.5  # seconds; who has said nothing by then waits for more
NEXT_WITHIN = 0.15  # seconds; whoever has answered, and says nothing more by then, has answered


class Fate(enum.Enum):
    REFUSED = "refused"  # and nothing went on
    LATE = "late"  # refused, when some of it had gone on
    PASSED = "passed"  # went on as one clear request, whatever was done to it
    UNCLEAR = "unclear"  # went on as something that breaks the grammar still
    SPLIT = "two"  # went on as two requests
    SPOKEN = "spoken"  # answered in another protocol
    WAITS = "waits"  # for more to come


@dataclass(frozen=True)
class Verdict:
    fate: Fate
    status: int = 0  # of the first answer; 0: none

    def __str__(self) -> str:
        if self.fate in (Fate.REFUSED, Fate.LATE):
            return ("late " if self.fate is Fate.LATE else "") + (str(self.status) if self.status else "closed")
        return self.fate.value


def exchange(port: int, raw: bytes) -> tuple[bytes, bool]:
    """What came back, and whether the connection has ended."""
    came = b""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_WITHIN) as client:
        try:
            client.sendall(raw)
        except OSError:
            pass  # refused by now; what it said can still be read
        try:
            while piece := client.recv(65536):
                came += piece
                client.settimeout(NEXT_WITHIN)
        except TimeoutError:
            return came, False
        except OSError:
            pass  # reset
    return came, True


def first_status(came: bytes) -> int:
    return int(came.split(b" ", 2)[1]) if came.startswith(b"HTTP/1.") else 0


def judge(came: bytes, ended: bool, went_on: list[bytes], requests: int) -> Verdict:
    """`went_on` is what an upstream got, connection by connection, and `requests` how many it should be."""
    status = first_status(came)
    if not came and not ended:
        return Verdict(Fate.WAITS)
    if came and not status and not went_on:
        return Verdict(Fate.SPOKEN)
    if not went_on:
        return Verdict(Fate.REFUSED, status)
    if status >= 400:
        return Verdict(Fate.LATE, status)
    try:
        found = [request for data in went_on for request in strict.read_requests(data, strict.PASSED_ON)]
    except strict.Unclear:
        return Verdict(Fate.UNCLEAR, status)
    except strict.Unfinished:
        return Verdict(Fate.PASSED, status)  # and its rest is waited for
    return Verdict(Fate.PASSED if len(found) <= requests else Fate.SPLIT, status)


def judge_ours(came: bytes, ended: bool, given: float, asked: int, requests: int) -> Verdict:
    """`given` is what the gateway read for a worker, and `asked` how many requests the engine got."""
    status = first_status(came)
    if not came and not ended:
        return Verdict(Fate.WAITS)
    if asked:
        return Verdict(Fate.PASSED if asked <= requests else Fate.SPLIT, status)
    return Verdict(Fate.LATE if given else Fate.REFUSED, status)
