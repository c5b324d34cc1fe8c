# SPDX-License-Identifier: Apache-2.0
"""A second reader of docs/http.md's grammar, made without looking at the first.
It says which requests are in some bytes, or that they are not clear."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) "
                  rb"(/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*) HTTP/1\.1")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*"
                   rb"[\x21-\x7e\x80-\xff])?)?)[ \t]*")
HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]{2,}\])(?::[0-9]{1,5})?")
LENGTH = re.compile(rb"0|[1-9][0-9]{0,17}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
FOR_THE_NEXT_HOP = {b"keep-alive", b"upgrade", b"te", b"http2-settings"}
MADE_FOR_A_BODY = (b"POST", b"PUT", b"PATCH")

Fields = dict[bytes, list[bytes]]


class Unclear(Exception):
    pass


class Unfinished(Exception):
    """Clear as far as it goes."""


@dataclass(frozen=True)
class Rules:
    head_bytes: int = 16 * 1024
    fields: int = 100
    method_letters: int = 32
    connection_options: int = 16
    length_may_be_missing: bool = False
    anything_may_be_expected: bool = False


OURS = Rules()
# What others may pass on, and be clear: their limits are their own, and HTTP lets them.
PASSED_ON = Rules(1 << 20, 1000, 1000, 1000, True, True)


@dataclass(frozen=True)
class Read:
    method: bytes
    target: bytes
    body: bytes


def require(condition, why: str) -> None:
    if not condition:
        raise Unclear(why)


def read_requests(data: bytes, rules: Rules = OURS) -> list[Read]:
    """All of them, to the last byte. Raises Unclear and Unfinished."""
    found = []
    while data:
        request, data = read_request(data, rules)
        found.append(request)
    return found


def read_request(data: bytes, rules: Rules) -> tuple[Read, bytes]:
    end = data.find(b"\r\n\r\n")
    require(0 <= end <= rules.head_bytes - 4, "head")
    line, *lines = data[:end].split(b"\r\n")
    parts = LINE.fullmatch(line)
    require(parts and len(parts[1]) <= rules.method_letters, "request line")
    fields = read_fields(lines, rules)
    hosts = fields.get(b"host", [])
    require(len(hosts) == 1 and HOST.fullmatch(hosts[0]), "host")
    check_hop(fields, rules)
    body, rest = read_body(parts[1], fields, data[end + 4 :], rules)
    return Read(parts[1], parts[2], body), rest


def read_fields(lines: list[bytes], rules: Rules) -> Fields:
    require(len(lines) <= rules.fields, "fields")
    fields: Fields = {}
    for text in lines:
        field = FIELD.fullmatch(text)
        require(field, "field")
        fields.setdefault(field[1].lower(), []).append(field[2])
    return fields


def check_hop(fields: Fields, rules: Rules) -> None:
    options = [option.strip(b" \t").lower() for value in fields.get(b"connection", []) for option in value.split(b",")]
    require(len(options) <= rules.connection_options, "connection")
    require(not set(options) - FOR_THE_NEXT_HOP & set(fields), "connection")
    expected = [value.lower() for value in fields.get(b"expect", [])]
    require(rules.anything_may_be_expected or expected in ([], [b"100-continue"]), "expectation")


def read_body(method: bytes, fields: Fields, data: bytes, rules: Rules) -> tuple[bytes, bytes]:
    lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
    require(len(lengths) + len(codings) <= 1, "lengths")
    if codings:
        require(codings[0].lower() == b"chunked", "coding")
        return read_chunks(data)
    if not lengths:
        require(rules.length_may_be_missing or method not in MADE_FOR_A_BODY, "no length")
        return b"", data
    require(LENGTH.fullmatch(lengths[0]), "length")
    size = int(lengths[0])
    if size > len(data):
        raise Unfinished
    return data[:size], data[size:]


def read_chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while data:
        size_line = CHUNK.match(data)
        require(size_line, "chunk size")
        size, data = int(size_line[1], 16), data[size_line.end() :]
        require(data[size : size + 2] in (b"\r\n", b"\r", b""), "chunk end")
        body, data, last = body + data[:size], data[size + 2 :], size == 0
        if last:
            return body, data
    raise Unfinished
