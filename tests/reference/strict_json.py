# SPDX-License-Identifier: Apache-2.0
"""JSON as docs/protocol.md reads it: UTF-8, no duplicate names at any depth, bounded depth.

Numbers come back as `Number`, which keeps their text, so that callers decide
which spellings they take.
"""

from __future__ import annotations

import json
import json.scanner
from dataclasses import dataclass
from typing import Any, NoReturn

from refusal import Refused


@dataclass(frozen=True)
class Number:
    text: str

    def uint(self) -> int | None:
        """The value when written as plain digits without a leading zero, else None."""
        return int(self.text) if self.text == "0" or (self.text.isdigit() and self.text[0] != "0") else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class Text(str):
    """A string that remembers how it was written, quotes included."""

    raw: str


def is_plainly(value: Any, text: str) -> bool:
    """Is the value this text, written without escapes?"""
    return isinstance(value, Text) and value.raw == f'"{text}"'


class Duplicate(Exception):
    pass


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in pairs:
        if name in out:
            raise Duplicate(name)
        out[name] = value
    return out


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _string(source: str, begin: int, strict: bool = True) -> tuple[Text, int]:
    value, end = json.decoder.scanstring(source, begin, strict)
    text = Text(value)
    text.raw = source[begin - 1 : end]
    return text, end


class _Decoder(json.JSONDecoder):
    def __init__(self) -> None:
        super().__init__(
            object_pairs_hook=_members, parse_int=Number, parse_float=Number, parse_constant=_no_constant
        )
        self.parse_string = _string
        self.scan_once = json.scanner.py_make_scanner(self)  # the only one that asks for parse_string


def depth_of(text: str) -> int:
    """How deep arrays and objects nest, without recursion: the parser below must not meet a bomb."""
    depth = deepest = 0
    in_string = escaped = False
    for c in text:
        if in_string:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                in_string = False
        elif c == '"':
            in_string = True
        elif c in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "]}":
            depth -= 1
    return deepest


def _check_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise Refused("json_invalid", "lone surrogate")
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_surrogates(name)
            _check_surrogates(member)
    elif isinstance(value, list):
        for element in value:
            _check_surrogates(element)


def parse(data: bytes, max_depth: int) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("json_invalid_utf8") from error
    if depth_of(text) > max_depth:
        raise Refused("json_too_deep")
    try:
        if text.startswith("\ufeff"):
            raise ValueError("a byte order mark is not JSON")
        value = _Decoder().decode(text)
    except Duplicate as error:
        raise Refused("json_duplicate_name") from error
    except ValueError as error:
        raise Refused("json_invalid") from error
    _check_surrogates(value)
    return value
