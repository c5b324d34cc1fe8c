# SPDX-License-Identifier: Apache-2.0
"""One row of the table: what is sent, why it matters, and what our gateway
answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable

from request import Request

Answer = tuple[int, str]  # status, and the code in the JSON body; "" where that does not matter

RUN = (200, "sealed")  # a worker ran it, and answered under seal
REFUSED = (400, "malformed_request")


@dataclass(frozen=True)
class Probe:
    name: str
    why: str
    make: Callable[[Request], Request | bytes]
    answers: tuple[Answer, ...] = (REFUSED,)
    closes: bool = True  # after the last answer; else the connection serves the next request
    late: bool = False  # its fault comes behind content, so that content which nobody can use is refused first

    def raw(self, request: Request) -> bytes:
        made = self.make(request)
        return made if isinstance(made, bytes) else made.raw()

    @property
    def runs(self) -> int:
        return self.answers.count(RUN)

    @property
    def identifier(self) -> str:
        return re.sub(r"\W+", "_", self.name.lower()).strip("_")


def kept(name: str, why: str, make: Callable[[Request], Request | bytes], answer: Answer, **more) -> Probe:
    """Clear HTTP that is refused for another reason: the connection goes on."""
    return Probe(name, why, make, (answer,), closes=False, **more)


def good(name: str, why: str, make: Callable[[Request], Request | bytes], *answers: Answer, **more) -> Probe:
    """What must pass, so that a refusal means something."""
    return Probe(name, why, make, answers or (RUN,), closes=more.pop("closes", False), **more)
