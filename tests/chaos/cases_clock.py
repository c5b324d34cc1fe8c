# SPDX-License-Identifier: Apache-2.0
"""The clock of the worker's guest jumps by ten minutes, either way: with a job
under way, and over a rotation, after which a worker looks at the clock again."""

from __future__ import annotations

from typing import Callable

from case import add
from hub import MIDDLE
from network import wait_until
from scene import Scene

TEN_MINUTES = 600_000


def jump(scene: Scene, ms: int) -> None:
    scene.rig.shims["worker"].set(clock_ahead_ms=ms)


def mid_stream(ms: int) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        held = scene.ask_and_hold(MIDDLE)
        jump(scene, ms)
        scene.rig.hub.go(held.question.mark)
        held.wait()
        scene.ask().wait()

    return run


def over_a_rotation(ms: int, put_right: bool) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        jump(scene, ms)
        worker = scene.rig.workers[0]
        rotations = len(worker.events("keyset_rotated"))
        worker.wait_for("keyset_rotated", count=rotations + 2)
        scene.ask().wait()
        if put_right:
            jump(scene, 0)

    return run


def wrong_at_start(ms: int) -> Callable[[Scene], None]:
    """A guest that boots with a wrong clock, which is put right later. Until then nobody can use its worker."""

    def run(scene: Scene) -> None:
        scene.rig.workers[0].kill()
        jump(scene, ms)
        scene.rig.start_worker()
        worker = scene.rig.workers[0]
        wait_until(lambda: worker.events("registered") or len(worker.events("registration_refused")) >= 4, 30,
                   "the gateway has an opinion of its keys")
        scene.ask().wait()
        jump(scene, 0)

    return run


for sign, minutes in (("+", TEN_MINUTES), ("−", -TEN_MINUTES)):
    add(f"clock {sign}10 min, stays", "mid-stream", mid_stream(minutes), "shimmed", short=sign == "+")
    add(f"clock {sign}10 min, stays", "over rotations", over_a_rotation(minutes, False), "shimmed, rotating")
    add(f"clock {sign}10 min, put right", "worker starts", wrong_at_start(minutes), "shimmed")
    add(f"clock {sign}10 min, put right", "over rotations", over_a_rotation(minutes, True), "shimmed, rotating")
