# SPDX-License-Identifier: Apache-2.0
"""Calls of OpenAI's Python client, plain or sealed, timed. Each line of standard input says how many tokens the answer's
stream has, 0 for an answer that is no stream; that is asked CALLS times, one after the other. Each line is answered by
two means, in seconds: until an answer was whole, and of this process's CPU.

Usage: timed_calls.py plain SOCKET MODEL PROMPT_BYTES PACE_MS CALLS
       timed_calls.py sealed BASE_URL API_KEY POLICY SITE_FOLDER MODEL PROMPT_BYTES PACE_MS CALLS
"""

from __future__ import annotations

import sys
import time
from typing import Any

import openai


def plain(socket: str) -> openai.OpenAI:
    import httpx2

    http = openai.DefaultHttpxClient(transport=httpx2.HTTPTransport(uds=socket))
    return openai.OpenAI(base_url="http://localhost/v1", api_key="none", http_client=http)


def sealed(base_url: str, api_key: str, policy: str, site_folder: str) -> openai.OpenAI:
    sys.path.insert(0, site_folder)
    import aipg

    return aipg.Client(base_url=base_url, api_key=api_key, policy=policy, confidential=True, padding="p0")


def ask(client: Any, model: str, prompt_bytes: int, pace_ms: int, events: int) -> None:
    # A worker always asks its engine for a stream.
    prompt = f"first=0 pace={pace_ms} tokens={max(events, 1)}".ljust(prompt_bytes, ".")
    messages = [{"role": "user", "content": prompt}]
    if events == 0:
        answer = client.chat.completions.create(model=model, messages=messages)
        if not answer.choices[0].message.content:
            sys.exit("an answer had no text")
        return
    seen = 0
    for chunk in client.chat.completions.create(model=model, messages=messages, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            seen += 1
    if seen != events:
        sys.exit(f"a stream had {seen} tokens, not {events}")


def main(way: str, *arguments: str) -> None:
    *where, model, prompt_bytes, pace_ms, calls = arguments
    count = int(calls)
    client = {"plain": plain, "sealed": sealed}[way](*where)
    for line in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            ask(client, model, int(prompt_bytes), int(pace_ms), int(line))
        print((time.perf_counter() - start) / count, (time.process_time() - cpu) / count, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
