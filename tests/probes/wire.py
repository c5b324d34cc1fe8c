# SPDX-License-Identifier: Apache-2.0
"""A client that sends bytes as they are and reads what comes back, answer by
answer. It takes an answer's framing literally and forgives nothing."""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import dataclass

PATIENCE = 30  # bounds a failure, and decides nothing


@dataclass(frozen=True)
class Answer:
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def field(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name), None)

    @property
    def code(self) -> str:
        """Of the JSON body's error; "sealed" where it is an answer of a worker's."""
        if self.field("content-type") == "application/vnd.aipg.sealed-response":
            return "sealed"
        if self.field("content-type") != "application/json":
            return ""
        return json.loads(self.body).get("error", {}).get("code", "") if self.body else ""


class Closed(Exception):
    """The other side ended the connection before an answer began."""


class Wire:
    def __init__(self, port: int, tls: ssl.SSLContext | None = None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came = b""
        if tls:  # whose end is an authentic one
            self.socket = tls.wrap_socket(self.socket, suppress_ragged_eofs=False)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except ConnectionError:
            pass  # refused by now; what it said can still be read

    def _more(self) -> bool:
        piece = self.socket.recv(65536)
        self._came += piece
        return piece != b""

    def _take_line(self) -> bytes:
        while b"\r\n" not in self._came:
            if not self._more():
                if not self._came:
                    raise Closed
                raise AssertionError(f"cut in the middle of a line: {self._came[:200]!r}")
        line, self._came = self._came.split(b"\r\n", 1)
        return line

    def _take(self, size: int) -> bytes:
        while len(self._came) < size:
            assert self._more(), "cut in the middle of a body"
        taken, self._came = self._came[:size], self._came[size:]
        return taken

    def answer(self, to_head: bool = False) -> Answer:
        """The next answer. Raises Closed where there is none."""
        version, status, *_ = self._take_line().decode("latin-1").split(" ")
        assert version == "HTTP/1.1", version
        fields = []
        while line := self._take_line().decode("latin-1"):
            name, value = line.split(":", 1)
            fields.append((name, value.strip()))
        head = Answer(int(status), tuple(fields), b"")
        if to_head or head.status < 200:
            return head
        return Answer(head.status, head.fields, self._body(head))

    def _body(self, head: Answer) -> bytes:
        if head.field("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._take_line(), 16):
                body += self._take(size)
                assert self._take_line() == b""
            assert self._take_line() == b""
            return body
        return self._take(int(head.field("content-length")))

    def rest(self) -> bytes:
        """All that still comes, until the other side ends the connection."""
        while self._more():
            pass
        return self._came
