# SPDX-License-Identifier: Apache-2.0
"""A proxy between client and gateway that changes what passes, one stated way
at a time. It speaks HTTP and knows the sealed formats' framing, as an attacker
who runs the gateway would."""

from __future__ import annotations

import asyncio
import struct
import threading
from typing import Callable

import http1

SEALED_REQUEST = "application/vnd.aipg.sealed-request"
SEALED_RESPONSE = "application/vnd.aipg.sealed-response"
RESPONSE_PREAMBLE = 8 + 1 + 32 + 32
LAST = 1 << 31


def split_chunks(stream: bytes) -> list[bytes]:
    """Chunks of a sealed stream, each with its 4-byte header."""
    chunks, at = [], 0
    while at < len(stream):
        size = struct.unpack_from(">I", stream, at)[0] & ~LAST
        chunks.append(stream[at : at + 4 + size])
        at += 4 + size
    return chunks


def request_preamble_size(body: bytes) -> int:
    suite = struct.unpack_from(">H", body, 9)[0]
    at = 8 + 1 + 2 + 16 + 8 + 32
    at += 2 + struct.unpack_from(">H", body, at)[0]
    count = body[at]
    return at + 1 + count * (32 + {1: 32, 2: 1120}[suite] + 48)


def flip(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


class TamperingProxy:
    """on_request / on_response map a sealed body to what is passed on instead."""

    def __init__(self, gateway: tuple[str, int]):
        self.gateway = gateway
        self.on_request: Callable[[bytes], bytes] = lambda body: body
        self.on_response: Callable[[bytes], bytes] = lambda body: body
        self.on_message: Callable[[http1.Message], http1.Message] = lambda message: message
        self.forge: http1.Message | None = None  # sent instead of asking the gateway
        self.cut_after: int | None = None  # bytes of a sealed answer, then the connection closes
        self.replay = False  # the same request twice; the second answer is passed on
        self.swap = False  # two answers change places
        self.sealed_requests: list[bytes] = []
        self.sealed_responses: list[bytes] = []
        self._swapped: list[asyncio.Future] = []
        self._serving: set[asyncio.Task] = set()  # before 3.12, asyncio lets go of them while they run
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)  # connections end as the test wants
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()

    async def _end(self) -> None:
        """Connections end while there is still a loop for it."""
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.current_task())
        try:
            while (request := await http1.read_head(reader)) is not None:
                if not await http1.read_body(reader, request):
                    break
                if not await self._pass(request, writer):
                    break
        except (ConnectionError, RuntimeError):
            pass  # the client went, or the proxy was stopped
        finally:
            self._serving.discard(asyncio.current_task())
            if not self._loop.is_closed():
                writer.close()

    async def _pass(self, request: http1.Message, writer: asyncio.StreamWriter) -> bool:
        sealed = request.header("content-type") == SEALED_REQUEST
        if not sealed:
            answer = await self._ask(request)
            writer.write(answer.encode())
            await writer.drain()
            return True
        self.sealed_requests.append(request.body)
        request.body = self.on_request(request.body)
        if self.forge is not None:
            answer = self.forge
        else:
            answer = await self._ask(request)
            if self.replay:
                answer = await self._ask(request)
        if answer.header("content-type") == SEALED_RESPONSE:
            self.sealed_responses.append(answer.body)
            if self.swap:
                answer.body = await self._exchange(answer.body)
            answer.body = self.on_response(answer.body)
        answer = self.on_message(answer)
        wire = answer.encode()
        if self.cut_after is not None:
            head = len(wire) - len(answer.body)
            writer.write(wire[: head + self.cut_after])
            await writer.drain()
            return False
        writer.write(wire)
        await writer.drain()
        return True

    async def _exchange(self, body: bytes) -> bytes:
        """Waits for a second answer and returns it; that one gets ours."""
        mine = self._loop.create_future()
        self._swapped.append(mine)
        if len(self._swapped) == 2:
            first, second = self._swapped
            self._swapped = []
            second.set_result(self._held)
            first.set_result(body)
        else:
            self._held = body
        return await mine

    async def _ask(self, request: http1.Message) -> http1.Message:
        reader, writer = await asyncio.open_connection(*self.gateway)
        try:
            writer.write(request.encode())
            await writer.drain()
            answer = await http1.read_head(reader)
            if answer is None:
                raise ConnectionError("gateway closed")
            await http1.read_body(reader, answer)  # a cut body is passed on as it is
            return answer
        finally:
            writer.close()
