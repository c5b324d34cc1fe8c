// SPDX-License-Identifier: Apache-2.0
// What the clients written in JavaScript share.
import assert from "node:assert/strict";

export const model = process.env.AIPG_MODEL;
const real = "AIPG_REAL_ENGINE" in process.env; // a model answers, and no script
export const [question, expected] = real ? ["What is the capital of France?", "Paris"] : ["tokens=3", "tok0 tok1 tok2 "];
export const slow = "tokens=10 delay=0.1";

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

// All of them, of which the first holds with a real model too.
export async function checks(named) {
  for (const [name, check] of Object.entries(named).slice(0, real ? 1 : undefined)) {
    await check();
    console.log("ok", name);
  }
}
