// SPDX-License-Identifier: Apache-2.0
// The Vercel AI SDK, by its provider for compatible servers.
import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { checks, expected, incremental, model, question, slow } from "./checks.mjs";

const provider = createOpenAICompatible({
  name: "aipg",
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
});

await checks({
  async whole_answer() {
    const { text } = await generateText({ model: provider(model), prompt: question, temperature: 0 });
    assert.ok(text.includes(expected));
  },
  async streamed() {
    assert.match(await incremental(streamText({ model: provider(model), prompt: slow }).textStream), /tok9 $/);
  },
  async tool_loop() {
    const weather = tool({
      description: "How the weather is.",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => `sunny in ${city}`,
    });
    const told = await generateText({
      model: provider(model),
      prompt: "tool=weather",
      tools: { weather },
      stopWhen: stepCountIs(3),
    });
    assert.match(told.text, /^the tool said .*sunny in Paris/);
  },
  async an_error_says_what_to_do() {
    const asked = generateText({ model: provider("no-such-model"), prompt: "tokens=1", maxRetries: 0 });
    await assert.rejects(asked, /Nothing was sent/);
  },
});
