# SPDX-License-Identifier: Apache-2.0
"""What passes on a worker's link: WebSocket messages, and the frames in them,
read and written as an attacker on that link would."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, replace

OPEN, DATA, END, REFUSE, RESET, CREDIT, ACK = range(1, 8)
TEXT, BINARY = 1, 2


@dataclass(frozen=True)
class Frame:
    stream: int
    type: int
    payload: bytes = b""

    def wire(self) -> bytes:
        return struct.pack(">IBB", self.stream, self.type, 0) + len(self.payload).to_bytes(3, "big") + self.payload

    def having(self, **changes) -> Frame:
        return replace(self, **changes)


def read_frames(message: bytes) -> list[Frame]:
    frames, at = [], 0
    while at < len(message):
        stream, kind = struct.unpack_from(">IB", message, at)
        size = int.from_bytes(message[at + 6 : at + 9], "big")
        frames.append(Frame(stream, kind, message[at + 9 : at + 9 + size]))
        at += 9 + size
    return frames


def write_frames(frames: list[Frame]) -> bytes:
    return b"".join(frame.wire() for frame in frames)


@dataclass(frozen=True)
class Message:
    """One WebSocket frame; neither end of a link sends messages in pieces."""

    opcode: int
    payload: bytes

    def wire(self, masked: bool) -> bytes:
        size = len(self.payload)
        bit = 0x80 if masked else 0
        head = bytes([0x80 | self.opcode])
        if size < 126:
            head += bytes([bit | size])
        elif size < 1 << 16:
            head += bytes([bit | 126]) + struct.pack(">H", size)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", size)
        if not masked:
            return head + self.payload
        mask = os.urandom(4)
        return head + mask + unmask(self.payload, mask)

    def frames(self) -> list[Frame]:
        return read_frames(self.payload) if self.opcode == BINARY else []

    def control(self, kind: str) -> dict | None:
        """What it says, if it is a control message of that type."""
        said = json.loads(self.payload) if self.opcode == TEXT else {}
        return said if said.get("type") == kind else None


def unmask(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")


class MessageReader:
    """Messages out of one direction's bytes, behind the HTTP head with which it begins."""

    def __init__(self):
        self.head: bytes | None = None
        self._held = b""

    def feed(self, data: bytes) -> tuple[bytes, list[Message]]:
        """The head, when it has just come to its end, and the messages that are whole now."""
        self._held += data
        head = b""
        if self.head is None:
            end = self._held.find(b"\r\n\r\n")
            if end < 0:
                return b"", []
            self.head = head = self._held[: end + 4]
            self._held = self._held[end + 4 :]
        messages = []
        while message := self._take():
            messages.append(message)
        return head, messages

    def _take(self) -> Message | None:
        held = self._held
        if len(held) < 2:
            return None
        size, at = held[1] & 0x7F, 2
        if size == 126:
            size, at = (struct.unpack_from(">H", held, 2)[0], 4) if len(held) >= 4 else (0, 1 << 30)
        elif size == 127:
            size, at = (struct.unpack_from(">Q", held, 2)[0], 10) if len(held) >= 10 else (0, 1 << 30)
        masked = bool(held[1] & 0x80)
        begin = at + (4 if masked else 0)
        if len(held) < begin + size:
            return None
        payload = held[begin : begin + size]
        self._held = held[begin + size :]
        return Message(held[0] & 0x0F, unmask(payload, held[at:begin]) if masked else payload)
