# SPDX-License-Identifier: Apache-2.0
"""Engines that hang, lie in their lengths, talk garbage or die: what each puts
on the wire instead of an answer. None of it may become an answer."""

from __future__ import annotations

import asyncio
import os

import engine_events

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def half(events: list[bytes]) -> list[bytes]:
    return events[: len(events) // 2]


def sent_by(fault: str, events: list[bytes]) -> bytes:
    whole, begun = b"".join(events), b"".join(chunk(event) for event in half(events))
    event = events[len(half(events))]
    return {
        "length_too_long": HEAD + b"Content-Length: %d\r\n\r\n" % (len(whole) + 100) + whole,
        "length_too_short": HEAD + b"Content-Length: %d\r\n\r\n" % (len(whole) // 2) + whole,
        "length_absurd": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n" + whole,
        "two_lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n" + whole,
        "length_and_chunked": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + begun + b"0\r\n\r\n",
        "chunk_too_long": CHUNKED + begun + b"%x\r\n%s\r\n0\r\n\r\n" % (len(event) + 7, event),
        "chunk_too_short": CHUNKED + begun + b"%x\r\n%s\r\n0\r\n\r\n" % (len(event) - 7, event),
        "chunk_absurd": CHUNKED + begun + b"ffffffffffffffffff\r\n" + event,
        "chunk_negative": CHUNKED + begun + b"-5\r\n" + event,
        "ends_early": CHUNKED + begun + b"0\r\n\r\n",
        "cut": CHUNKED + begun,
        "closes_at_once": b"",
        "not_http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 30,
        "endless_head": b"HTTP/1.1 200 OK\r\n" + b"X-Padding: " + b"x" * 300_000,
        "not_json": CHUNKED + begun + chunk(b"data: {\"choices\": [}\n\n") + b"0\r\n\r\n",
        "not_utf8": CHUNKED + begun + chunk(b"data: {\"choices\": \"\xff\xfe\xc0\x80\"}\n\n") + b"0\r\n\r\n",
        "noise": CHUNKED + chunk(bytes(range(256)) * 64) + b"0\r\n\r\n",
        "endless_event": CHUNKED + b"".join(chunk(b"data: " + b"x" * 65_000) for _ in range(40)) + b"0\r\n\r\n",
        "says_error": CHUNKED + begun + chunk(b"data: {\"error\": {\"message\": \"out of memory\"}}\n\n") + b"0\r\n\r\n",
        "own_attestation": CHUNKED + begun + chunk(b"data: {\"choices\": [], \"attestation\": \"x\"}\n\n") + b"0\r\n\r\n",
    }[fault]


# These have a whole answer in them; what it says of its tokens is impossible.
USAGES = {
    "usage_negative": b'{"prompt_tokens":-5,"completion_tokens":-1,"total_tokens":-6}',
    "usage_huge": b'{"prompt_tokens":99999999999999999999999999,"completion_tokens":18446744073709551615,"total_tokens":0}',
    "usage_text": b'{"prompt_tokens":"many","completion_tokens":[],"total_tokens":null}',
}
LIES = ("length_too_long", "length_too_short", "length_absurd", "two_lengths", "length_and_chunked", "chunk_too_long",
        "chunk_too_short", "chunk_absurd", "chunk_negative")
GARBAGE = ("not_http", "endless_head", "not_json", "not_utf8", "noise", "endless_event", "says_error", "own_attestation")
ENDS = ("ends_early", "cut", "closes_at_once", "dies")
HANGS = ("hangs", "hangs_midway")


async def answer(script: dict[str, str], body: dict, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    fault = script["fault"]
    events = list(engine_events.of("/v1/chat/completions", body, script))
    if fault in USAGES:
        usage = b'data: {"choices":[],"usage":' + USAGES[fault] + b"}\n\n"
        writer.write(CHUNKED + b"".join(map(chunk, [*events[:-1], usage, events[-1]])) + b"0\r\n\r\n")
    elif fault in HANGS:
        if fault == "hangs_midway":
            writer.write(CHUNKED + b"".join(map(chunk, half(events))))
            await writer.drain()
        await reader.read(1)  # until the worker has had enough
        return
    elif fault == "dies":
        writer.write(CHUNKED + b"".join(map(chunk, half(events))))
        await writer.drain()
        os._exit(1)
    else:
        writer.write(sent_by(fault, events))
    await writer.drain()
    raise ConnectionError("this engine closes")
