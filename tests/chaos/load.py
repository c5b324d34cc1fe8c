# SPDX-License-Identifier: Apache-2.0
"""Many short questions through `aipg proxy`, which verifies each answer: light
enough that a gateway always has jobs in every stage."""

from __future__ import annotations

import base64
import http.client
import json
import random
import threading
from dataclasses import dataclass

from client import Question
from proxy import CHAT, Proxy
from records import job_of
from rig import Rig

MODEL = "smollm2-135m"


@dataclass(frozen=True)
class Answer:
    question: Question
    text: str
    receipt: str

    @property
    def job(self) -> str:
        return job_of(self.receipt)


class Load:
    def __init__(self, rig: Rig, seed: str, threads: int):
        self.answers: list[Answer] = []
        self.errors: list[str] = []  # codes
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._ended = False
        self.proxy = Proxy(rig, base_url=rig.environment["AIPG_BASE_URL"])
        self._threads = [threading.Thread(target=self._ask_on, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def flow(self) -> None:
        self._flowing.set()

    def pause(self) -> None:
        """Those who have asked already still get their answers."""
        self._flowing.clear()

    def stop(self) -> None:
        self._ended = True
        self._flowing.set()
        for thread in self._threads:
            thread.join(60)
        self.proxy.stop()

    def _ask_on(self) -> None:
        while True:
            self._flowing.wait()
            if self._ended:
                return
            with self._lock:
                question = Question(*(letter + self._random.randbytes(8).hex() for letter in "qa"), tokens=2)
            try:
                self._ask(question)
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(type(error).__name__)

    def _ask(self, question: Question) -> None:
        body = {"model": MODEL, "messages": [{"role": "user", "content": question.text}]}
        status, _, answer = self.proxy.post(CHAT, body)
        document = json.loads(answer)
        if status != 200:
            self.errors.append(document["error"]["code"])
            return
        proof = json.loads(base64.b64decode(document["attestation"]))
        text = document["choices"][0]["message"]["content"]
        self.answers.append(Answer(question, text, proof["receipt"]))
