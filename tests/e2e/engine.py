# SPDX-License-Identifier: Apache-2.0
"""A scripted OpenAI-compatible engine on a Unix socket.

The last user message scripts the answer, as words of KEY=VALUE:
  tokens=N      how many pieces of text (default 8)
  delay=SECONDS between pieces (default 0)
  wait=SECONDS  before the first piece (default 0)
  text=WORD     what each piece says (default "tok")
  status=N      answer with this error status instead
  die=N         cut the connection after N pieces
  tool=NAME     ask for this tool, with {"city": "Paris"}; say its result once that is there
  odd=1         write the stream as oddly as the standard allows; odd=undone: and without [DONE];
                odd=unended: and without the empty line after the last event
It remembers what it was asked, and which streams were cancelled.
"""

from __future__ import annotations

import asyncio
import json
import threading

import engine_events
import http1

STREAMED = ("/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages")


class ScriptedEngine:
    def __init__(self, path: str):
        self.path = path
        self.requests: list[dict] = []  # {"path", "headers", "body"}
        self.cancelled = 0
        self.finished = 0
        self.running = 0
        self.streamed = 0  # bytes of streams that a worker has taken, or that wait on their way to it
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_unix_server(self._serve, self.path))
        self._started.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await http1.read_head(reader)) is not None:
                if not await http1.read_body(reader, request):
                    break
                await self._answer(request, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, request, reader, writer) -> None:
        if request.method == "GET":
            return await self._whole(writer, 200, {"status": "ok"})
        body = json.loads(request.body)
        self.requests.append({"path": request.target, "headers": request.headers, "body": body})
        script = parse_script(body)
        if status := int(script.get("status", 0)):
            error = {"message": "scripted", "type": "server_error", "code": "scripted", "param": None}
            return await self._whole(writer, status, {"error": error})
        if request.target == "/v1/embeddings":
            data = [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}]
            usage = {"prompt_tokens": 3, "total_tokens": 3}
            return await self._whole(writer, 200, {"object": "list", "data": data, "model": body["model"], "usage": usage})
        if request.target in STREAMED and body.get("stream"):
            events = engine_events.of(request.target, body, script)
            events = engine_events.oddly(events, script["odd"]) if "odd" in script else events
            return await self._stream(events, script, reader, writer)
        return await self._whole(writer, 200, {"object": "scripted", "echo_path": request.target})

    async def _whole(self, writer, status: int, document: dict) -> None:
        answer = http1.Message(f"HTTP/1.1 {status} Scripted", [("Content-Type", "application/json")])
        answer.body = json.dumps(document).encode()
        writer.write(answer.encode())
        await writer.drain()

    async def _stream(self, events, script, reader, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        gone = asyncio.ensure_future(reader.read(1))
        self.running += 1
        try:
            if wait := float(script.get("wait", 0)):
                await asyncio.wait([gone], timeout=wait)
            for number, data in enumerate(events):
                await self.reached(number, script, gone)
                if data is None:
                    writer.transport.abort()
                    return
                writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                await writer.drain()
                self.streamed += len(data)
                if delay := float(script.get("delay", 0)):
                    await asyncio.wait([gone], timeout=delay)
                if gone.done():
                    self.cancelled += 1
                    raise ConnectionError("client left")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            self.finished += 1
        except ConnectionError:
            if not gone.done():
                self.cancelled += 1
            raise
        finally:
            self.running -= 1
            gone.cancel()
            await asyncio.wait([gone])

    async def reached(self, number: int, script: dict[str, str], gone: asyncio.Future) -> None:
        """Before each event. `gone` is done when nobody reads the answer any more."""


def parse_script(body: dict) -> dict[str, str]:
    """Of the last user's message that has one: a tool's result may follow it."""
    asked = body.get("messages") or body.get("input") or body.get("prompt") or ""
    for message in reversed(asked if isinstance(asked, list) else [asked]):
        content = message if isinstance(message, str) else message.get("content") or ""
        text = engine_events.text_of(content)
        words = [word for word in text.split() if "=" in word]
        if words and (isinstance(message, str) or message.get("role") == "user"):
            return dict(word.split("=", 1) for word in words)
    return {}
