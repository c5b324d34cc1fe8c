# SPDX-License-Identifier: Apache-2.0
"""OpenAI's own client for Python."""

import base64
import os
import pathlib
import time

import openai
from checks import ANSWER, IMAGE, LONG, MODEL, QUESTION, SLOW, incremental, run, user

client = openai.OpenAI()
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def whole_answer():
    answer = client.chat.completions.create(model=MODEL, messages=user(QUESTION), temperature=0)
    assert ANSWER in answer.choices[0].message.content
    pathlib.Path(os.environ["AIPG_KEEP"], "openai_python").write_bytes(base64.b64decode(answer.attestation))


def streamed():
    stream = client.chat.completions.create(model=MODEL, messages=user(SLOW), stream=True)
    text = incremental(chunk.choices[0].delta.content for chunk in stream if chunk.choices)
    assert text.endswith("tok9 ")


def usage_at_the_end():
    *_, last = client.chat.completions.create(
        model=MODEL, messages=user("tokens=3"), stream=True, stream_options={"include_usage": True}
    )
    assert last.usage.completion_tokens == 3 and last.choices == [] and last.attestation


def tool_loop():
    messages = user("tool=weather")
    asked = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0]
    assert asked.finish_reason == "tool_calls"
    call = asked.message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')
    messages += [asked.message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    told = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    assert told.choices[0].message.content == "the tool said sunny"


def logprobs():
    answer = client.chat.completions.create(model=MODEL, messages=user("tokens=2"), logprobs=True)
    assert [token.logprob for token in answer.choices[0].logprobs.content] == [-0.5, -0.5]


def image():
    content = [{"type": "text", "text": "tokens=1"}, {"type": "image_url", "image_url": {"url": IMAGE}}]
    assert client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": content}]).choices


def long_context():
    assert len(LONG) > 200_000
    assert client.chat.completions.create(model=MODEL, messages=user(LONG)).choices[0].message.content


def embeddings_completions_and_responses():
    assert client.embeddings.create(model=MODEL, input="tokens=1", encoding_format="float").data[0].embedding == [0.25, -0.5]
    assert client.completions.create(model=MODEL, prompt="tokens=2").choices[0].text == "tok0 tok1 "
    events = client.responses.create(model=MODEL, input="tokens=2", stream=True)
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "tok0 tok1 "


def models():
    assert MODEL in [model.id for model in client.models.list()]


def leaving_a_stream():
    stream = client.chat.completions.create(model=MODEL, messages=user("tokens=400 delay=0.05"), stream=True)
    next(iter(stream))
    stream.close()
    time.sleep(1)


def an_error_says_what_to_do():
    try:
        client.chat.completions.create(model="no-such-model", messages=user("tokens=1"))
        raise AssertionError("answered")
    except openai.APIStatusError as error:
        assert "Nothing was sent" in str(error), error


run(
    whole_answer, streamed, usage_at_the_end, tool_loop, logprobs, image, long_context,
    embeddings_completions_and_responses, models, leaving_a_stream, an_error_says_what_to_do,
)  # fmt: skip
