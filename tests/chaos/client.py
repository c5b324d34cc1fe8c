# SPDX-License-Identifier: Apache-2.0
"""A question that somebody asks with `aipg chat`, and what came of it. Question
and answer hold words that occur nowhere else, to be looked for afterwards."""

from __future__ import annotations

import base64
import json
import pathlib
import re
import subprocess
from dataclasses import dataclass, field

from network import PROGRAMS

CODE = re.compile(r"^\(([a-z0-9_]+)[^)]*\)$", re.M)


@dataclass(frozen=True)
class Question:
    mark: str  # in the question
    word: str  # of the answer
    tokens: int = 6
    script: str = ""  # more words for the engine
    padding: int = 0  # bytes that make it longer

    @property
    def text(self) -> str:
        filler = f" {self.mark * (self.padding // len(self.mark))}" if self.padding else ""
        return f"{self.mark} mark={self.mark} tokens={self.tokens} text={self.word} {self.script}{filler}"

    @property
    def answer(self) -> str:
        return "".join(f"{self.word}{i} " for i in range(self.tokens))


@dataclass
class Outcome:
    code: int
    shown: str
    said: str
    proof: pathlib.Path

    @property
    def error(self) -> str:
        """The last code that the client named."""
        found = CODE.findall(self.said)
        return found[-1] if found else ""

    @property
    def left(self) -> bool:
        """It did not wait for the end."""
        return self.code < 0

    def __str__(self) -> str:
        return "whole" if self.code == 0 else "left" if self.left else self.error or f"exit {self.code}"

    def receipt(self) -> str | None:
        """The receipt in the proof that the client saved: it was verified."""
        if self.code != 0 or not self.proof.exists():
            return None
        return json.loads(self.proof.read_text())["receipt"]


@dataclass
class Client:
    question: Question
    account: str  # its API key
    process: subprocess.Popen
    proof: pathlib.Path
    outcome: Outcome | None = field(default=None)

    @staticmethod
    def ask(question: Question, environment: dict[str, str], proof: pathlib.Path, *flags: str) -> Client:
        argv = [str(PROGRAMS / "aipg"), "chat", "--save-attestation", str(proof), *flags]
        process = subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdin.write(question.text.encode())
        process.stdin.close()
        process.stdin = None
        return Client(question, environment["AIPG_API_KEY"], process, proof)

    def wait(self, seconds: float = 60) -> Outcome:
        if self.outcome is None:
            shown, said = self.process.communicate(timeout=seconds)
            self.outcome = Outcome(self.process.returncode, shown.decode(), said.decode(), self.proof)
        return self.outcome

    def leave(self) -> None:
        if self.outcome is None:
            self.process.kill()
            self.wait()


def claims_of(jws: str) -> dict:
    payload = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
