// SPDX-License-Identifier: Apache-2.0
// OpenAI's own client for JavaScript.
import assert from "node:assert/strict";
import OpenAI from "openai";
import * as c from "./checks.mjs";

const client = new OpenAI();
const user = (content) => [{ role: "user", content }];
const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function", function: { name: "weather", parameters } }];

const create = (content, more = {}) =>
  client.chat.completions.create({ model: c.model, messages: user(content), ...more });
const textOf = (answer) => answer.choices[0].message.content;

async function* words(stream) {
  for await (const chunk of await stream) yield chunk.choices[0]?.delta?.content;
}

async function whole_answer() {
  const answer = await create(c.question, { temperature: 0 });
  assert.ok(textOf(answer).includes(c.expected));
  c.keep("openai-node", answer.attestation);
}

const scripted = {
  whole_answer,
  async streamed() {
    assert.match(await c.incremental(words(create(c.slow, { stream: true }))), /tok9 $/);
  },
  async tool_loop() {
    const messages = user("tool=weather");
    const asked = (await create(null, { messages, tools })).choices[0].message;
    const call = asked.tool_calls[0];
    assert.equal(call.function.arguments, '{"city": "Paris"}');
    const content = c.weather(JSON.parse(call.function.arguments));
    messages.push(asked, { role: "tool", tool_call_id: call.id, content });
    assert.equal(textOf(await create(null, { messages, tools })), c.told);
  },
  async streamed_tool_loop() {
    const own = { ...tools[0].function, function: c.weather, parse: JSON.parse };
    const runner = client.chat.completions.runTools({
      model: c.model,
      messages: user("tool=weather odd=1"),
      stream: true,
      tools: [{ type: "function", function: own }],
    });
    assert.equal(await runner.finalContent(), c.told);
  },
  async logprobs() {
    const answer = await create("tokens=2", { logprobs: true, top_logprobs: 2 });
    const [, second] = answer.choices[0].logprobs.content;
    assert.deepEqual([second.token, second.logprob, second.top_logprobs[1].logprob], ["tok1 ", -0.5, -1.5]);
  },
  async image() {
    const url = `data:image/png;base64,${c.image}`;
    const content = [
      { type: "text", text: c.question },
      { type: "image_url", image_url: { url } },
    ];
    assert.equal(textOf(await create(content)), c.expected);
  },
  async long_context() {
    assert.equal(textOf(await create(c.long)), c.expected);
  },
  async odd_streams() {
    for (const odd of c.odds) {
      assert.equal(await c.joined(words(create(odd, { stream: true }))), c.oddAnswer);
      assert.equal(textOf(await create(odd)), c.oddAnswer);
      let last;
      for await (const chunk of await create(odd, { stream: true })) last = chunk;
      c.keep(`openai-node ${odd}`, last.attestation);
    }
  },
  async responses() {
    assert.equal((await client.responses.create({ model: c.model, input: c.question })).output_text, c.expected);
  },
  async leaving_a_stream() {
    for await (const chunk of await create("tokens=400 delay=0.05", { stream: true })) if (chunk) break;
  },
  async broken_stream() {
    assert.match(await c.failureOf(() => c.joined(words(create(c.broken, { stream: true })))), /engine failed/);
    const events = await client.responses.create({ model: c.model, input: c.broken, stream: true });
    assert.match(await c.failureOf(() => c.joined(events)), /engine failed/);
  },
  async an_error_says_what_to_do() {
    assert.match(await c.failureOf(() => create("tokens=1", { model: "no-such-model" })), /Nothing was sent/);
  },
};

const real = {
  whole_answer,
  async responses_of_a_model() {
    const asked = { model: c.model, input: c.question, temperature: 0, max_output_tokens: 30 };
    const answer = await client.responses.create(asked);
    assert.ok(answer.output_text.includes(c.expected));
  },
};

await c.run({ scripted, real });
