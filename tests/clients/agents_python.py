# SPDX-License-Identifier: Apache-2.0
"""OpenAI's agent framework, with a tool of its own."""

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
from checks import ANSWER, MODEL, QUESTION, run
from openai import AsyncOpenAI

# Its tracing sends conversations to another service, in clear.
set_tracing_disabled(True)


@function_tool
def weather(city: str) -> str:
    """How the weather is."""
    return f"sunny in {city}"


model = OpenAIChatCompletionsModel(model=MODEL, openai_client=AsyncOpenAI())
agent = Agent(name="Weather", instructions="Say how the weather is.", model=model, tools=[weather])


def whole_answer():
    plain = Agent(name="Plain", model=model, model_settings=ModelSettings(temperature=0))
    assert ANSWER in Runner.run_sync(plain, QUESTION).final_output


def tool_loop():
    assert Runner.run_sync(agent, "tool=weather").final_output == "the tool said sunny in Paris"


run(whole_answer, tool_loop)
