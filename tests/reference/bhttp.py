# SPDX-License-Identifier: Apache-2.0
"""The profile of Binary HTTP (RFC 9292) inside the seal.

Requests are of known length, responses of indeterminate length. Varints are
minimal; no padding, no truncation, no informational responses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from primitives import Reader
from refusal import Refused

Fields = list[tuple[str, str]]

KNOWN_LENGTH_REQUEST = 0
INDETERMINATE_RESPONSE = 3
MAX_FIELDS = 64
MAX_REQUEST_SECTION = 8 * 1024  # as encoded
MAX_RESPONSE_SECTION = 64 * 1024  # names and values

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATH = re.compile(rb"/[!-~]*")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile(rb"(?! )[\x20-\x7e\x80-\xff]*(?<! )")


@dataclass
class Request:
    method: str
    path: str
    fields: Fields
    content: bytes


@dataclass
class Response:
    status: int
    fields: Fields
    content: bytes
    trailers: Fields = field(default_factory=list)


def varint(value: int) -> bytes:
    """RFC 9000, section 16, always in the fewest bytes."""
    for prefix, size in ((0, 1), (1, 2), (2, 4), (3, 8)):
        if value < 1 << (8 * size - 2):
            return (prefix << (8 * size - 2) | value).to_bytes(size, "big")
    raise ValueError("varint")


def read_varint(reader: Reader) -> int:
    start = reader.at
    size = 1 << (reader.take(1)[0] >> 6)
    reader.at = start
    value = reader.uint(size) & ((1 << (8 * size - 2)) - 1)
    if len(varint(value)) != size:
        raise Refused("bhttp_invalid", "varint")
    return value


def _string(data: bytes) -> bytes:
    return varint(len(data)) + data


def _line(name: str, value: str) -> bytes:
    return _string(name.encode("ascii")) + _string(value.encode("latin-1"))


def write_request(request: Request) -> bytes:
    lines = b"".join(_line(*f) for f in request.fields)
    control = [request.method.encode(), b"https", b"", request.path.encode()]
    head = varint(KNOWN_LENGTH_REQUEST) + b"".join(map(_string, control))
    return head + _string(lines) + _string(request.content) + varint(0)


def write_response_head(status: int, fields: Fields) -> bytes:
    return varint(INDETERMINATE_RESPONSE) + varint(status) + b"".join(_line(*f) for f in fields) + varint(0)


def write_content(content: bytes) -> bytes:
    return _string(content) if content else b""


def write_response_end(trailers: Fields) -> bytes:
    """The content terminator and the trailers."""
    return varint(0) + b"".join(_line(*f) for f in trailers) + varint(0)


def _field(name: bytes, value: bytes) -> tuple[str, str]:
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise Refused("bhttp_invalid", "field")
    return name.decode("ascii"), value.decode("latin-1")


def _known_fields(section: bytes) -> Fields:
    reader, out = Reader(section), []
    while reader.left():
        name = reader.take(read_varint(reader))
        out.append(_field(name, reader.take(read_varint(reader))))
    if len(out) > MAX_FIELDS or len(section) > MAX_REQUEST_SECTION:
        raise Refused("bhttp_invalid", "fields")
    return out


def _terminated_fields(reader: Reader) -> Fields:
    out: Fields = []
    while length := read_varint(reader):
        name = reader.take(length)
        out.append(_field(name, reader.take(read_varint(reader))))
    if len(out) > MAX_FIELDS or sum(len(n) + len(v) for n, v in out) > MAX_RESPONSE_SECTION:
        raise Refused("bhttp_invalid", "fields")
    return out


def parse_request(message: bytes) -> Request:
    reader = Reader(message)
    try:
        if read_varint(reader) != KNOWN_LENGTH_REQUEST:
            raise Refused("bhttp_invalid", "framing")
        method, scheme, authority, path = (reader.take(read_varint(reader)) for _ in range(4))
        fields = _known_fields(reader.take(read_varint(reader)))
        content = reader.take(read_varint(reader))
        trailers = reader.take(read_varint(reader))
    except Reader.Short as error:
        raise Refused("bhttp_invalid", "truncated") from error
    if reader.left() or trailers or scheme != b"https" or authority:
        raise Refused("bhttp_invalid", "profile")
    if not _METHOD.fullmatch(method) or not _PATH.fullmatch(path):
        raise Refused("bhttp_invalid", "control")
    return Request(method.decode("ascii"), path.decode("ascii"), fields, content)


def parse_response(message: bytes) -> Response:
    reader = Reader(message)
    try:
        if read_varint(reader) != INDETERMINATE_RESPONSE:
            raise Refused("bhttp_invalid", "framing")
        status = read_varint(reader)
        if not 200 <= status <= 599:
            raise Refused("bhttp_invalid", "status")
        fields = _terminated_fields(reader)
        content = b""
        while length := read_varint(reader):
            content += reader.take(length)
        trailers = _terminated_fields(reader)
    except Reader.Short as error:
        raise Refused("bhttp_invalid", "truncated") from error
    if reader.left():
        raise Refused("bhttp_invalid", "after the end")
    return Response(status, fields, content, trailers)
