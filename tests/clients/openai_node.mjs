// SPDX-License-Identifier: Apache-2.0
// OpenAI's own client for JavaScript.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import OpenAI from "openai";
import { checks, expected, incremental, model, question, slow } from "./checks.mjs";

const client = new OpenAI();
const user = (content) => [{ role: "user", content }];
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];

async function* words(stream) {
  for await (const chunk of stream) yield chunk.choices[0]?.delta?.content;
}

await checks({
  async whole_answer() {
    const answer = await client.chat.completions.create({ model, messages: user(question), temperature: 0 });
    assert.ok(answer.choices[0].message.content.includes(expected));
    writeFileSync(`${process.env.AIPG_KEEP}/openai_node`, Buffer.from(answer.attestation, "base64"));
  },
  async streamed() {
    const stream = await client.chat.completions.create({ model, messages: user(slow), stream: true });
    assert.match(await incremental(words(stream)), /tok9 $/);
  },
  async tool_loop() {
    const messages = user("tool=weather");
    const asked = (await client.chat.completions.create({ model, messages, tools })).choices[0].message;
    assert.equal(asked.tool_calls[0].function.arguments, '{"city": "Paris"}');
    messages.push(asked, { role: "tool", tool_call_id: asked.tool_calls[0].id, content: "sunny" });
    const told = await client.chat.completions.create({ model, messages, tools });
    assert.equal(told.choices[0].message.content, "the tool said sunny");
  },
  async leaving_a_stream() {
    const messages = user("tokens=400 delay=0.05");
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const chunk of stream) if (chunk) break;
  },
  async an_error_says_what_to_do() {
    const asked = client.chat.completions.create({ model: "no-such-model", messages: user("tokens=1") });
    await assert.rejects(asked, /Nothing was sent/);
  },
});
