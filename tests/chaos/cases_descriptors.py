# SPDX-License-Identifier: Apache-2.0
"""EMFILE: a program that can open nothing more, for a second."""

from __future__ import annotations

import time
from typing import Callable

from case import add
from hub import MIDDLE
from program import Program
from scene import Scene

NONE_MORE = 3  # those have always been taken
SHORTAGE = 1.0  # seconds: the fault's length


def starve(program_of: Callable[[Scene], Program], stage: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        program = program_of(scene)
        if stage is mid_stream:
            stage(scene)
        program.allow_descriptors(NONE_MORE)
        if stage is not mid_stream:
            stage(scene)
        scene.release()
        time.sleep(SHORTAGE)
        program.allow_descriptors(None)

    return run


def mid_stream(scene: Scene) -> None:
    scene.ask_and_hold(MIDDLE)
    scene.wait_for_answer_bytes()


def somebody_asks(scene: Scene) -> None:
    scene.ask()


def worker_dials(scene: Scene) -> None:
    for connection in scene.rig.link_relay.live():
        connection.reset()
    scene.ask()


PROGRAMS = {"gateway": lambda scene: scene.rig.gateway, "worker": lambda scene: scene.rig.workers[0]}
STAGES = {"mid-stream": mid_stream, "somebody asks": somebody_asks, "during registration": worker_dials}
for who, program in PROGRAMS.items():
    for where, stage_of in STAGES.items():
        add(f"EMFILE at the {who}", where, starve(program, stage_of), short=where == "somebody asks")
