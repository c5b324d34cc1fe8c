#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reviews a contract clause by clause, all clauses at once.

    python3 examples/contract_review.py examples/contract.txt

Each clause is a question of its own, and the answers are structured, so that
the result is a table. However many clauses there are, workers are verified
once; --workload pins the one software that may read the contract.
"""

import argparse
import asyncio
import json
import os
import pathlib
import re
import sys

import aipg
import openai

TASK = "Explain in one sentence what this clause means for the customer, and say how risky it is for the customer."
ANSWER = {
    "type": "object",
    "properties": {
        "meaning": {"type": "string", "maxLength": 160},
        "risk": {"type": "string", "enum": ["low", "medium", "high"]},
    },
    "required": ["meaning", "risk"],
    "additionalProperties": False,
}


async def main() -> None:
    arguments = argparse.ArgumentParser(description="Review a contract's clauses, confidentially.")
    arguments.add_argument("contract", type=pathlib.Path, help="a text file with a paragraph per clause")
    arguments.add_argument("--model", default=os.environ.get("AIPG_MODEL", "smollm2-135m"))
    arguments.add_argument("--workload", help="hash of the only workload that may read it, in hexadecimal")
    options = arguments.parse_args()

    clauses = [" ".join(clause.split()) for clause in re.split(r"\n\s*\n", options.contract.read_text()) if clause.strip()]
    async with aipg.AsyncClient(confidential=True, expected_workload_hash=options.workload) as client:
        reviews = await asyncio.gather(*(review(client, options.model, clause) for clause in clauses))
        print(client.verdicts[0].headline, file=sys.stderr)

    for clause, found in zip(clauses, reviews):
        title = re.sub(r"^[\d.\s]+", "", clause).split(".")[0]
        print(f"{found['risk']:6}  {title[:15]:15}  {found['meaning']}")


async def review(client: aipg.AsyncClient, model: str, clause: str) -> dict:
    answer = await client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": f'Contract clause: "{clause}"\n\n{TASK}'}],
        response_format={"type": "json_schema", "json_schema": {"name": "review", "strict": True, "schema": ANSWER}},
        temperature=0,
        frequency_penalty=0.3,
        max_tokens=200,
    )
    return json.loads(answer.choices[0].message.content)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (openai.OpenAIError, OSError, ValueError) as error:
        sys.exit(f"Not reviewed: {error}")
