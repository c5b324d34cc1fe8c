# SPDX-License-Identifier: Apache-2.0
"""The list of cases, and one case from beginning to end."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass, field
from typing import Callable

from invariants import INVARIANTS, Broken
from network import wait_until
from rig import Rig
from scene import Scene


@dataclass(frozen=True)
class Case:
    fault: str
    stage: str
    network: str  # which of networks.py it needs
    run: Callable[[Scene], None]
    short: bool  # also in the subset that scripts/test runs

    @property
    def name(self) -> str:
        return f"{self.fault}, {self.stage}"


@dataclass
class Row:
    case: Case
    outcome: str = ""
    served_again: float | None = None
    broken: dict[str, str] = field(default_factory=dict)  # invariant → what was found
    notes: list[str] = field(default_factory=list)


CASES: list[Case] = []


def add(fault: str, stage: str, run: Callable[[Scene], None], network: str = "plain", short: bool = False) -> None:
    CASES.append(Case(fault, stage, network, run, short))


def prepare(rig: Rig) -> None:
    """A first question, and how many descriptors there are with nothing to do."""
    warm = Scene(rig, "warm")
    client = warm.ask()
    if client.wait().code != 0:
        raise AssertionError(f"the network does not work: {client.outcome.said}\n{rig.logs()}")
    if os.geteuid() == 0:  # the system tells nobody else
        rig.idle = {name.split()[0]: stable_count(program) for name, program in rig.programs()}


def stable_count(program) -> int:
    """Of descriptors; connections of the first question may still be closing."""
    counts: list[int] = []

    def stable() -> int:
        counts.append(len(program.descriptors()))
        return counts[-1] if counts[-5:] == [counts[-1]] * 5 else 0

    return wait_until(stable, 10, "the program has nothing to do")


def run(case: Case, rig: Rig) -> Row:
    row, scene = Row(case), Scene(rig, case.name)
    try:
        case.run(scene)
        if not scene.fault_ended:
            scene.fault_over()
        for name, holds in INVARIANTS.items():
            try:
                holds(scene)
            except Broken as error:
                row.broken[name] = str(error)
        row.outcome = scene.outcome()
    except Exception:  # a case that cannot be played is a broken one
        row.broken["case"] = traceback.format_exc(limit=4)
    finally:
        for client in scene.clients:
            client.leave()
    row.served_again, row.notes = scene.served_again, scene.notes
    rig.behave()
    rig.link_relay.forget()
    rig.clients_relay.forget()
    return row
