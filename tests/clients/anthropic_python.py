# SPDX-License-Identifier: Apache-2.0
"""Anthropic's own client for Python, by its Messages API."""

import anthropic
from checks import (
    ANSWER, BROKEN, IMAGE, LONG, MODEL, ODD, ODD_ANSWER, QUESTION, SLOW, TOLD, TOOL, failure_of, incremental, keep, run, user,
    weather,
)  # fmt: skip

client = anthropic.Anthropic()
TOOLS = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]


def asking(content, **more):
    return {"model": MODEL, "max_tokens": 400, "messages": user(content), **more}


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def whole_answer():
    message = client.messages.create(**asking(QUESTION, max_tokens=30, extra_body={"temperature": 0}))
    assert ANSWER in text_of(message) and message.stop_reason == "end_turn"
    keep("anthropic", message.model_extra["attestation"])


def streamed():
    with client.messages.stream(**asking(SLOW)) as stream:
        assert incremental(stream.text_stream).endswith("tok9 ")
        assert stream.get_final_message().usage.output_tokens == 10


def tool_loop():
    asked = client.messages.create(**asking("tool=weather", tools=TOOLS))
    use = asked.content[0]
    assert (use.type, use.name, use.input, asked.stop_reason) == ("tool_use", "weather", {"city": "Paris"}, "tool_use")
    result = {"type": "tool_result", "tool_use_id": use.id, "content": weather(**use.input)}
    messages = [*user("tool=weather"), {"role": "assistant", "content": asked.content}, *user([result])]
    assert text_of(client.messages.create(**asking(None, tools=TOOLS) | {"messages": messages})) == TOLD


def image():
    source = {"type": "base64", "media_type": "image/png", "data": IMAGE}
    content = [{"type": "image", "source": source}, {"type": "text", "text": QUESTION}]
    assert text_of(client.messages.create(**asking(content))) == ANSWER


def long_context():
    assert text_of(client.messages.create(**asking(LONG))) == ANSWER


def odd_streams():
    for odd in ODD:
        with client.messages.stream(**asking(odd)) as stream:
            assert "".join(stream.text_stream) == ODD_ANSWER
        assert text_of(client.messages.create(**asking(odd))) == ODD_ANSWER
        *_, last = client.messages.create(**asking(odd), stream=True)
        assert last.type == "message_stop"
        keep(f"anthropic {odd}", last.model_extra["attestation"])


def leaving_a_stream():
    with client.messages.stream(**asking("tokens=400 delay=0.05")) as stream:
        next(iter(stream.text_stream))


def broken_stream():
    assert "engine failed" in failure_of(lambda: list(client.messages.create(**asking(BROKEN), stream=True)))
    assert "engine failed" in failure_of(lambda: client.messages.create(**asking(BROKEN)))


def a_path_that_no_worker_has():
    text = failure_of(lambda: client.messages.count_tokens(model=MODEL, messages=user("tokens=1")))
    assert "/v1/messages" in text, text


def stream_of_a_model():
    with client.messages.stream(**asking(QUESTION, max_tokens=30, extra_body={"temperature": 0})) as stream:
        assert ANSWER in "".join(stream.text_stream)
        assert stream.get_final_message().usage.output_tokens > 1


def a_prompt_is_not_found_in_a_cache():
    """Its time would tell that somebody else had asked it."""
    for _ in range(2):
        first, *_ = client.messages.create(**asking(QUESTION * 20, max_tokens=2), stream=True)
        usage = first.message.usage
        assert usage.input_tokens > 100 and usage.cache_read_input_tokens == 0, usage


run(
    scripted=[
        whole_answer, streamed, tool_loop, image, long_context, odd_streams, leaving_a_stream, broken_stream,
        a_path_that_no_worker_has,
    ],
    real=[whole_answer, stream_of_a_model, a_prompt_is_not_found_in_a_cache],
)  # fmt: skip
