// SPDX-License-Identifier: Apache-2.0
// The Vercel AI SDK, by its provider for compatible servers.
import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import * as c from "./checks.mjs";

const provider = createOpenAICompatible({
  name: "aipg",
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
});
const tools = {
  weather: tool({
    description: "How the weather is.",
    inputSchema: z.object({ city: z.string() }),
    execute: async (asked) => c.weather(asked),
  }),
};

const generate = (prompt, more = {}) => generateText({ model: provider(c.model), prompt, maxRetries: 0, ...more });

// Its streams do not throw: a failure is one of their parts.
async function* words(prompt, more = {}) {
  const { fullStream } = streamText({ model: provider(c.model), prompt, maxRetries: 0, onError() {}, ...more });
  for await (const part of fullStream) {
    if (part.type === "error") throw part.error instanceof Error ? part.error : new Error(JSON.stringify(part.error));
    if (part.type === "text-delta") yield part.text;
  }
}

async function whole_answer() {
  const { text, response } = await generate(c.question, { temperature: 0 });
  assert.ok(text.includes(c.expected));
  c.keep("ai-sdk", response.body.attestation);
}

const scripted = {
  whole_answer,
  async streamed() {
    assert.match(await c.incremental(words(c.slow)), /tok9 $/);
  },
  async tool_loop() {
    const more = { tools, stopWhen: stepCountIs(3) };
    assert.equal((await generate("tool=weather", more)).text, c.told);
    assert.equal(await c.joined(words("tool=weather odd=1", more)), c.told);
  },
  async image() {
    const content = [
      { type: "text", text: c.question },
      { type: "image", image: Buffer.from(c.image, "base64") },
    ];
    const { text } = await generate(undefined, { messages: [{ role: "user", content }] });
    assert.equal(text, c.expected);
  },
  async long_context() {
    assert.equal((await generate(c.long)).text, c.expected);
  },
  async odd_streams() {
    for (const odd of c.odds) assert.equal(await c.joined(words(odd)), c.oddAnswer);
  },
  async broken_stream() {
    assert.match(await c.failureOf(() => c.joined(words(c.broken))), /engine failed/);
  },
  async an_error_says_what_to_do() {
    const asked = () => generate("tokens=1", { model: provider("no-such-model") });
    assert.match(await c.failureOf(asked), /Nothing was sent/);
  },
};

await c.run({ scripted, real: { whole_answer } });
