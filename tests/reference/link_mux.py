# SPDX-License-Identifier: Apache-2.0
"""One end of a worker link: which frames may come when, and what answers them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from link_frames import KIND_SEALED, Frame, Type, read_message
from primitives import uint
from refusal import Refused

INITIAL_CREDIT = 256 * 1024
MAX_CREDIT = 4 << 20
MAX_STREAMS = 1024
MAX_EVIDENCE = 2 << 20

Event = list[object]


@dataclass
class Stream:
    may_send: int = INITIAL_CREDIT
    may_receive: int = INITIAL_CREDIT
    consumed: int = 0
    sent_data: bool = False
    received_data: bool = False
    sent_end: bool = False
    received_end: bool = False
    final_sent: bool = False


@dataclass
class Link:
    role: str  # "gateway" or "worker"
    streams: dict[int, Stream] = field(default_factory=dict)
    last_id: int = 0
    evidence_due: int = 0
    output: bytes = b""

    def take_output(self) -> bytes:
        out, self.output = self.output, b""
        return out

    def open_streams(self) -> int:
        """Those this end still has to do with: a worker waits for the ACK of its END."""
        waiting = [s for s in self.streams.values() if not s.final_sent or (self.role == "worker" and s.sent_end)]
        return len(waiting)

    def _send(self, stream: int, type_: Type, payload: bytes = b"") -> None:
        self.output += Frame(stream, type_, payload).wire()

    # --- what this end does ------------------------------------------------------

    def open(self, job_id: bytes) -> None:
        self.last_id += 1
        self.streams[self.last_id] = Stream()
        self._send(self.last_id, Type.OPEN, uint(KIND_SEALED, 1) + job_id)

    def data(self, stream: int, payload: bytes) -> None:
        self.streams[stream].may_send -= len(payload)
        self.streams[stream].sent_data = True
        self._send(stream, Type.DATA, payload)

    def end(self, stream: int, payload: bytes) -> None:
        self.streams[stream].sent_end = True
        self.streams[stream].final_sent = self.role == "worker"
        self._send(stream, Type.END, payload)

    def refuse(self, stream: int, code: str) -> None:
        self.streams[stream].final_sent = True
        self._send(stream, Type.REFUSE, code.encode("ascii"))

    def reset(self, stream: int) -> None:
        self._send(stream, Type.RESET)
        self.streams[stream].final_sent = True
        if self.role == "gateway" and self.streams[stream].received_end:
            del self.streams[stream]

    def ack(self, stream: int) -> None:
        self._send(stream, Type.ACK)
        del self.streams[stream]

    def consume(self, stream: int, count: int) -> None:
        """Credit goes back once half of the initial credit has been dealt with."""
        state = self.streams[stream]
        state.consumed += count
        if not state.received_end and state.consumed >= INITIAL_CREDIT // 2:
            state.may_receive += state.consumed
            self._send(stream, Type.CREDIT, uint(state.consumed, 4))
            state.consumed = 0

    def expect_evidence(self, count: int) -> None:
        if count > MAX_EVIDENCE:
            raise Refused("link_limit", "evidence")
        if self.role == "worker" or self.evidence_due:
            raise Refused("link_state", "evidence")
        self.evidence_due = count

    # --- what the peer sends -----------------------------------------------------

    def receive(self, message: bytes) -> list[Event]:
        events: list[Event] = []
        for frame in read_message(message):
            events += self._on_frame(frame)
        return events

    def _on_frame(self, frame: Frame) -> list[Event]:
        if frame.type is Type.OPEN:
            return self._on_open(frame)
        if frame.stream == 0:
            return self._on_evidence(frame)
        if frame.stream not in self.streams:
            raise Refused("link_stream", "unknown")
        stream = self.streams[frame.stream]
        if self.role == "gateway" and stream.received_end:
            raise Refused("link_state", "after the final frame")
        handler = {
            Type.DATA: self._on_data,
            Type.END: self._on_end,
            Type.REFUSE: self._on_refuse,
            Type.RESET: self._on_reset,
            Type.CREDIT: self._on_credit,
            Type.ACK: self._on_ack,
        }[frame.type]
        events = handler(frame, stream)
        # After our own final frame the peer's frames are checked, and mean nothing any more.
        still_told = (Type.RESET, Type.ACK) if self.role == "worker" and stream.sent_end else ()
        return events if not stream.final_sent or frame.type in still_told else []

    def _on_open(self, frame: Frame) -> list[Event]:
        if self.role == "gateway":
            raise Refused("link_state", "open")
        if frame.stream <= self.last_id:
            raise Refused("link_stream", "order")
        if frame.payload[0] != KIND_SEALED:
            raise Refused("link_frame", "kind")
        if len(self.streams) >= MAX_STREAMS:
            raise Refused("link_limit", "streams")
        self.last_id = frame.stream
        self.streams[frame.stream] = Stream()
        return [["open", frame.stream, frame.payload[1:]]]

    def _on_evidence(self, frame: Frame) -> list[Event]:
        if self.role == "worker" or frame.type is not Type.DATA:
            raise Refused("link_stream", "zero")
        if len(frame.payload) > self.evidence_due:
            raise Refused("link_credit", "evidence")
        self.evidence_due -= len(frame.payload)
        return [["evidence", frame.payload]]

    def _on_data(self, frame: Frame, stream: Stream) -> list[Event]:
        if stream.received_end:
            raise Refused("link_state", "data after end")
        if len(frame.payload) > stream.may_receive:
            raise Refused("link_credit", "data")
        stream.may_receive -= len(frame.payload)
        stream.received_data = True
        return [["data", frame.stream, frame.payload]]

    def _on_end(self, frame: Frame, stream: Stream) -> list[Event]:
        if stream.received_end:
            raise Refused("link_state", "end after end")
        if (self.role == "worker") != (not frame.payload):
            raise Refused("link_frame", "payload of END")
        stream.received_end = True
        if self.role == "gateway" and stream.final_sent:
            del self.streams[frame.stream]
        return [["end", frame.stream, frame.payload]]

    def _on_refuse(self, frame: Frame, stream: Stream) -> list[Event]:
        if self.role == "worker":
            raise Refused("link_state", "refuse")
        if stream.received_data:
            raise Refused("link_state", "refuse after data")
        if not re.fullmatch(rb"[a-z_]+", frame.payload):
            raise Refused("link_frame", "code")
        self._answer_final(frame.stream, stream)
        return [["refuse", frame.stream, frame.payload.decode("ascii")]]

    def _on_reset(self, frame: Frame, stream: Stream) -> list[Event]:
        self._answer_final(frame.stream, stream)
        return [["reset", frame.stream]]

    def _on_credit(self, frame: Frame, stream: Stream) -> list[Event]:
        more = int.from_bytes(frame.payload, "big")
        if more == 0 or stream.may_send + more > MAX_CREDIT:
            raise Refused("link_credit", "credit")
        stream.may_send += more
        return [] if stream.sent_end else [["credit", frame.stream]]

    def _on_ack(self, frame: Frame, stream: Stream) -> list[Event]:
        if self.role == "gateway" or not stream.sent_end:
            raise Refused("link_state", "ack")
        self._answer_final(frame.stream, stream)
        return [["ack", frame.stream]]

    def _answer_final(self, id_: int, stream: Stream) -> None:
        """The peer's final frame came: the id is dead, and the peer must learn that we know."""
        if not stream.final_sent:
            self._send(id_, Type.RESET)
        del self.streams[id_]
