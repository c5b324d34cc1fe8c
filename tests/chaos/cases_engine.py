# SPDX-License-Identifier: Apache-2.0
"""An engine that hangs, lies in its lengths, talks garbage or dies, under a
client that reads a stream and one that wants the whole answer."""

from __future__ import annotations

from typing import Callable

import engine_faults
from case import add
from network import wait_until
from scene import Scene

MODES = {"stream": (), "whole": ("--no-stream",)}


def faulty(fault: str, flags: tuple[str, ...]) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        scene.ask(*flags, script=f"fault={fault}").wait()

    return run


def hanging(fault: str, flags: tuple[str, ...]) -> Callable[[Scene], None]:
    """Nobody waits for ever: the client goes, and takes the engine's place with it."""

    def run(scene: Scene) -> None:
        client = scene.ask(*flags, script=f"fault={fault}")
        wait_until(lambda: scene.rig.hub.times_asked(client.question.mark) == 1, 15, "the engine is asked")
        client.leave()

    return run


SHORT = {("length_too_long", "stream"), ("ends_early", "stream"), ("not_json", "whole"), ("hangs_midway", "stream")}
for mode, mode_flags in MODES.items():
    for kind, names in (("lies", engine_faults.LIES), ("garbage", engine_faults.GARBAGE), ("ends", engine_faults.ENDS),
                        ("usage", tuple(engine_faults.USAGES))):
        for name in names:
            add(f"engine {kind}: {name}", mode, faulty(name, mode_flags), short=(name, mode) in SHORT)
    for name in engine_faults.HANGS:
        add(f"engine hangs: {name}", mode, hanging(name, mode_flags), short=(name, mode) in SHORT)
