# SPDX-License-Identifier: Apache-2.0
"""OpenAI's agent framework, with a tool of its own: by the Responses API, which is its default, and by chat."""

from agents import Agent, ModelSettings, OpenAIProvider, RunConfig, Runner, function_tool, set_tracing_disabled
from checks import ANSWER, IMAGE_URL, LONG, MODEL, QUESTION, TOLD, run, user, weather

# Its tracing sends conversations to another service, in clear.
set_tracing_disabled(True)
plain = Agent(name="Plain", model=MODEL, model_settings=ModelSettings(temperature=0))
agent = Agent(name="Weather", instructions="Say how the weather is.", model=MODEL, tools=[function_tool(weather)])
by_chat = RunConfig(model_provider=OpenAIProvider(use_responses=False), tracing_disabled=True)


def ask(what, who=plain, config=None):
    return Runner.run_sync(who, what, run_config=config).final_output


def whole_answer():
    assert ANSWER in ask(QUESTION)
    assert ANSWER in ask(QUESTION, config=by_chat)


def tool_loop():
    assert ask("tool=weather", agent) == TOLD
    assert ask("tool=weather", agent, by_chat) == TOLD


def image():
    content = [{"type": "input_text", "text": QUESTION}, {"type": "input_image", "image_url": IMAGE_URL, "detail": "auto"}]
    assert ask(user(content)) == ANSWER


def long_context():
    assert ask(LONG) == ANSWER


run(scripted=[whole_answer, tool_loop, image, long_context], real=[whole_answer])
