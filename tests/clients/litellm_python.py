# SPDX-License-Identifier: Apache-2.0
"""LiteLLM as a library."""

import litellm
from checks import ANSWER, MODEL, QUESTION, SLOW, incremental, run, user

NAME = f"openai/{MODEL}"


def whole_answer():
    assert ANSWER in litellm.completion(NAME, user(QUESTION), temperature=0).choices[0].message.content


def streamed():
    stream = litellm.completion(NAME, user(SLOW), stream=True)
    assert incremental(chunk.choices[0].delta.content for chunk in stream).endswith("tok9 ")


def tool_call():
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
    call = litellm.completion(NAME, user("tool=weather"), tools=tools).choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')


def an_error_says_what_to_do():
    try:
        litellm.completion("openai/no-such-model", user("tokens=1"), num_retries=0, max_retries=0)
    except Exception as error:
        assert "Nothing was sent" in str(error), error
    else:
        raise AssertionError("answered")


run(whole_answer, streamed, tool_call, an_error_says_what_to_do)
