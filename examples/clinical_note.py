#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Summarises a clinical note for the next shift.

    python3 examples/clinical_note.py examples/clinical_note.txt

The note is read by this program and by a machine whose hardware and software
were verified before it was sent. The summary goes to stdout; the proof, which
holds no word of either, to NOTE.attestation.json for the patient's file.
"""

import argparse
import base64
import os
import pathlib
import sys

import aipg
import openai

TASK = "Summarise this clinical note for the next shift in two short sentences. Add nothing that is not in it."


def main() -> None:
    arguments = argparse.ArgumentParser(description="Summarise a clinical note, confidentially.")
    arguments.add_argument("note", type=pathlib.Path, help="a text file")
    arguments.add_argument("--model", default=os.environ.get("AIPG_MODEL", "smollm2-135m"))
    options = arguments.parse_args()

    # A patient's data stays secret for decades, so only workers with post-quantum keys may have it; and how fast the
    # answer comes tells whoever watches the line nothing about it.
    with aipg.Client(confidential=True, require_pq=True, padding="p2") as client:
        answer = client.chat.completions.create(
            model=options.model,
            messages=[{"role": "user", "content": f"{options.note.read_text()}\n\n{TASK}"}],
            stream=True,
            temperature=0,
            max_tokens=120,
        )
        say(client.verdicts[0].headline)
        for chunk in answer:
            if chunk.choices and chunk.choices[0].delta.content:
                print(chunk.choices[0].delta.content, end="", flush=True)
        print()

    # The stream ended normally: its last chunk carries an attestation that was judged, and found to belong to this
    # note and this summary.
    proof = options.note.with_suffix(".attestation.json")
    proof.write_bytes(base64.b64decode(chunk.attestation))
    say(f"proof     {proof}")


def say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except (openai.OpenAIError, OSError, ValueError) as error:
        sys.exit(f"No summary: {error}")
