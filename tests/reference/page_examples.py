# SPDX-License-Identifier: Apache-2.0
"""The worked examples of docs/protocol.md, checked against the vectors they quote.

An example is a fenced block whose first line is ```example FILE; each line in
it is a path into that vector and the value there. A value that ends in … is
the beginning of the vector's.
"""

from __future__ import annotations

import re
from typing import Any

from body_rules import PAGE
from vector_file import Library


def _at(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("/"):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def check(library: Library) -> tuple[int, list[str]]:
    """How many values were compared, and those that differ."""
    compared, wrong = 0, []
    blocks = re.findall(r"```example (\S+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for name, block in blocks:
        case = library.case(name)
        document = {"input": case.document["input"], "expect": case.expect}
        for line in filter(None, block.split("\n")):
            path, quoted = line.split(maxsplit=1)
            stored = str(_at(document, path))
            compared += 1
            if not (stored.startswith(quoted[:-1]) if quoted.endswith("…") else stored == quoted):
                wrong.append(f"docs/protocol.md: {name} {path} is {stored}, not {quoted}")
    return compared, wrong
