# SPDX-License-Identifier: Apache-2.0
"""What an attacker between gateway and worker does to the frames that pass. Each
edit waits for its frame, changes it once, and remembers that it did."""

from __future__ import annotations

import json
from typing import Callable

import wire
from relay import DOWN, LinkConnection
from wire import Frame, Message

Change = Callable[[Frame], list[Frame]]


class Edit:
    """Of the n-th frame of a kind on jobs' streams in a direction; of evidence, which has stream 0, if asked to."""

    def __init__(self, direction: str, kind: int, change: Change, nth: int = 0, evidence: bool = False):
        self.direction, self.kind, self.nth, self.evidence = direction, kind, nth, evidence
        self.change = change
        self.seen = 0
        self.done = False

    def __call__(self, connection: LinkConnection, direction: str, message: Message) -> list[Message]:
        if direction != self.direction or message.opcode != wire.BINARY:
            return [message]
        frames = [changed for frame in message.frames() for changed in self.take(frame)]
        return [Message(wire.BINARY, wire.write_frames(frames))] if frames else []

    def concerns(self, frame: Frame) -> bool:
        return frame.type == self.kind and (frame.stream == 0) == self.evidence

    def take(self, frame: Frame) -> list[Frame]:
        if self.done or not self.concerns(frame):
            return [frame]
        self.seen += 1
        if self.seen <= self.nth:
            return [frame]
        self.done = True
        return self.change(frame)


class Later(Edit):
    """Keeps a frame, and hands it to `combine` with the next one that it is told of: reordering, swapping, replaying."""

    def __init__(self, direction: str, kind: int, combine: Callable[[Frame, Frame], list[Frame]], nth: int = 0,
                 withhold: bool = True, other_stream: bool = False):
        super().__init__(direction, kind, lambda frame: [frame], nth)
        self.combine, self.withhold, self.other_stream = combine, withhold, other_stream
        self.kept: Frame | None = None
        self.behind: list[Frame] = []  # of the withheld frame's stream: they would overtake it

    def take(self, frame: Frame) -> list[Frame]:
        if self.done:
            return [frame]
        if self.kept is None:
            return self.keep(frame)
        if self.concerns(frame) and (frame.stream != self.kept.stream) == self.other_stream:
            self.done = True
            return [*self.combine(self.kept, frame), *self.behind]
        if self.withhold and frame.stream == self.kept.stream:
            self.behind.append(frame)
            return []
        return [frame]

    def keep(self, frame: Frame) -> list[Frame]:
        if not self.concerns(frame):
            return [frame]
        self.seen += 1
        if self.seen <= self.nth:
            return [frame]
        self.kept = frame
        return [] if self.withhold else [frame]


class EditControl:
    """Of the next control message of a type: `change` gets it as a dictionary."""

    def __init__(self, direction: str, kind: str, change: Callable[[dict], list[dict]]):
        self.direction, self.kind, self.change, self.done = direction, kind, change, False

    def __call__(self, connection: LinkConnection, direction: str, message: Message) -> list[Message]:
        if self.done or direction != self.direction or message.opcode != wire.TEXT:
            return [message]
        said = json.loads(message.payload)
        if said["type"] != self.kind:
            return [message]
        self.done = True
        return [Message(wire.TEXT, json.dumps(m, separators=(",", ":")).encode()) for m in self.change(said)]


class ReplayRequest:
    """All frames of a whole request again, under a stream id of its own, when the first answer has ended."""

    def __init__(self):
        self.frames: list[Frame] = []
        self.done = False

    def __call__(self, connection: LinkConnection, direction: str, message: Message) -> list[Message]:
        if direction == DOWN:
            self.frames += [f for f in message.frames() if f.stream and f.type in (wire.OPEN, wire.DATA, wire.END)]
        elif any(frame.type == wire.END for frame in message.frames()) and not self.done:
            self.done = True
            again = [frame.having(stream=frame.stream + 1000) for frame in self.frames]
            connection.send_message(DOWN, Message(wire.BINARY, wire.write_frames(again)))
        return [message]


class ReplayOnNextLink:
    """The same on the link that follows: a worker remembers what it ran longer than a link lasts."""

    def __init__(self):
        self.link: LinkConnection | None = None
        self.frames: list[Frame] = []
        self.done = False

    def __call__(self, connection: LinkConnection, direction: str, message: Message) -> list[Message]:
        if direction != DOWN or self.done:
            return [message]
        sent = [f for f in message.frames() if f.stream and f.type in (wire.OPEN, wire.DATA, wire.END)]
        if sent and self.link in (None, connection):
            self.link = connection
            self.frames += sent
        if connection is not self.link and self.link and message.control("registered"):
            self.done = True
            return [message, Message(wire.BINARY, wire.write_frames(self.frames))]
        return [message]


# --- changes of one frame ---


def flip(at: int) -> Change:
    def change(frame: Frame) -> list[Frame]:
        payload = bytearray(frame.payload)
        payload[at % len(payload)] ^= 1
        return [frame.having(payload=bytes(payload))]

    return change


def drop(frame: Frame) -> list[Frame]:
    return []


def twice(frame: Frame) -> list[Frame]:
    return [frame, frame]


def cut(size: Callable[[int], int]) -> Change:
    return lambda frame: [frame.having(payload=frame.payload[: size(len(frame.payload))])]


def elsewhere(frame: Frame) -> list[Frame]:
    return [frame.having(stream=frame.stream + 1000)]


def before(kind: int, payload: bytes = b"") -> Change:
    return lambda frame: [Frame(frame.stream, kind, payload), frame]


def after(kind: int, payload: bytes = b"") -> Change:
    return lambda frame: [frame, Frame(frame.stream, kind, payload)]


def payloads_swapped(one: Frame, other: Frame) -> list[Frame]:
    return [one.having(payload=other.payload), other.having(payload=one.payload)]


def payload_of_the_first(one: Frame, other: Frame) -> list[Frame]:
    return [other.having(payload=one.payload)]


# --- changes of a control message ---


def flipped(member: str) -> Callable[[dict], list[dict]]:
    """A bit of a member that is bytes or a signature, in its text."""

    def change(said: dict) -> list[dict]:
        text = said[member]
        middle = len(text) // 2
        letter = "B" if text[middle] == "A" else "A"
        return [{**said, member: text[:middle] + letter + text[middle + 1 :]}]

    return change

