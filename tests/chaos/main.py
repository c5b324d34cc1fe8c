# SPDX-License-Identifier: Apache-2.0
"""Plays cases and prints what came of them. scripts/chaos is how people call it."""

from __future__ import annotations

import argparse
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import case  # noqa: E402
import cases_clock  # noqa: E402, F401  (each adds its cases)
import cases_crash  # noqa: E402, F401
import cases_descriptors  # noqa: E402, F401
import cases_disk  # noqa: E402, F401
import cases_engine  # noqa: E402, F401
import cases_network  # noqa: E402, F401
import cases_pace  # noqa: E402, F401
import cases_programs  # noqa: E402, F401
import cases_tampering  # noqa: E402, F401
from invariants import INVARIANTS  # noqa: E402
from networks import KINDS, Networks  # noqa: E402

WIDTHS = (30, 27, 34, 7)


def heading() -> str:
    return line_of("fault", "stage", "what came of it", "again") + "  invariants"


def line_of(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True))


def table_row(row: case.Row) -> str:
    again = "" if row.served_again is None else f"{row.served_again:.2f} s"
    held = f"all {len(INVARIANTS)} hold" if not row.broken else "BROKEN: " + ", ".join(row.broken)
    notes = f"  ({'; '.join(row.notes)})" if row.notes else ""
    return line_of(row.case.fault, row.case.stage, row.outcome, again) + "  " + held + notes


def chosen(words: list[str], short: bool) -> list[case.Case]:
    return [c for c in case.CASES if (c.short or not short) and all(word in c.name for word in words)]


def in_order(cases: list[case.Case]) -> list[case.Case]:
    """Those of one network follow each other, so that it is made once."""
    return sorted(cases, key=lambda c: list(KINDS).index(c.network))


def play(cases: list[case.Case]) -> list[case.Row]:
    networks, rows = Networks(), []
    try:
        for c in in_order(cases):
            row = case.run(c, networks.get(c.network))
            rows.append(row)
            print(table_row(row), flush=True)
            if row.broken:
                folder = networks.give_up(c.network)
                for name, found in row.broken.items():
                    print(f"  {name}: {found}")
                print(f"  files: {folder}", flush=True)
    finally:
        networks.stop_all()
    return rows


def main() -> int:
    options = argparse.ArgumentParser(
        prog="scripts/chaos", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Plays faults, one after the other, and says after each whether what has to hold does.",
        epilog="what has to hold:\n" + "".join(f"  {name:<11}{holds.__doc__.splitlines()[0]}\n"
                                               for name, holds in INVARIANTS.items()))
    options.add_argument("words", nargs="*", help="only cases that have all of these in their name")
    options.add_argument("--list", action="store_true", help="only name the cases")
    options.add_argument("--short", action="store_true", help="the subset that scripts/test runs")
    given = options.parse_args()
    cases = chosen(given.words, given.short)
    if given.list:
        print("\n".join(c.name for c in in_order(cases)))
        return 0
    if not cases:
        print("no case has these words in its name; --list names them all", file=sys.stderr)
        return 2
    print(heading())
    begin = time.monotonic()
    rows = play(cases)
    broken = sum(bool(row.broken) for row in rows)
    print(f"{len(rows)} cases in {time.monotonic() - begin:.0f} s, {broken} of them broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
