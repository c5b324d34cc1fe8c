# SPDX-License-Identifier: Apache-2.0
"""Everybody who asks: threads behind a few `aipg proxy`, which verify each answer.
A schedule says when the next one asks, whatever became of those before."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field

from client import Question, claims_of
from load import MODEL
from proxy import CHAT, Proxy
from records import from_base64url, job_of

PROXIES = 2
PATIENCE = 60  # seconds: who waits longer has failed
TRIES = 3  # as openai's client does where an answer does not forbid it
LATE = 1.0  # seconds behind the schedule from which on the load was not what it was meant to be


@dataclass(frozen=True)
class Way:
    """How somebody asks."""

    name: str
    share: int  # of a hundred
    stream: bool
    tokens: int
    script: str = ""
    padding: int = 0
    leaves: bool = False  # after the first words


WAYS = (Way("whole", 55, False, 4), Way("stream", 30, True, 16, "delay=0.01"), Way("long question", 10, False, 2, padding=60_000),
        Way("leaves", 5, True, 400, "delay=0.02", leaves=True))


@dataclass(frozen=True)
class Asked:
    began: float
    ended: float
    code: str  # empty when the answer came, whole and right
    left: bool = False
    tries: int = 1


@dataclass
class Seen:
    """What has come of everybody's questions so far."""

    asked: list[Asked] = field(default_factory=list)
    receipts: dict[str, bytes] = field(default_factory=dict)  # job → digest of the receipt that its client holds
    keysets: dict[str, str] = field(default_factory=dict)  # id → its exact bytes


class Wrong(Exception):
    """An answer that is not what it has to be; its words say how."""


class Refused(Exception):
    """An error instead of an answer, and when to ask again, if at all."""

    def __init__(self, answer: http.client.HTTPResponse):
        self.code = json.loads(answer.read())["error"]["code"]
        may = answer.getheader("x-should-retry", "true" if answer.status >= 500 or answer.status == 429 else "false")
        self.again_in = float(answer.getheader("Retry-After", "0.5")) if may == "true" else None


class Crowd:
    def __init__(self, rig, threads: int, seed: str):
        self.seen = Seen()
        self._chance = random.Random(seed)
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._due, self._gap = 0.0, 0.0
        self.late = 0
        self._asking, self._ended = threading.Event(), False
        self.proxies = [Proxy(rig, "--log-level", "warn") for _ in range(PROXIES)]
        self._threads = [threading.Thread(target=self._ask_on, args=(self.proxies[i % PROXIES],), daemon=True)
                         for i in range(threads)]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        """Nobody is left behind, however it ended."""
        for proxy in self.proxies:
            proxy.process.kill()

    def ask_at(self, rate: float) -> None:
        """So many a second from now on; as many as there can be with 0."""
        self._due, self._gap = time.monotonic(), 1 / rate if rate else 0.0
        self._asking.set()

    def pause(self) -> None:
        self._asking.clear()

    def stop(self) -> list[int]:
        """Those who have asked still get their answers. The exit codes of the proxies."""
        self._ended = True
        self._asking.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        return [proxy.stop() for proxy in self.proxies]

    def since(self, begin: float) -> list[Asked]:
        with self._lock:
            return [asked for asked in self.seen.asked if asked.ended >= begin]

    # --- one of them ---

    def _ask_on(self, proxy: Proxy) -> None:
        connection = proxy.connection(PATIENCE)
        while turn := self._next():
            asked = self._ask(connection, *turn)
            with self._lock:
                self.seen.asked.append(asked)
            if asked.code or asked.left:
                connection.close()  # the next request opens it again
        connection.close()

    def _next(self) -> tuple[Way, Question] | None:
        """Who asks next waits here, and all others behind him."""
        with self._turn:
            self._asking.wait()
            if self._ended:
                return None
            behind = time.monotonic() - self._due
            self.late += bool(self._gap) and behind > LATE
            time.sleep(max(-behind, 0))
            self._due += self._gap
            way = self._chance.choices(WAYS, [way.share for way in WAYS])[0]
            mark, word = (letter + self._chance.randbytes(8).hex() for letter in "qa")
        return way, Question(mark, word, way.tokens, way.script, way.padding)

    def _ask(self, connection: http.client.HTTPConnection, way: Way, question: Question) -> Asked:
        began, code, tries = time.monotonic(), "", 0
        while tries < TRIES:
            tries += 1
            try:
                code = self._ask_once(connection, way, question)
                break
            except Refused as refused:
                code = refused.code
                if refused.again_in is None:
                    break
                connection.close()
                time.sleep(refused.again_in)
        return Asked(began, time.monotonic(), code, way.leaves and not code, tries)

    def _ask_once(self, connection: http.client.HTTPConnection, way: Way, question: Question) -> str:
        """Why this is no answer; empty when it is."""
        body = {"model": MODEL, "messages": [{"role": "user", "content": question.text}], "stream": way.stream}
        try:
            connection.request("POST", CHAT, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise Refused(answer)
            if way.leaves:
                answer.readline()
            else:
                self._take(answer.read(), way, question)
        except Wrong as wrong:
            return str(wrong)
        except http.client.IncompleteRead:
            return "cut"
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        except (ValueError, LookupError) as error:
            return f"nothing that could be read ({error!r})"
        return ""

    def _take(self, answer: bytes, way: Way, question: Question) -> None:
        text, attestation = read_stream(answer) if way.stream else read_whole(answer)
        if text != question.answer:
            raise Wrong("not the answer to this question")
        receipt = (proof := json.loads(base64.b64decode(attestation)))["receipt"]
        self.seen.receipts[job_of(receipt)] = digest_of(receipt)
        if (keyset := claims_of(receipt)["ks"]) not in self.seen.keysets:
            self.seen.keysets[keyset] = json.loads(from_base64url(proof["evidence"]))["keyset"]


def read_whole(answer: bytes) -> tuple[str, str]:
    document = json.loads(answer)
    return document["choices"][0]["message"]["content"], document["attestation"]


def read_stream(answer: bytes) -> tuple[str, str]:
    events = [json.loads(line[6:]) for line in answer.split(b"\n") if line.startswith(b"data: {")]
    for event in events:
        if "error" in event:
            raise Wrong(event["error"]["code"])
    if not answer.endswith(b"data: [DONE]\n\n"):
        raise Wrong("a stream without an end")
    (attestation,) = [event["attestation"] for event in events if "attestation" in event]
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event["choices"]), attestation


def digest_of(receipt: str) -> bytes:
    return hashlib.sha256(receipt.encode()).digest()[:16]
