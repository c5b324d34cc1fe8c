# SPDX-License-Identifier: Apache-2.0
"""The events in which engines answer, in each API's own form, and how oddly
engines may write them. What an event says is scripted: see engine.py."""

from __future__ import annotations

import json
import re

DONE = b"data: [DONE]\n\n"
ARGUMENTS = ('{"city": ', '"Paris"}')  # of a tool call, in the pieces in which engines send them


def of(target: str, body: dict, script: dict[str, str]):
    """The bytes of each event; None where the connection is to be cut."""
    if target == "/v1/responses":
        return response_events(body, script)
    return message_events(body, script) if target == "/v1/messages" else chunk_events(target, body, script)


def words_of(script: dict[str, str]) -> list[str]:
    return [f"{script.get('text', 'tok')}{i} " for i in range(int(script.get("tokens", 8)))]


def tool_result(body: dict) -> str | None:
    """What a tool said, in whichever API's form the client tells it."""
    for message in reversed(body.get("messages") or []):
        if message["role"] == "tool":
            return text_of(message["content"])
        for part in message["content"] if isinstance(message["content"], list) else []:
            if part.get("type") == "tool_result":
                return text_of(part["content"])
    for item in reversed(body["input"] if isinstance(body.get("input"), list) else []):
        if item.get("type") == "function_call_output":
            return text_of(item["output"])
    return None


def text_of(content) -> str:
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def plan(body: dict, script: dict[str, str]) -> tuple[list[str], str | None]:
    """The words to say, or the tool to ask for."""
    if (result := tool_result(body)) is not None:
        return ["the tool ", f"said {result}"], None
    return ([], script["tool"]) if "tool" in script else (words_of(script), None)


def chunk_events(target: str, body: dict, script: dict[str, str]):
    """Chat and completions, as llama.cpp's server makes them, `timings` and all."""
    chat = target.endswith("chat/completions")
    words, tool = plan(body, script)

    def event(choices, **more):
        common = {"id": "cmpl-1", "object": "chat.completion.chunk" if chat else "text_completion",
                  "created": 1_700_000_000, "model": body["model"]}
        return b"data: " + json.dumps({**common, "choices": choices, **more}).encode() + b"\n\n"

    def choice(delta, reason=None, **more):
        content = {"delta": delta} if chat else {"text": delta.get("content", "")}
        return event([{"index": 0, "finish_reason": reason, **content, **more}])

    if "odd" in script:
        yield event([], prompt_filter_results=[])
    if chat:
        yield choice({"role": "assistant", "content": None})
    for i, text in enumerate(words):
        if i == int(script.get("die", -1)):
            yield None
        logprobs = {"logprobs": token_logprobs(text)} if chat and body.get("logprobs") else {}
        yield choice({"content": text}, **logprobs)
    if tool:
        calls = [{"id": "call_1", "type": "function", "function": {"name": tool, "arguments": ""}},
                 *({"function": {"arguments": piece}} for piece in ARGUMENTS)]
        for call in calls:
            yield choice({"tool_calls": [{"index": 0, **call}]})
    ending = choice({}, "tool_calls" if tool else "stop")
    yield ending[:-3] + b', "timings": {"predicted_ms": 1.0}}\n\n'
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": 11, "completion_tokens": len(words), "total_tokens": 11 + len(words)}
        yield event([], usage=usage, timings={"predicted_ms": 1.0})
    yield DONE


def token_logprobs(text: str) -> dict:
    top = [{"token": text, "logprob": -0.5, "bytes": None}, {"token": "other", "logprob": -1.5, "bytes": None}]
    return {"content": [{**top[0], "top_logprobs": top}], "refusal": None}


def response_events(body: dict, script: dict[str, str]):
    """OpenAI's Responses API, as far as text and calls of functions go."""
    words, tool = plan(body, script)
    text, die = "".join(words), int(script.get("die", -1))
    response = {"id": "resp_1", "object": "response", "created_at": 1_700_000_000, "model": body["model"], "output": [],
                "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "status": "in_progress"}
    if tool:
        item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": tool, "status": "completed"}
        empty, whole = {**item, "arguments": ""}, {**item, "arguments": "".join(ARGUMENTS)}
        at = {"item_id": "fc_1", "output_index": 0}
        inside = [("response.function_call_arguments.delta", {**at, "delta": piece}) for piece in ARGUMENTS]
        inside += [("response.function_call_arguments.done", {**at, "name": tool, "arguments": whole["arguments"]})]
    else:
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
        part = {"type": "output_text", "text": text, "annotations": []}
        empty, whole = {**item, "content": []}, {**item, "content": [part]}
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        inside = [("response.content_part.added", {**at, "part": {**part, "text": ""}})]
        inside += [("response.output_text.delta", {**at, "delta": word, "logprobs": []}) for word in words]
        inside += [("response.output_text.done", {**at, "text": text, "logprobs": []}),
                   ("response.content_part.done", {**at, "part": part})]
    usage = {"input_tokens": 11, "output_tokens": len(words), "total_tokens": 11 + len(words),
             "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    done = {**response, "status": "completed", "output": [whole], "usage": usage}
    events = [("response.created", {"response": response}),
              ("response.output_item.added", {"output_index": 0, "item": {**empty, "status": "in_progress"}}),
              *inside, ("response.output_item.done", {"output_index": 0, "item": whole}),
              ("response.completed", {"response": done})]
    for number, (name, members) in enumerate(events):
        if die >= 0 and number == die + 3:
            yield None
        yield named(name, {"sequence_number": number, **members})


def message_events(body: dict, script: dict[str, str]):
    """Anthropic's Messages API: one block of text, or one call of a tool."""
    words, tool = plan(body, script)
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 11, "output_tokens": 1}}
    block = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}} if tool else {"type": "text", "text": ""}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ARGUMENTS if tool]
    deltas += [{"type": "text_delta", "text": word} for word in words]
    yield named("message_start", {"message": message})
    yield named("content_block_start", {"index": 0, "content_block": block})
    yield named("ping", {})
    for i, delta in enumerate(deltas):
        if i == int(script.get("die", -1)):
            yield None
        yield named("content_block_delta", {"index": 0, "delta": delta})
    yield named("content_block_stop", {"index": 0})
    ending = {"stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None}
    yield named("message_delta", {"delta": ending, "usage": {"output_tokens": max(1, len(words))}})
    yield named("message_stop", {})


def named(name: str, members: dict) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **members})}\n\n".encode()


def oddly(events, how: str):
    """The same events, oddly written, in pieces of seven bytes wherever that cuts."""
    last = b""
    for event in events:
        if event == DONE and how != "1":
            continue
        yield from pieces(last)
        if event is None:
            yield None
        last = odd(event)
    yield from pieces(last.removesuffix(b"\r\n") if how == "unended" else last)


def odd(event: bytes) -> bytes:
    """As the standard allows it too: comments, fields that nobody knows, an event without data, lines that end in CR LF,
    data of many lines."""
    name, data = re.fullmatch(rb"(?:event: (.*)\n)?data: (.*)\n\n", event).groups()
    lines = [b": keep-alive", b"", b"data:", b"", b"id: 7", b"retry: 3000"] + ([b"event:" + name] if name else [])
    pretty = data if event == DONE else json.dumps(json.loads(data), indent=1, ensure_ascii=False).encode()
    return b"\r\n".join([*lines, *(b"data: " + line for line in pretty.split(b"\n")), b"", b""])


def pieces(text: bytes):
    return (text[i : i + 7] for i in range(0, len(text), 7))
