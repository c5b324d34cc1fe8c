# SPDX-License-Identifier: Apache-2.0
"""LangChain's ChatOpenAI."""

from checks import (
    ANSWER, BROKEN, IMAGE_URL, LONG, MODEL, ODD, ODD_ANSWER, QUESTION, SLOW, TOLD, failure_of, incremental, joined, run, weather,
)  # fmt: skip
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model=MODEL, temperature=0)


def whole_answer():
    assert ANSWER in llm.invoke(QUESTION).content


def streamed():
    assert incremental(chunk.content for chunk in llm.stream(SLOW)).endswith("tok9 ")


def tool_loop():
    messages, mine = [HumanMessage("tool=weather")], tool(weather)
    with_tools = llm.bind_tools([mine])
    asked = with_tools.invoke(messages)
    messages += [asked, *(mine.invoke(call) for call in asked.tool_calls)]
    assert with_tools.invoke(messages).content == TOLD


def logprobs():
    answer = llm.bind(logprobs=True).invoke("tokens=2")
    assert [token["logprob"] for token in answer.response_metadata["logprobs"]["content"]] == [-0.5, -0.5]


def image():
    content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": IMAGE_URL}}]
    assert llm.invoke([HumanMessage(content)]).content == ANSWER


def long_context():
    assert llm.invoke(LONG).content == ANSWER


def odd_streams():
    for odd in ODD:
        assert joined(chunk.content for chunk in llm.stream(odd)) == ODD_ANSWER


def broken_stream():
    assert "engine failed" in failure_of(lambda: list(llm.stream(BROKEN)))


def an_error_says_what_to_do():
    nobody = ChatOpenAI(model="no-such-model", max_retries=0)
    assert "Nothing was sent" in failure_of(lambda: nobody.invoke("tokens=1"))


run(
    scripted=[
        whole_answer, streamed, tool_loop, logprobs, image, long_context, odd_streams, broken_stream, an_error_says_what_to_do,
    ],
    real=[whole_answer],
)  # fmt: skip
