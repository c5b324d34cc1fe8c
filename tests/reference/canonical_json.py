# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: one spelling per document, so that bytes can be hashed and signed.

ASCII, members sorted by byte, integers 0 to 2^53-1, true, false, strings whose
only escapes are \\" and \\\\, arrays, objects; depth at most 8. No null.
"""

from __future__ import annotations

from typing import Any, Callable

import strict_json
from primitives import from_base64url
from refusal import Refused

MAX_DEPTH = 8
MAX_INTEGER = 2**53 - 1


def write(value: Any) -> bytes:
    return _write(value).encode("ascii")


def _write(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        if not 0 <= value <= MAX_INTEGER:
            raise Refused("not_canonical", "integer")
        return str(value)
    if isinstance(value, str):
        if any(not 0x20 <= ord(c) <= 0x7E for c in value):
            raise Refused("not_canonical", "character")
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ",".join(_write(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_write(name)}:{_write(value[name])}" for name in sorted(value)) + "}"
    raise Refused("not_canonical", "type")


def _plain(value: Any) -> Any:
    """strict_json's numbers as integers; whatever has no canonical spelling is refused."""
    if isinstance(value, strict_json.Number):
        number = value.uint()
        if number is None:
            raise Refused("not_canonical", "number")
        return number
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return value


def parse(data: bytes) -> Any:
    value = _plain(strict_json.parse(data, MAX_DEPTH))
    if write(value) != data:
        raise Refused("not_canonical")
    return value


class Members:
    """An object read by a closed list of members; the first problem met is kept for finish()."""

    def __init__(self, value: Any) -> None:
        self._problem: str | None = None if isinstance(value, dict) else "json_wrong_type"
        self._value: dict[str, Any] = value if isinstance(value, dict) else {}
        self._asked: set[str] = set()

    def _get(self, name: str, good: Callable[[Any], bool], required: bool) -> Any:
        self._asked.add(name)
        if name not in self._value:
            if required:
                self._problem = self._problem or "json_missing_field"
            return None
        value = self._value[name]
        if not good(value):
            self._problem = self._problem or "json_wrong_type"
            return None
        return value

    def has(self, name: str) -> bool:
        return name in self._value

    def string(self, name: str, max_bytes: int = 4096, required: bool = True) -> str:
        return self._get(name, lambda v: isinstance(v, str) and len(v) <= max_bytes, required) or ""

    def uint(self, name: str, maximum: int = MAX_INTEGER, required: bool = True) -> int:
        good = lambda v: isinstance(v, int) and not isinstance(v, bool) and v <= maximum  # noqa: E731
        return self._get(name, good, required) or 0

    def boolean(self, name: str) -> bool:
        return bool(self._get(name, lambda v: isinstance(v, bool), True))

    def array(self, name: str) -> list[Any]:
        return self._get(name, lambda v: isinstance(v, list), True) or []

    def object(self, name: str) -> dict[str, Any]:
        return self._get(name, lambda v: isinstance(v, dict), True) or {}

    def bytes(self, name: str, exactly: int | None = None, required: bool = True) -> bytes:
        text = self._get(name, lambda v: isinstance(v, str), required)
        if text is None:
            return b""
        try:
            data = from_base64url(text)
        except Refused:
            data = None
        if data is None or (exactly is not None and len(data) != exactly):
            self._problem = self._problem or "json_wrong_type"
            return b""
        return data

    def skip(self, name: str) -> None:
        """Allows a member without reading it."""
        self._asked.add(name)

    def finish(self) -> None:
        if self._problem:
            raise Refused(self._problem)
        if set(self._value) - self._asked:
            raise Refused("json_unknown_field")
