# SPDX-License-Identifier: Apache-2.0
"""A relay on a TCP port in front of the gateway: records all that passes, holds
it where a case says, and treats the connection as badly as networks do.

UP is from who dialled to the gateway, DOWN from the gateway."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Callable

import wire

UP, DOWN = "up", "down"
PIECE = 1 << 16


class Gate:
    """A place where something waits until the case lets it go on."""

    def __init__(self):
        self.reached = threading.Event()
        self._open = threading.Event()

    def wait(self) -> None:
        self.reached.set()
        self._open.wait()

    def await_reached(self, seconds: float = 15) -> None:
        if not self.reached.wait(seconds):
            raise AssertionError(f"nothing came to the gate within {seconds} s")

    def open(self) -> None:
        self._open.set()


class Connection:
    """Both sockets of one relayed connection."""

    def __init__(self, relay: Relay, number: int, near: socket.socket, far: socket.socket):
        self.relay, self.number = relay, number
        self.sockets = {UP: (near, far), DOWN: (far, near)}  # read from, written to
        self.recorded = {UP: bytearray(), DOWN: bytearray()}
        self.alive = True
        self._lock = threading.Lock()
        self._sending = {UP: threading.Lock(), DOWN: threading.Lock()}
        self._ended = 0
        for direction in (UP, DOWN):
            threading.Thread(target=self._pump, args=(direction,), daemon=True).start()

    def _pump(self, direction: str) -> None:
        source, target = self.sockets[direction]
        try:
            while data := source.recv(PIECE):
                self.recorded[direction] += data
                self.take(direction, data)
            self.relay.pace(direction)
            if self.alive:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
        with self._lock:
            self._ended += 1
            if self._ended < 2:
                return
        self.alive = False
        for end in self.sockets[UP]:
            end.close()

    def take(self, direction: str, data: bytes) -> None:
        for piece in self.relay.on_bytes(self, direction, data):
            self.send(direction, piece)

    def send(self, direction: str, data: bytes) -> None:
        target = self.sockets[direction][1]
        with self._sending[direction]:  # a case may have something to say as well
            data = self.relay.mangle(direction, data)
            step = self.relay.tear or len(data)
            for at in range(0, len(data), max(step, 1)):
                self.relay.pace(direction)
                target.sendall(data[at : at + step])

    def close(self) -> None:
        """The pumps close the sockets, so that no number of a closed one is used again under them."""
        self.alive = False
        self._wake(socket.SHUT_RDWR)

    def reset(self) -> None:
        """As a router that forgot the connection: both ends get a RST."""
        self.alive = False
        for end in self.sockets[UP]:
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass  # closed already
        self._wake(socket.SHUT_RD)  # says nothing to the peer; the close that follows does

    def _wake(self, how: int) -> None:
        for end in self.sockets[UP]:
            try:
                end.shutdown(how)
            except OSError:
                pass

    def half_close(self, direction: str) -> None:
        """Nothing more will come in this direction; the other one stays open."""
        self.sockets[direction][1].shutdown(socket.SHUT_WR)


class Relay:
    """Of plain bytes."""

    def __init__(self, target_port: int):
        self.target_port = target_port
        self.connections: list[Connection] = []
        self.tear = 0  # so many bytes in one write, when not 0
        self.delay = 0.0  # before each write
        self.stalled = {UP: threading.Event(), DOWN: threading.Event()}
        for flowing in self.stalled.values():
            flowing.set()
        self.on_bytes: Callable[[Connection, str, bytes], list[bytes]] = lambda connection, direction, data: [data]
        self.mangle: Callable[[str, bytes], bytes] = lambda direction, data: data  # the last to see what goes out
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    connection_type = Connection

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
            except OSError:
                near.close()  # nobody is there
                continue
            far.settimeout(None)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(self.connection_type(self, len(self.connections), near, far))

    def pace(self, direction: str) -> None:
        if self.delay:
            time.sleep(self.delay)
        self.stalled[direction].wait()

    def stall(self, *directions: str) -> None:
        """From now on bytes are taken, and go nowhere until flow()."""
        for direction in directions or (UP, DOWN):
            self.stalled[direction].clear()

    def flow(self) -> None:
        for flowing in self.stalled.values():
            flowing.set()

    def behave(self) -> None:
        """An honest relay again."""
        self.tear, self.delay = 0, 0.0
        self.on_bytes = lambda connection, direction, data: [data]
        self.mangle = lambda direction, data: data
        self.flow()

    def live(self) -> list[Connection]:
        return [connection for connection in self.connections if connection.alive]

    def stop(self) -> None:
        self._listener.close()
        self.behave()
        for connection in self.connections:
            connection.close()

    def forget(self) -> None:
        """What ended connections had to say."""
        self.connections = self.live()
        for connection in self.connections:
            for recorded in connection.recorded.values():
                recorded.clear()


class LinkConnection(Connection):
    def __init__(self, relay: LinkRelay, number: int, near: socket.socket, far: socket.socket):
        self.readers = {UP: wire.MessageReader(), DOWN: wire.MessageReader()}
        self.said: dict[str, list[tuple[int, wire.Message]]] = {UP: [], DOWN: []}  # when and what each end said
        self.passed: dict[str, list[wire.Message]] = {UP: [], DOWN: []}  # as the other one heard it
        super().__init__(relay, number, near, far)

    def take(self, direction: str, data: bytes) -> None:
        head, messages = self.readers[direction].feed(data)
        if head:
            self.send(direction, head)
        for message in messages:
            self.said[direction].append((time.monotonic_ns(), message))
            for changed in self.relay.on_message(self, direction, message):
                self.send_message(direction, changed)

    def send_message(self, direction: str, message: wire.Message) -> None:
        # Before it is sent, as above: whoever acts on it must not be ahead of the record.
        self.passed[direction].append(message)
        self.send(direction, message.wire(masked=direction == UP))

    def heard(self, direction: str) -> list[tuple[int, wire.Message]]:
        return list(self.said[direction])

    def frames(self, direction: str) -> list[wire.Frame]:
        return [frame for _, message in self.heard(direction) for frame in message.frames()]

    def control(self, direction: str, kind: str) -> list[dict]:
        return [said for _, message in self.heard(direction) if (said := message.control(kind))]

    def open_streams(self) -> set[int]:
        """Those of which one side has not heard the other's last word."""
        heard = {way: [f for message in list(self.passed[way]) for f in message.frames()] for way in (UP, DOWN)}
        opened = {frame.stream for frame in heard[DOWN] if frame.type == wire.OPEN}
        done_up = {f.stream for f in heard[UP] if f.type in (wire.END, wire.REFUSE, wire.RESET)}
        done_down = {f.stream for f in heard[DOWN] if f.type in (wire.ACK, wire.RESET)}
        return opened - (done_up & done_down)


class LinkRelay(Relay):
    """Of worker links, message by message. `edit` may change what passes: it gets the connection, the direction and a
    message, and returns the messages to pass on instead."""

    connection_type = LinkConnection

    def __init__(self, target_port: int):
        self.edit: Callable[[LinkConnection, str, wire.Message], list[wire.Message]] | None = None
        self._holds: list[tuple[str, Callable, Callable, Gate]] = []
        self._gates: list[Gate] = []
        super().__init__(target_port)

    def hold(self, direction: str, matches: Callable[[wire.Message], bool],
             split: Callable[[wire.Message], tuple[list, list]] = lambda message: ([], [message])) -> Gate:
        """The next message that matches waits at the gate, or what `split` leaves of it."""
        gate = Gate()
        self._gates.append(gate)
        self._holds.append((direction, matches, split, gate))
        return gate

    def on_message(self, connection: LinkConnection, direction: str, message: wire.Message):
        for hold in list(self._holds):
            held_direction, matches, split, gate = hold
            if direction == held_direction and matches(message):
                self._holds.remove(hold)
                before, after = split(message)
                yield from before
                gate.wait()
                yield from after
                return
        if self.edit is None:
            yield message
        else:
            yield from self.edit(connection, direction, message)

    def behave(self) -> None:
        super().behave()
        self.edit = None
        self._holds, gates, self._gates = [], self._gates, []
        for gate in gates:
            gate.open()


def is_control(kind: str) -> Callable[[wire.Message], bool]:
    return lambda message: message.control(kind) is not None


def has_frame(kind: int) -> Callable[[wire.Message], bool]:
    return lambda message: any(frame.type == kind for frame in message.frames())


def in_the_last_chunk(message: wire.Message) -> tuple[list[wire.Message], list[wire.Message]]:
    """All before the END, and half of the last DATA before it, may pass: the framing of a stream's bytes is free."""
    frames = message.frames()
    end = next(i for i, frame in enumerate(frames) if frame.type == wire.END)
    last = max((i for i in range(end) if frames[i].type == wire.DATA and frames[i].stream == frames[end].stream),
               default=None)
    if last is None:
        return [], [message]
    middle = len(frames[last].payload) // 2
    halves = [frames[last].having(payload=part) for part in (frames[last].payload[:middle], frames[last].payload[middle:])]
    before, after = [*frames[:last], halves[0]], [halves[1], *frames[last + 1 :]]
    return ([wire.Message(wire.BINARY, wire.write_frames(before))], [wire.Message(wire.BINARY, wire.write_frames(after))])
