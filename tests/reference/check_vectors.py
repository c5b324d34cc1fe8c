# SPDX-License-Identifier: Apache-2.0
"""Runs every file of tests/vectors through the reference implementation.

    check_vectors.py [FOLDER]

Prints each disagreement, then "N vectors agree, M disagree"; exit code 1 when
any does. A field of an input that nobody read, a field that only one side
has, and a kind nobody knows are disagreements too. So is a wrong value in an
example of docs/protocol.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import page_examples
from refusal import Refused
from vector_file import Case, Library, flat
from vector_kinds import KINDS

DEFAULT_FOLDER = Path(__file__).resolve().parents[1] / "vectors"
REFUSALS = ("error", "refused", "fault", "sealed")


def is_refusal(case: Case) -> bool:
    return any(name in case.expect for name in REFUSALS)


def complaints(case: Case, library: Library) -> list[str]:
    if case.kind not in KINDS:
        return [f"unknown kind {case.kind}"]
    try:
        made = KINDS[case.kind](case.input, library)
    except Refused as error:
        made = {"error": error.code}
    stored, ours = dict(flat(case.expect)), dict(flat(made))
    out = [f"stored {path} = {value}" for path, value in stored.items() if ours.get(path) != value]
    out += [f"ours   {path} = {value}" for path, value in ours.items() if stored.get(path) != value]
    refused = is_refusal(case)
    for path in case.input.unread():
        # A refusal may come before the last field, but not before one that nobody ever reads.
        if not refused or path.split("/")[1] not in library.known_inputs(case.kind, is_refusal):
            out.append(f"never read: {path}")
    if refused != bool(case.edit):
        out.append("a negative says what was edited, and only a negative does")
    return out


def main(arguments: list[str]) -> int:
    folder = Path(arguments[1]) if len(arguments) > 1 else DEFAULT_FOLDER
    library = Library(folder)
    agree = disagree = 0
    for name in library.names():
        found: list[Any] = complaints(library.case(name), library)
        if found:
            disagree += 1
            print(f"{name}:", *found, sep="\n  ")
        else:
            agree += 1
    quoted, wrong = page_examples.check(library)
    print(*wrong, f"{quoted} values quoted in docs/protocol.md, {len(wrong)} of them wrong", sep="\n")
    print(f"{agree} vectors agree, {disagree} disagree")
    return 0 if agree and quoted and not disagree and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
