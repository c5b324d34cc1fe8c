# SPDX-License-Identifier: Apache-2.0
"""A sealed request as bytes, to be sent as it is or broken in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace

CHAT = b"/v1/chat/completions"
SEALED = b"application/vnd.aipg.sealed-request"


@dataclass(frozen=True)
class Request:
    """Each method gives another request. What is not touched stays as it was, so that a probe breaks one thing."""

    fields: tuple[bytes, ...]
    body: bytes
    line: bytes = b"POST " + CHAT + b" HTTP/1.1"
    hidden: bytes = b""  # a whole request of its own, for a body to conceal
    end: bytes = b"\r\n"  # of the lines

    @staticmethod
    def sealed(body: bytes, host: str, key: str, hidden: bytes = b"") -> Request:
        fields = (b"Host: " + host.encode(), b"Authorization: Bearer " + key.encode(),
                  b"X-AIPG-Confidential: required", b"Content-Type: " + SEALED,
                  b"Content-Length: %d" % len(body))
        return Request(fields, body, hidden=hidden)

    @property
    def size(self) -> int:
        return len(self.body)

    @property
    def head(self) -> bytes:
        return self.end.join([self.line, *self.fields, b"", b""])

    def raw(self) -> bytes:
        return self.head + self.body

    def start(self, line: bytes) -> Request:
        return replace(self, line=line)

    def target(self, target: bytes) -> Request:
        return self.start(b"POST " + target + b" HTTP/1.1")

    def also(self, *lines: bytes) -> Request:
        return replace(self, fields=self.fields + lines)

    def first(self, *lines: bytes) -> Request:
        return replace(self, fields=lines + self.fields)

    def without(self, name: bytes) -> Request:
        return replace(self, fields=tuple(f for f in self.fields if not f.lower().startswith(name.lower() + b":")))

    def field(self, name: bytes, line: bytes) -> Request:
        """The field of that name, written as `line`, in its place."""
        assert any(f.lower().startswith(name.lower() + b":") for f in self.fields)
        return replace(self, fields=tuple(line if f.lower().startswith(name.lower() + b":") else f
                                          for f in self.fields))

    def length(self, value: bytes) -> Request:
        return self.field(b"Content-Length", b"Content-Length: " + value)

    def host(self, value: bytes) -> Request:
        return self.field(b"Host", b"Host:" + value)

    def containing(self, body: bytes) -> Request:
        """With another body, and the length field as it was."""
        return replace(self, body=body)

    def holding(self, body: bytes) -> Request:
        """With another body and its length."""
        return replace(self, body=body).length(b"%d" % len(body))

    def coded(self, coding: bytes, body: bytes | None = None) -> Request:
        """With a transfer coding for a length."""
        framed = self.field(b"Content-Length", b"Transfer-Encoding: " + coding)
        return replace(framed, body=chunks(self.body) if body is None else body)

    def chunked(self, body: bytes | None = None) -> Request:
        return self.coded(b"chunked", body)


def chunk(data: bytes, size: bytes | None = None, after_size: bytes = b"\r\n", after_data: bytes = b"\r\n") -> bytes:
    return (b"%x" % len(data) if size is None else size) + after_size + data + after_data


def chunks(*pieces: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(chunk(piece) for piece in pieces) + last
