# SPDX-License-Identifier: Apache-2.0
"""LangChain's ChatOpenAI."""

from checks import ANSWER, MODEL, QUESTION, SLOW, incremental, run
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model=MODEL, temperature=0)


@tool
def weather(city: str) -> str:
    """How the weather is."""
    return f"sunny in {city}"


def whole_answer():
    assert ANSWER in llm.invoke(QUESTION).content


def streamed():
    assert incremental(chunk.content for chunk in llm.stream(SLOW)).endswith("tok9 ")


def tool_loop():
    messages = [HumanMessage("tool=weather")]
    with_tools = llm.bind_tools([weather])
    asked = with_tools.invoke(messages)
    messages += [asked, *(weather.invoke(call) for call in asked.tool_calls)]
    assert with_tools.invoke(messages).content == "the tool said sunny in Paris"


def an_error_says_what_to_do():
    try:
        ChatOpenAI(model="no-such-model", max_retries=0).invoke("tokens=1")
    except Exception as error:
        assert "Nothing was sent" in str(error), error
    else:
        raise AssertionError("answered")


run(whole_answer, streamed, tool_loop, an_error_says_what_to_do)
