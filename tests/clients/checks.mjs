// SPDX-License-Identifier: Apache-2.0
// What the clients written in JavaScript share; the same questions as in checks.py.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";

export const model = process.env.AIPG_MODEL;
const real = "AIPG_REAL_ENGINE" in process.env; // a model answers, and no script
export const [question, expected] = real ? ["What is the capital of France?", "Paris"] : ["tokens=3", "tok0 tok1 tok2 "];
export const slow = "tokens=10 delay=0.1";
export const odds = ["1", "undone", "unended"].map((how) => `tokens=3 text=naïve🌍 odd=${how}`);
export const oddAnswer = "naïve🌍0 naïve🌍1 naïve🌍2 ";
export const broken = "tokens=9 die=4";
export const long = "tokens=3 " + "word ".repeat(60_000);
export const image = process.env.AIPG_IMAGE; // base64
export const told = "the tool said sunny in Paris";
export const weather = ({ city }) => `sunny in ${city}`;

// The text of a stream whose pieces come 0.1 s apart; that they did come apart is what is checked.
export async function incremental(pieces) {
  const times = [];
  let text = "";
  for await (const piece of pieces) {
    if (!piece) continue;
    times.push(performance.now());
    text += piece;
  }
  assert.ok(times.at(-1) - times[0] > 500, `${times.length} pieces within ${times.at(-1) - times[0]} ms`);
  return text;
}

export async function joined(pieces) {
  let text = "";
  for await (const piece of pieces) text += piece ?? "";
  return text;
}

// For `aipg verify`.
export function keep(name, attestation) {
  writeFileSync(`${process.env.AIPG_KEEP}/${name}.attestation`, Buffer.from(attestation, "base64"));
}

// What a client's user sees of a call that must fail.
export async function failureOf(call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    assert.ok(error.message.length < 2000, `a person should read ${error.message.length} characters`);
    return error.message;
  }
  throw new Error(`this must fail, and answered ${JSON.stringify(answer)}`);
}

// All of them, whatever becomes of one.
export async function run(checks) {
  for (const [name, check] of Object.entries(real ? checks.real : checks.scripted)) {
    try {
      await check();
      console.log("ok", name);
    } catch (error) {
      process.exitCode = 1;
      console.error(name, error);
    }
  }
}
