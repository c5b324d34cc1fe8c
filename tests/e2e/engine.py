# SPDX-License-Identifier: Apache-2.0
"""A scripted OpenAI-compatible engine on a Unix socket.

The last user message scripts the answer, as words of KEY=VALUE:
  tokens=N      how many pieces of text (default 8)
  delay=SECONDS between pieces (default 0)
  wait=SECONDS  before the first piece (default 0)
  text=WORD     what each piece says (default "tok")
  status=N      answer with this error status instead
  die=N         cut the connection after N pieces
  tool=NAME     ask for this tool, with {"city": "Paris"}; once its result is there, say that instead
It remembers what it was asked, and which streams were cancelled.
"""

from __future__ import annotations

import asyncio
import json
import threading

import http1

STREAMED = ("/v1/chat/completions", "/v1/completions")


class ScriptedEngine:
    def __init__(self, path: str):
        self.path = path
        self.requests: list[dict] = []  # {"path", "headers", "body"}
        self.cancelled = 0
        self.finished = 0
        self.running = 0
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
        if request.target == "/v1/responses" and body.get("stream"):
            return await self._stream(response_events(body, script), script, reader, writer)
        if request.target in STREAMED and body.get("stream"):
            return await self._stream(data_events(request.target, body, script), script, reader, writer)
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
            for data in events:
                if data is None:
                    writer.transport.abort()
                    return
                writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                await writer.drain()
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


def parse_script(body: dict) -> dict[str, str]:
    messages = body.get("messages") or [{"content": body.get("prompt") or body.get("input") or ""}]
    text = [message for message in messages if message.get("role", "user") == "user"][-1]["content"]
    if isinstance(text, list):
        text = " ".join(part.get("text", "") for part in text)
    return dict(word.split("=", 1) for word in text.split() if "=" in word)


def tool_call(name: str):
    """One call, in the pieces in which engines send it."""
    yield {"id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    yield {"function": {"arguments": '{"city": '}}
    yield {"function": {"arguments": '"Paris"}'}}


def data_events(target: str, body: dict, script: dict[str, str]):
    for event in events(target, body, script):
        yield None if event is None else b"data: " + event + b"\n\n"


def response_events(body: dict, script: dict[str, str]):
    """OpenAI's Responses API, as far as text goes."""
    words = [f"{script.get('text', 'tok')}{i} " for i in range(int(script.get("tokens", 8)))]
    response = {"id": "resp_1", "object": "response", "created_at": 1_700_000_000, "model": body["model"], "output": [],
                "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "status": "in_progress"}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    done = {**response, "status": "completed",
            "output": [{**item, "content": [{"type": "output_text", "text": "".join(words), "annotations": []}]}],
            "usage": {"input_tokens": 11, "output_tokens": len(words), "total_tokens": 11 + len(words),
                      "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}}
    events = [("response.created", {"response": response})]
    events += [("response.output_text.delta", {**at, "delta": word, "logprobs": []}) for word in words]
    events += [("response.output_text.done", {**at, "text": "".join(words), "logprobs": []}),
               ("response.completed", {"response": done})]
    for number, (name, members) in enumerate(events):
        document = json.dumps({"type": name, "sequence_number": number, **members})
        yield f"event: {name}\ndata: {document}\n\n".encode()


def events(target: str, body: dict, script: dict[str, str]):
    """Event payloads as llama.cpp's server makes them, `timings` and all; None cuts the connection."""
    tokens = int(script.get("tokens", 8))
    die = int(script.get("die", -1))
    chat = target.endswith("chat/completions")
    kind = "chat.completion.chunk" if chat else "text_completion"

    def event(choices, **more):
        common = {"id": "cmpl-1", "object": kind, "created": 1_700_000_000, "model": body["model"]}
        return json.dumps({**common, "choices": choices, **more}).encode()

    if chat:
        yield event([{"index": 0, "delta": {"role": "assistant", "content": None}, "finish_reason": None}])
    words, reason = [f"{script.get('text', 'tok')}{i} " for i in range(tokens)], "stop"
    if result := [message["content"] for message in body.get("messages", []) if message["role"] == "tool"]:
        words = [f"the tool said {result[-1]}"]
    elif name := script.get("tool"):
        words, reason = [], "tool_calls"
        for call in tool_call(name):
            yield event([{"index": 0, "delta": {"tool_calls": [{"index": 0, **call}]}, "finish_reason": None}])
    for i, text in enumerate(words):
        if i == die:
            yield None
        choice = {"delta": {"content": text}} if chat else {"text": text}
        if chat and body.get("logprobs"):
            choice["logprobs"] = {"content": [{"token": text, "logprob": -0.5, "bytes": None, "top_logprobs": []}]}
        yield event([{"index": 0, "finish_reason": None, **choice}])
    last = {"delta": {}} if chat else {"text": ""}
    yield event([{"index": 0, "finish_reason": reason, **last}], timings={"predicted_ms": 1.0})
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": 11, "completion_tokens": tokens, "total_tokens": 11 + tokens}
        yield event([], usage=usage, timings={"predicted_ms": 1.0})
    yield b"[DONE]"
