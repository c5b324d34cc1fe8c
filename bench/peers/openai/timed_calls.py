# SPDX-License-Identifier: Apache-2.0
"""Calls of OpenAI's Python client, plain or sealed, timed. Each line of standard input says how many tokens the answer's
stream has, 0 for an answer that is no stream; that is asked CALLS times, one after the other. Each line is answered by
two means, in seconds, of the time and of this process's CPU: for an answer that is no stream, the whole call; for a
stream, from its first token to its last.

Usage: timed_calls.py plain BASE_URL MODEL PROMPT_BYTES PACE_MS CALLS
       timed_calls.py sealed BASE_URL API_KEY POLICY SITE_FOLDER MODEL PROMPT_BYTES PACE_MS CALLS
"""

from __future__ import annotations

import sys
import time
from typing import Any, NamedTuple

import openai


class Moment(NamedTuple):
    clock: float
    cpu: float

    @classmethod
    def now(cls) -> "Moment":
        return cls(time.perf_counter(), time.process_time())


def plain(base_url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=base_url, api_key="none")


def sealed(base_url: str, api_key: str, policy: str, site_folder: str) -> openai.OpenAI:
    sys.path.insert(0, site_folder)
    import aipg

    return aipg.Client(base_url=base_url, api_key=api_key, policy=policy, confidential=True, padding="p0")


def ask(client: Any, model: str, prompt_bytes: int, pace_ms: int, events: int) -> Moment:
    """How long it took."""
    # A worker always asks its engine for a stream.
    prompt = f"first=0 pace={pace_ms} tokens={max(events, 1)}".ljust(prompt_bytes, ".")
    messages = [{"role": "user", "content": prompt}]
    first = last = Moment.now()
    if events == 0:
        answer = client.chat.completions.create(model=model, messages=messages)
        if not answer.choices[0].message.content:
            sys.exit("an answer had no text")
        last = Moment.now()
    else:
        seen = 0
        for chunk in client.chat.completions.create(model=model, messages=messages, stream=True):
            if chunk.choices and chunk.choices[0].delta.content:
                seen += 1
                if seen == 1:
                    first = Moment.now()
                elif seen == events:
                    last = Moment.now()
        if seen != events:
            sys.exit(f"a stream had {seen} tokens, not {events}")
    return Moment(last.clock - first.clock, last.cpu - first.cpu)


def main(way: str, *arguments: str) -> None:
    *where, model, prompt_bytes, pace_ms, calls = arguments
    client = {"plain": plain, "sealed": sealed}[way](*where)
    for line in sys.stdin:
        took = [ask(client, model, int(prompt_bytes), int(pace_ms), int(line)) for _ in range(int(calls))]
        print(sum(each.clock for each in took) / len(took), sum(each.cpu for each in took) / len(took), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
