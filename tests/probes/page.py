# SPDX-License-Identifier: Apache-2.0
"""docs/http-probes.md: what each proxy did with each probe, written and read."""

from __future__ import annotations

import pathlib

from probe import Probe
from verdict import Fate

PAGE = pathlib.Path(__file__).parents[2] / "docs/http-probes.md"
COLUMNS = ("ours", "nginx", "HAProxy")
CONTROLS = "What must pass"
# What a cell says, for each line of the totals.
TOTALS = {
    "refused, and nothing went on": lambda cell: cell.isdigit() or cell == "closed",
    "refused when its beginning had gone on": lambda cell: cell.startswith("late"),
    "went on as one clear request": lambda cell: cell == Fate.PASSED.value,
    "went on, and breaks the grammar still": lambda cell: cell == Fate.UNCLEAR.value,
    "went on as two requests": lambda cell: cell == Fate.SPLIT.value,
    "answered in another protocol": lambda cell: cell == Fate.SPOKEN.value,
    "waits for more": lambda cell: cell == Fate.WAITS.value,
}

Results = dict[str, list[tuple[Probe, list[str]]]]

INTRODUCTION = """# What was sent, and what became of it

Written by `scripts/probes --write`; [http.md](http.md) says what it means. A number is the status of a refusal; `late`,
a refusal when the beginning of the body had gone on; `passed`, that it went on as one clear request, whatever was done
to it; `unclear`, that what went on breaks our grammar still; `two`, that two requests went on; `spoken`, that it was
answered in another protocol; `closed`, that the connection ended without an answer. *Ours* ends the connection after
each refusal.
"""


def rows(results: Results):
    return [row for section, probes in results.items() if section != CONTROLS for _, row in probes]


def totals(results: Results) -> str:
    lines = ["| of %d probes | %s |" % (len(rows(results)), " | ".join(COLUMNS)), "|---" * (len(COLUMNS) + 1) + "|"]
    for what, is_so in TOTALS.items():
        counts = [sum(is_so(row[i]) for row in rows(results)) for i in range(len(COLUMNS))]
        if any(counts):
            lines.append(f"| {what} | " + " | ".join(str(count) for count in counts) + " |")
    return "\n".join(lines)


def text(results: Results) -> str:
    parts = [INTRODUCTION, totals(results) + "\n"]
    for section, probes in results.items():
        parts.append(f"## {section}\n")
        lines = ["| probe | why | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
        lines += [f"| {probe.name} | {probe.why} | " + " | ".join(row) + " |" for probe, row in probes]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write(results: Results) -> None:
    PAGE.write_text(text(results))


def differences(results: Results) -> list[str]:
    """Lines that the page would have to have, and those that it has without."""
    now, then = text(results).splitlines(), PAGE.read_text().splitlines()
    return [*(f"it lacks   {line}" for line in now if line not in then),
            *(f"it claims  {line}" for line in then if line not in now)]


def written() -> dict[str, tuple[str, list[str]]]:
    """The page's reasons and cells, by the name of their probe."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()
             if line.startswith("| ")]
    return {row[0]: (row[1], row[2:]) for row in lines if len(row) == 2 + len(COLUMNS) and row[0] != "probe"}
