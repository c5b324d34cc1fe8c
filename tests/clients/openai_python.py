# SPDX-License-Identifier: Apache-2.0
"""OpenAI's own client for Python; both of its lines."""

import openai
from checks import (
    ANSWER, BROKEN, IMAGE_URL, LONG, MODEL, ODD, ODD_ANSWER, QUESTION, SLOW, TOLD, TOOL, failure_of, incremental, joined, keep,
    run, user, weather,
)  # fmt: skip

client = openai.OpenAI()
TOOLS = [{"type": "function", "function": TOOL}]
LINE = openai.__version__.split(".")[0]


def create(content, **more):
    return client.chat.completions.create(**{"model": MODEL, "messages": user(content), **more})


def words(stream):
    return (chunk.choices[0].delta.content for chunk in stream if chunk.choices)


def whole_answer():
    answer = create(QUESTION, temperature=0)
    assert ANSWER in answer.choices[0].message.content
    keep(f"openai{LINE}-python", answer.attestation)


def streamed():
    assert incremental(words(create(SLOW, stream=True))).endswith("tok9 ")


def usage_at_the_end():
    *_, last = create("tokens=3", stream=True, stream_options={"include_usage": True})
    assert last.usage.completion_tokens == 3 and last.choices == [] and last.attestation


def tool_loop():
    messages = user("tool=weather")
    asked = create(None, messages=messages, tools=TOOLS).choices[0]
    assert asked.finish_reason == "tool_calls"
    call = asked.message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')
    messages += [asked.message, {"role": "tool", "tool_call_id": call.id, "content": weather("Paris")}]
    assert create(None, messages=messages, tools=TOOLS).choices[0].message.content == TOLD


def streamed_tool_call():
    with client.chat.completions.stream(model=MODEL, messages=user("tool=weather odd=1"), tools=TOOLS) as stream:
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Paris"}')


def logprobs():
    token = create("tokens=2", logprobs=True, top_logprobs=2).choices[0].logprobs.content[1]
    assert (token.token, token.logprob, [top.logprob for top in token.top_logprobs]) == ("tok1 ", -0.5, [-0.5, -1.5])
    chunks = create("tokens=2", logprobs=True, stream=True)
    assert [c.choices[0].logprobs.content[0].logprob for c in chunks if c.choices[0].logprobs] == [-0.5, -0.5]


def image():
    content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE_URL}}]
    assert create(content).choices[0].message.content == ANSWER


def long_context():
    assert create(LONG).choices[0].message.content == ANSWER


def odd_streams():
    for odd in ODD:
        chunks = list(create(odd, stream=True))
        assert joined(words(chunks)) == ODD_ANSWER and chunks[-1].choices[0].finish_reason == "stop"
        assert create(odd).choices[0].message.content == ODD_ANSWER
        keep(f"openai{LINE}-python {odd}", chunks[-1].attestation)


def embeddings_and_completions():
    assert client.embeddings.create(model=MODEL, input="tokens=1", encoding_format="float").data[0].embedding == [0.25, -0.5]
    assert client.completions.create(model=MODEL, prompt="tokens=2").choices[0].text == "tok0 tok1 "


def responses():
    assert client.responses.create(model=MODEL, input=QUESTION).output_text == ANSWER
    for odd in ODD:
        events = list(client.responses.create(model=MODEL, input=odd, stream=True))
        assert joined(event.delta for event in events if event.type == "response.output_text.delta") == ODD_ANSWER
        assert events[-1].type == "response.completed" and events[-1].attestation


def responses_tool_loop():
    tools = [{"type": "function", **TOOL, "strict": False}]
    call = client.responses.create(model=MODEL, input="tool=weather", tools=tools).output[0]
    assert (call.type, call.name, call.arguments) == ("function_call", "weather", '{"city": "Paris"}')
    result = {"type": "function_call_output", "call_id": call.call_id, "output": weather("Paris")}
    told = client.responses.create(model=MODEL, input=[*user("tool=weather"), call, result], tools=tools)
    assert told.output_text == TOLD


def models():
    assert MODEL in [model.id for model in client.models.list()]


def leaving_a_stream():
    with create("tokens=400 delay=0.05", stream=True) as stream:
        next(iter(stream))


def broken_stream():
    seen = []
    text = failure_of(lambda: seen.extend(words(create(BROKEN, stream=True))))
    assert "engine failed" in text and "tok3 " in seen, (text, seen)
    events = client.responses.create(model=MODEL, input=BROKEN, stream=True)
    assert "engine failed" in failure_of(lambda: list(events))


def an_error_says_what_to_do():
    text = failure_of(lambda: create("tokens=1", model="no-such-model"))
    assert "Nothing was sent" in text and f"what is offered: {MODEL}" in text, text


def responses_of_a_model():
    assert ANSWER in client.responses.create(model=MODEL, input=QUESTION, temperature=0, max_output_tokens=30).output_text
    events = client.responses.create(model=MODEL, input=QUESTION, temperature=0, max_output_tokens=30, stream=True)
    assert ANSWER in joined(event.delta for event in events if event.type == "response.output_text.delta")


def logprobs_of_a_model():
    answer = create(QUESTION, temperature=0, logprobs=True, top_logprobs=3, max_tokens=4).choices[0]
    tokens = answer.logprobs.content
    assert len(tokens) == 4 and all(len(token.top_logprobs) == 3 and token.logprob <= 0 for token in tokens)
    assert joined(token.token for token in tokens) == answer.message.content


def a_path_on_which_nobody_has_it():
    text = failure_of(lambda: client.embeddings.create(model=MODEL, input="a"))
    assert "Nothing was sent" in text and "/v1/responses, /v1/messages" in text, text


run(
    scripted=[
        whole_answer, streamed, usage_at_the_end, tool_loop, streamed_tool_call, logprobs, image, long_context, odd_streams,
        embeddings_and_completions, responses, responses_tool_loop, models, leaving_a_stream, broken_stream,
        an_error_says_what_to_do,
    ],
    real=[whole_answer, responses_of_a_model, logprobs_of_a_model, a_path_on_which_nobody_has_it],
)  # fmt: skip
