# SPDX-License-Identifier: Apache-2.0
"""What the clients written in Python share: the questions, and a line for each
check that held. What reached the engine is looked at by run.py."""

from __future__ import annotations

import base64
import os
import pathlib
import sys
import time
import traceback

MODEL = os.environ["AIPG_MODEL"]
REAL = "AIPG_REAL_ENGINE" in os.environ  # a model answers, and no script
QUESTION, ANSWER = ("What is the capital of France?", "Paris") if REAL else ("tokens=3", "tok0 tok1 tok2 ")
SLOW = "tokens=10 delay=0.1"
ODD = [f"tokens=3 text=naïve🌍 odd={how}" for how in ("1", "undone", "unended")]
ODD_ANSWER = "naïve🌍0 naïve🌍1 naïve🌍2 "
BROKEN = "tokens=9 die=4"
LONG = "tokens=3 " + "word " * 60_000
IMAGE = os.environ["AIPG_IMAGE"]  # base64
IMAGE_URL = f"data:image/png;base64,{IMAGE}"
# What the scripted engine asks of it, and says of what it got.
TOOL = {
    "name": "weather",
    "description": "How the weather is.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
TOLD = "the tool said sunny in Paris"


def weather(city: str) -> str:
    """How the weather is."""
    return f"sunny in {city}"


def user(content) -> list[dict]:
    return [{"role": "user", "content": content}]


def joined(pieces) -> str:
    return "".join(piece or "" for piece in pieces)


def incremental(pieces) -> str:
    """The text of a stream whose pieces come 0.1 s apart; that they did come apart is what is checked."""
    times, text = [], ""
    for piece in pieces:
        if piece:
            times.append(time.monotonic())
            text += piece
    assert times[-1] - times[0] > 0.5, f"{len(times)} pieces within {times[-1] - times[0]:.2f} s"
    return text


def keep(name: str, attestation: str) -> None:
    """For `aipg verify`."""
    pathlib.Path(os.environ["AIPG_KEEP"], f"{name}.attestation").write_bytes(base64.b64decode(attestation, validate=True))


def failure_of(call) -> str:
    """What a client's user sees of a call that must fail."""
    try:
        answer = call()
    except Exception as error:
        text = str(error)
        assert len(text) < 2_000, f"a person should read {len(text)} characters: {text[:300]}"
        return text
    raise AssertionError(f"this must fail, and answered {str(answer)[:300]}")


def run(scripted: list, real: list) -> None:
    """All of them, whatever becomes of one."""
    failed = 0
    for check in real if REAL else scripted:
        try:
            check()
            print("ok", check.__name__, flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
    sys.exit(1 if failed else 0)
