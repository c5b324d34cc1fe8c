// SPDX-License-Identifier: Apache-2.0
// Runs a program that was built for WASI: node run_wasi.mjs PROGRAM [ARGUMENT…]
// It sees the folder this checkout lies in, by the path it has here: tests read
// the evidence beside the checkout. Ends with the program's status.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { WASI } from "node:wasi";

const [program, ...args] = process.argv.slice(2);
const beside = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const wasi = new WASI({
  version: "preview1",
  args: [program, ...args],
  env: process.env,
  preopens: { [beside]: beside },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(program));
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
process.exitCode = wasi.start(instance);
