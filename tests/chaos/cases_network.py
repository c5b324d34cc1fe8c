# SPDX-License-Identifier: Apache-2.0
"""TCP as it is between machines: slow, torn to single bytes, reset or closed in
the middle of a frame, open in one direction only, and silent."""

from __future__ import annotations

import threading
import time
from typing import Callable

import wire
from case import add
from hub import MIDDLE
from relay import DOWN, UP, Connection, LinkConnection, Relay, has_frame
from scene import SEALED_POST, Scene

SILENT = 2.0  # seconds: the fault's length
SILENT_LONG = 35.0  # longer than either end waits for a sign of life


def relays(scene: Scene, which: str) -> Relay:
    return scene.rig.link_relay if which == "link" else scene.rig.clients_relay


# --- slow ---


def torn(which: str, step: int, delay: float) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        relay = relays(scene, which)
        relay.tear, relay.delay = step, delay
        scene.ask().wait()

    return run


# --- cut in the middle of a frame, or of a sealed body ---


def cut_link(direction: str, kind: int, how: str) -> Callable[[Scene], None]:
    """Half of the message that has this frame passes; then the connection ends."""

    def run(scene: Scene) -> None:
        cut = threading.Event()

        def edit(connection: LinkConnection, came: str, message: wire.Message) -> list[wire.Message]:
            if cut.is_set() or came != direction or not has_frame(kind)(message):
                return [message]
            cut.set()
            whole = message.wire(masked=direction == UP)
            connection.send(direction, whole[: len(whole) // 2])
            end(connection, how, direction)
            return []

        scene.rig.link_relay.edit = edit
        scene.ask()
        if not cut.wait(15):
            raise AssertionError("nothing passed that could be cut")

    return run


def end(connection: Connection, how: str, direction: str) -> None:
    if how == "RST":
        connection.reset()
    elif how == "FIN":
        connection.close()
    else:
        connection.half_close(direction)


def cut_client(direction: str, how: str) -> Callable[[Scene], None]:
    """In the middle of the sealed request, or of the sealed answer."""
    begins = SEALED_POST.search if direction == UP else lambda data: data.find(b"AIPGOPEN") >= 0

    def run(scene: Scene) -> None:
        done = []

        def on_bytes(connection: Connection, came: str, data: bytes) -> list[bytes]:
            if done or came != direction or not begins(data):
                return [data]
            done.append(connection)
            connection.send(direction, data[: len(data) - 30])
            end(connection, how, direction)
            return []

        scene.rig.clients_relay.on_bytes = on_bytes
        scene.ask().wait()
        if not done:
            raise AssertionError("nothing passed that could be cut")

    return run


# --- half closed ---


def half_closed_link(direction: str) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        scene.ask_and_hold(MIDDLE)
        for connection in scene.rig.link_relay.live():
            connection.half_close(direction)

    return run


# --- silent ---


def silent(which: str, seconds: float, ends_with_reset: bool) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        relay = relays(scene, which)
        client = scene.ask_and_hold(MIDDLE)
        relay.stall()
        scene.rig.hub.go(client.question.mark)
        time.sleep(seconds)
        if ends_with_reset:
            for connection in relay.live():
                connection.reset()

    return run


def gateway_away(scene: Scene) -> None:
    """Long enough for the worker to dial as seldom as it ever does."""
    scene.rig.gateway.kill()
    worker = scene.rig.workers[0]
    tries = len(worker.events("gateway_unreachable"))
    worker.wait_for("gateway_unreachable", seconds=60, count=tries + 8)
    scene.rig.start_gateway()


for place in ("client", "link"):
    add("TCP torn to single bytes", place, torn(place, 1, 0.0), short=place == "link")
    add("slow TCP, 64 B each 5 ms", place, torn(place, 64, 0.005))
    add("silent for 2 s", place, silent(place, SILENT, ends_with_reset=False))
    add("silent for 2 s, then RST", place, silent(place, SILENT, ends_with_reset=True))
add("silent for 35 s", "link", silent("link", SILENT_LONG, ends_with_reset=False))
add("silent for 35 s, then RST", "link", silent("link", SILENT_LONG, ends_with_reset=True))
for manner in ("RST", "FIN", "half-closed"):
    for way, frame, what in ((DOWN, wire.OPEN, "request"), (UP, wire.END, "answer")):
        add(f"{manner} within a frame", f"link, {what}", cut_link(way, frame, manner), short=manner == "RST")
    for way, what in ((UP, "request"), (DOWN, "answer")):
        add(f"{manner} within the body", f"client, {what}", cut_client(way, manner))
for way in (UP, DOWN):
    add("half-closed link", f"mid-stream, {way}", half_closed_link(way), short=way == UP)
add("gateway away for long", "8 dials", gateway_away)
