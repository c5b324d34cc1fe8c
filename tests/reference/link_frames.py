# SPDX-License-Identifier: Apache-2.0
"""Frames of the worker link: stream u32 ‖ type u8 ‖ flags u8 ‖ length u24 ‖ payload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from primitives import Reader, uint
from refusal import Refused


class Type(IntEnum):
    OPEN = 1
    DATA = 2
    END = 3
    REFUSE = 4
    RESET = 5
    CREDIT = 6
    ACK = 7


KIND_SEALED = 1
# The payload sizes each type allows.
SIZES = {
    Type.OPEN: range(17, 18),
    Type.DATA: range(1, 64 * 1024 + 1),
    Type.END: range(0, 8 * 1024 + 1),
    Type.REFUSE: range(1, 65),
    Type.RESET: range(0, 1),
    Type.CREDIT: range(4, 5),
    Type.ACK: range(0, 1),
}


@dataclass(frozen=True)
class Frame:
    stream: int
    type: Type
    payload: bytes

    def wire(self) -> bytes:
        return uint(self.stream, 4) + uint(self.type, 1) + b"\x00" + uint(len(self.payload), 3) + self.payload


def read_message(message: bytes) -> Iterator[Frame]:
    """The frames of one binary WebSocket message, each before the next is looked at."""
    reader = Reader(message)
    try:
        while reader.left():
            yield _read_frame(reader)
    except Reader.Short as error:
        raise Refused("link_frame", "truncated") from error


def _read_frame(reader: Reader) -> Frame:
    stream, number, flags, length = reader.uint(4), reader.uint(1), reader.uint(1), reader.uint(3)
    if number not in set(Type):
        raise Refused("link_frame", "type")
    if flags != 0:
        raise Refused("link_frame", "flags")
    if length not in SIZES[Type(number)]:
        raise Refused("link_frame", "length")
    return Frame(stream, Type(number), reader.take(length))
