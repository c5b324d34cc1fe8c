# SPDX-License-Identifier: Apache-2.0
"""What the clients written in Python share: the questions, and a line for each check that held."""

from __future__ import annotations

import base64
import os
import time

MODEL = os.environ["AIPG_MODEL"]
REAL = "AIPG_REAL_ENGINE" in os.environ  # a model answers, and no script
QUESTION, ANSWER = ("What is the capital of France?", "Paris") if REAL else ("tokens=3", "tok0 tok1 tok2 ")
# A whole PNG of one pixel.
IMAGE = "data:image/png;base64," + base64.b64encode(
    bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082")
).decode()
LONG = "tokens=3 " + "word " * 60_000


def user(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


def incremental(pieces) -> str:
    """The text of a stream whose pieces come 0.1 s apart; that they did come apart is what is checked."""
    times, text = [], ""
    for piece in pieces:
        if piece:
            times.append(time.monotonic())
            text += piece
    assert times[-1] - times[0] > 0.5, f"{len(times)} pieces within {times[-1] - times[0]:.2f} s"
    return text


SLOW = "tokens=10 delay=0.1"


def run(*checks) -> None:
    """All of them, of which the first holds with a real model too."""
    for check in checks[:1] if REAL else checks:
        check()
        print("ok", check.__name__, flush=True)
