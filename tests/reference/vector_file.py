# SPDX-License-Identifier: Apache-2.0
"""Vector files: reading them, and knowing what of them was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LARGEST_HEX = 4096


class Node:
    """One value of a vector's input; reading marks it."""

    def __init__(self, value: Any) -> None:
        self.stored: dict[str, Any] = {}  # of a vector's whole input: what it expects
        self._read = False
        self._members: dict[str, Node] | list[Node] | None = None
        self._scalar: Any = None
        if isinstance(value, dict):
            self._members = {name: Node(member) for name, member in value.items()}
        elif isinstance(value, list):
            self._members = [Node(element) for element in value]
        else:
            self._scalar = value

    def __contains__(self, name: str) -> bool:
        return isinstance(self._members, dict) and name in self._members

    def __getitem__(self, name: str) -> Node:
        assert isinstance(self._members, dict)
        self._read = True
        return self._members[name]

    def elements(self) -> list[Node]:
        assert isinstance(self._members, list)
        self._read = True
        return self._members

    def is_object(self) -> bool:
        return isinstance(self._members, dict)

    def _value(self, kind: type) -> Any:
        assert type(self._scalar) is kind, f"{kind.__name__} expected"
        self._read = True
        return self._scalar

    def text(self) -> str:
        return self._value(str)

    def number(self) -> int:
        return self._value(int)

    def flag(self) -> bool:
        return self._value(bool)

    def bytes(self) -> bytes:
        return bytes.fromhex(self.text())

    def unread(self, path: str = "") -> Iterator[str]:
        if not self._members:
            if not self._read:
                yield path
        elif isinstance(self._members, dict):
            for name, member in self._members.items():
                yield from member.unread(f"{path}/{name}")
        else:
            for index, element in enumerate(self._members):
                yield from element.unread(f"{path}/{index}")


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every scalar (and every empty list or object) with its path."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from flat(member, f"{path}/{name}")
    elif isinstance(value, list) and value:
        for index, element in enumerate(value):
            yield from flat(element, f"{path}/{index}")
    else:
        yield path, json.dumps(value)


def shown(data: bytes) -> str | dict[str, Any]:
    """Bytes as vectors show them: hexadecimal, or size and hash when long."""
    if len(data) <= LARGEST_HEX:
        return data.hex()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


class Case:
    def __init__(self, document: dict[str, Any]) -> None:
        unknown = set(document) - {"why", "kind", "edit", "input", "expect"}
        assert not unknown and document["why"], f"members of a vector: {unknown}"
        self.document = document
        self.kind: str = document["kind"]
        self.edit: str = document.get("edit", "")
        self.input = Node(document["input"])
        self.expect: dict[str, Any] = document["expect"]
        self.input.stored = self.expect


class Library:
    """All vectors of a folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._known: dict[str, set[str]] = {}
        self._documents = {
            path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(folder.rglob("*.json"))
        }

    def names(self) -> list[str]:
        return list(self._documents)

    def case(self, name: str) -> Case:
        """A fresh one each time, so that one vector's reading does not count for another's."""
        return Case(self._documents[name])

    def known_inputs(self, kind: str, is_refusal: Callable[[Case], bool]) -> set[str]:
        """The names at the top of the inputs of a kind's positives."""
        if kind not in self._known:
            cases = [self.case(name) for name in self.names() if self._documents[name]["kind"] == kind]
            self._known[kind] = {name for case in cases if not is_refusal(case) for name in case.document["input"]}
        return self._known[kind]
