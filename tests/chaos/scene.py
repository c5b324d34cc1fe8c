# SPDX-License-Identifier: Apache-2.0
"""One case as it runs: its questions, its clients, and when its fault was over."""

from __future__ import annotations

import random
import re
import time

import wire
from client import Client, Question
from network import wait_until
from records import from_base64url
from relay import DOWN, UP, Gate
from rig import Rig

SEALED_POST = re.compile(rb"POST /v1/chat/completions HTTP/1\.1\r\n(.*?)\r\n\r\n", re.S)

MOST_LOOKED_FOR = 20  # of the questions of a load: each is looked for in all that was written and sent


class Scene:
    def __init__(self, rig: Rig, name: str):
        self.rig = rig
        self.name = name
        self.random = random.Random(name)  # the same in every run
        self.clients: list[Client] = []
        self.others: list[Question] = []  # asked by other means, and answered
        self.fault_ended = 0.0
        self.served_again: float | None = None
        self.forges = False  # receipts are forged on the way: records without one are right then
        self.notes: list[str] = []
        self.gates: list[Gate] = []  # besides those of the link's relay
        self._victims: list[Client] | None = None

    # --- questions ---

    def question(self, **how) -> Question:
        mark, word = (letter + self.random.randbytes(8).hex() for letter in "qa")
        return Question(mark, word, **how)

    def ask(self, *flags: str, remembers: bool = True, **how) -> Client:
        client = self.rig.ask(self.question(**how), *flags, remembers=remembers)
        self.clients.append(client)
        return client

    def ask_and_hold(self, point: str, *flags: str, remembers: bool = True) -> Client:
        """One whose engine waits at a point, and is there now."""
        client = self.ask(*flags, script=f"hold={point}", remembers=remembers)
        self.rig.hub.wait_at(client.question.mark, point)
        return client

    def secrets(self) -> list[str]:
        questions = [client.question for client in self.clients] + self.others[:: max(1, len(self.others) // MOST_LOOKED_FOR)]
        return [word for question in questions for word in (question.mark, question.word)]

    # --- the fault's end ---

    def release(self) -> None:
        """Whatever waits somewhere goes on."""
        for gate in self.gates:
            gate.open()
        self.rig.link_relay.behave()
        self.rig.clients_relay.behave()
        for client in self.clients:
            self.rig.hub.go(client.question.mark)

    def fault_over(self) -> None:
        """Everything is as it should be again: from now on the clock runs."""
        self.release()
        self.fault_ended = time.monotonic()
        self._victims = list(self.clients)

    def outcome(self) -> str:
        """Of those who asked before the fault was over."""
        return " + ".join(sorted(str(client.wait()) for client in self._victims or []))

    # --- what was seen on the wire ---

    def requests_sent(self, client: Client) -> int:
        key = f"Bearer {client.account}".encode()
        recorded = b"".join(bytes(connection.recorded[UP]) for connection in self.rig.clients_relay.connections)
        return sum(key in head for head in SEALED_POST.findall(recorded))

    def acknowledged(self) -> set[str]:
        """Jobs of which the gateway told a worker that they are recorded."""
        return set(self.acknowledged_when())

    def acknowledged_when(self) -> dict[str, int]:
        """And when the relay heard of it, in monotonic nanoseconds."""
        jobs: dict[str, int] = {}
        for connection in self.rig.link_relay.connections:
            opened: dict[int, str] = {}
            for at, message in connection.heard(DOWN):
                for frame in message.frames():
                    if frame.type == wire.OPEN:
                        opened[frame.stream] = frame.payload[1:].hex()
                    elif frame.type == wire.ACK:
                        jobs.setdefault(opened[frame.stream], at)
                if said := message.control("receipt_recorded"):
                    jobs.setdefault(from_base64url(said["job"]).hex(), at)
        return jobs

    def wait_for_answer_bytes(self) -> None:
        """The beginning of a sealed answer, on its way to a client."""
        relay = self.rig.clients_relay
        wait_until(lambda: any(b"AIPGOPEN" in c.recorded[DOWN] for c in relay.connections), 15, "an answer begins")
