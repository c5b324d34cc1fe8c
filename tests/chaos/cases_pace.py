# SPDX-License-Identifier: Apache-2.0
"""Answers at a constant rate (p2), as whoever listens on the worker's link or at
the client sees them: one size, one chunk a tick, whatever the engine does. A
client that takes nothing for a while slows them down, and gets no burst after."""

from __future__ import annotations

import time
from typing import Callable

import wire
from case import add
from hub import MIDDLE
from invariants import Broken
from network import wait_until
from relay import DOWN, UP, Connection, LinkConnection
from scene import Scene
from tamper import RESPONSE_PREAMBLE

TICK = 0.05
OVERHEAD = 4 + 16  # a chunk's header and tag
NEAR = 0.02  # seconds: so near to a tick counts as at it, on a machine that has other things to do
MOST_LATE = 0.1  # part of all that may be later: the clock decides, not the content
QUIET = 10  # ticks without a chunk: it stands still

Seen = list[tuple[float, int]]  # when, how many bytes

# What the engine does, and whether the answer is whole then.
ENGINES = {"says much at once": {"tokens": 400}, "says little": {"tokens": 1}, "is slow": {"tokens": 4, "script": "delay=0.3"},
           "says nothing at first": {"tokens": 4, "script": "wait=1.2"}, "dies": {"tokens": 9, "script": "die=4"}}


def on_the_link(scene: Scene) -> Seen:
    """Of the answer that was asked for last."""
    link: LinkConnection = scene.rig.link_relay.live()[-1]
    stream = max(frame.stream for frame in link.frames(DOWN) if frame.type == wire.OPEN)
    seen = []
    for at, message in link.heard(UP):
        if size := sum(len(f.payload) for f in message.frames() if f.type == wire.DATA and f.stream == stream):
            seen.append((at / 1e9, size))
    if seen:
        seen[0] = seen[0][0], seen[0][1] - RESPONSE_PREAMBLE
    return seen


def watch_client(scene: Scene) -> Seen:
    """Fills up with what comes to the client behind the answer's beginning."""
    seen: Seen = []
    answering: list[Connection] = []

    def note(connection: Connection, direction: str, data: bytes) -> list[bytes]:
        if direction == DOWN and connection in answering:
            seen.append((time.monotonic(), len(data)))
        if direction == DOWN and b"AIPGOPEN" in data:
            answering.append(connection)
        return [data]

    scene.rig.clients_relay.on_bytes = note
    return seen


def check_pace(seen: Seen, where: str) -> None:
    """Each at a tick of one clock, and never more of them than ticks."""
    begin = seen[0][0]
    behind = sorted((at - begin + TICK / 2) % TICK for at, _ in seen)
    usual = behind[len(behind) // 2]
    off = sum(abs(each - usual) > NEAR for each in behind)
    if off > MOST_LATE * len(seen):
        raise Broken(f"{off} of {len(seen)} chunks {where} came at no tick")
    if len(seen) > (seen[-1][0] - begin + NEAR) / TICK + 1:
        raise Broken(f"{len(seen)} chunks {where} in {seen[-1][0] - begin:.2f} s")


def keeps_pace(engine: dict) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        at_client = watch_client(scene)
        scene.ask("--padding", "p2", **engine).wait()
        seen = on_the_link(scene)
        if sizes := {size for _, size in seen} - {2048 + OVERHEAD}:
            raise Broken(f"chunks of other sizes: {sizes}")
        if len(seen) % 16 != 0:
            raise Broken(f"{len(seen)} chunks")
        check_pace(seen, "on the link")
        check_pace(at_client[:-1], "at the client")  # the last one may have come in two pieces: the body's end is behind it
        if sizes := {size for _, size in at_client[:-1]} - {at_client[0][1]}:
            raise Broken(f"the client was written other sizes: {sizes}")
        scene.notes.append(f"{len(seen)} chunks in {seen[-1][0] - seen[0][0]:.2f} s")

    return run


def client_stands_still(scene: Scene) -> None:
    """Until credit ends and nothing more leaves the worker; then it reads again."""
    size = 64 * 1024 + OVERHEAD
    client = scene.ask_and_hold(MIDDLE, "--padding", "p2:64")
    scene.wait_for_answer_bytes()
    scene.rig.clients_relay.stall(DOWN)
    wait_until(lambda: time.monotonic() - on_the_link(scene)[-1][0] > QUIET * TICK, 30, "the worker stands still")
    before = sum(bytes_ for _, bytes_ in on_the_link(scene))
    scene.rig.clients_relay.flow()
    again = time.monotonic()
    scene.rig.hub.go(client.question.mark)
    client.wait()
    seen = on_the_link(scene)
    after = sum(bytes_ for _, bytes_ in seen) - before
    ticks = (seen[-1][0] - again) / TICK + 2  # the rest of what waited, and the first at once
    if after > ticks * size:
        raise Broken(f"{after} bytes within {ticks:.0f} ticks after it read again")
    if sum(bytes_ for _, bytes_ in seen) % (16 * size) != 0:
        raise Broken("not sixteen chunks, or thirty-two, or …")
    scene.notes.append(f"stood still after {before // size} chunks, then {after // size} in {ticks:.0f} ticks")


for name, engine in ENGINES.items():
    add("constant rate: the engine", name, keeps_pace(engine), short=name == "says much at once")
add("constant rate: the client", "stands still", client_stands_still)
