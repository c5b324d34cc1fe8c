# SPDX-License-Identifier: Apache-2.0
"""Just enough HTTP/1.1 over asyncio streams for the test proxy and engine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class Message:
    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    @property
    def method(self) -> str:
        return self.start.split(" ")[0]

    @property
    def target(self) -> str:
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    def encode(self) -> bytes:
        """With a Content-Length, whatever the framing was."""
        kept = [(k, v) for k, v in self.headers if k.lower() not in ("content-length", "transfer-encoding")]
        kept.append(("Content-Length", str(len(self.body))))
        head = self.start + "\r\n" + "".join(f"{k}: {v}\r\n" for k, v in kept) + "\r\n"
        return head.encode("latin-1") + self.body


async def read_head(reader: asyncio.StreamReader) -> Message | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    lines = raw.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(":", 1)) for line in lines[1:] if line]
    return Message(lines[0], [(k.strip(), v.strip()) for k, v in headers])


async def read_chunk(reader: asyncio.StreamReader) -> bytes:
    """One chunk of a chunked body; empty at its end."""
    size = int((await reader.readline()).strip() or b"0", 16)
    data = await reader.readexactly(size)
    await reader.readline()
    return data


async def read_body(reader: asyncio.StreamReader, message: Message) -> bool:
    """Fills message.body; False when the peer ended early."""
    try:
        if (message.header("transfer-encoding") or "").lower() == "chunked":
            while piece := await read_chunk(reader):
                message.body += piece
        elif length := int(message.header("content-length") or 0):
            message.body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return False
    return True
