# SPDX-License-Identifier: Apache-2.0
"""LiteLLM as a library."""

import litellm
from checks import (
    ANSWER, BROKEN, IMAGE_URL, LONG, MODEL, ODD, ODD_ANSWER, QUESTION, SLOW, TOLD, TOOL, failure_of, incremental, joined, run,
    user, weather,
)  # fmt: skip

NAME = f"openai/{MODEL}"
TOOLS = [{"type": "function", "function": TOOL}]


def complete(content, **more):
    return litellm.completion(NAME, user(content), **more)


def text_of(answer):
    return answer.choices[0].message.content


def words(stream):
    return (chunk.choices[0].delta.content for chunk in stream)


def whole_answer():
    assert ANSWER in text_of(complete(QUESTION, temperature=0))


def streamed():
    assert incremental(words(complete(SLOW, stream=True))).endswith("tok9 ")


def tool_loop():
    messages = user("tool=weather")
    asked = litellm.completion(NAME, messages, tools=TOOLS).choices[0].message
    call = asked.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')
    messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": weather("Paris")}]
    assert text_of(litellm.completion(NAME, messages, tools=TOOLS)) == TOLD


def logprobs():
    answer = complete("tokens=2", logprobs=True)
    assert [token["logprob"] for token in answer.choices[0].logprobs["content"]] == [-0.5, -0.5]


def image():
    content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE_URL}}]
    assert text_of(complete(content)) == ANSWER


def long_context():
    assert text_of(complete(LONG)) == ANSWER


def odd_streams():
    for odd in ODD:
        assert joined(words(complete(odd, stream=True))) == ODD_ANSWER


def broken_stream():
    assert "engine failed" in failure_of(lambda: list(complete(BROKEN, stream=True)))


def an_error_says_what_to_do():
    text = failure_of(lambda: litellm.completion("openai/no-such-model", user("tokens=1"), num_retries=0, max_retries=0))
    assert "Nothing was sent" in text, text


run(
    scripted=[
        whole_answer, streamed, tool_loop, logprobs, image, long_context, odd_streams, broken_stream, an_error_says_what_to_do,
    ],
    real=[whole_answer],
)  # fmt: skip
