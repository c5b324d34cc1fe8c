# SPDX-License-Identifier: Apache-2.0
"""The gateway's disk is full, may not be written, fails, is slow or stands still.
Answers reach their clients all the same; what is acknowledged is on the disk."""

from __future__ import annotations

from typing import Callable

import shim
from case import add
from hub import MIDDLE
from network import wait_until
from records import job_of
from scene import Scene

Step = Callable[[Scene], None]

# --- how the disk breaks, and is repaired ---


def fill(scene: Scene) -> None:
    scene.rig.disk.fill(scene.rig.gateway.pid)
    scene.notes.append(scene.rig.disk.how)


def free(scene: Scene) -> None:
    scene.rig.disk.free(scene.rig.gateway.pid)


def breaks(fault: int) -> Step:
    return lambda scene: scene.rig.shims["gateway"].set(disk_fault=fault)


repaired = breaks(shim.NONE)


# --- what happens meanwhile ---


def a_job_ends(scene: Scene) -> None:
    """Its client has the whole answer; nobody may say that it is recorded."""
    scene.rig.hub.go(scene.clients[0].question.mark)
    client = scene.clients[0]
    if client.wait().code != 0:
        raise AssertionError(f"not answered: {client.outcome.said}")
    wait_until(lambda: scene.rig.metric("aipg_gateway_jobs_unsettled") >= 1, 15, "its record waits for the disk")
    others = scene.ask().wait()
    if others.code != 0:
        raise AssertionError(f"others are not served meanwhile: {others.said}")
    if early := scene.acknowledged() & {job_of(c.outcome.receipt()) for c in scene.clients}:
        raise AssertionError(f"acknowledged before it could be written: {early}")


def nothing_more(scene: Scene) -> None:
    pass


def killed(scene: Scene) -> None:
    scene.rig.gateway.kill()


def stopped(scene: Scene) -> None:
    scene.rig.gateway.terminate()
    if (code := scene.rig.gateway.ended_with()) != 0:
        raise AssertionError(f"the gateway ended with {code} after SIGTERM")


def link_lost(scene: Scene) -> None:
    """The worker sends its receipts again, to a gateway that cannot write them, and has all its time for others."""
    for connection in scene.rig.link_relay.live():
        connection.reset()
    count = len(scene.rig.workers[0].events("registered"))
    scene.rig.workers[0].wait_for("registered", count=count + 1)
    scene.rig.wait_ready(5)


def play(broken: Step, meanwhile: Step, mended: Step) -> Step:
    def run(scene: Scene) -> None:
        scene.ask_and_hold(MIDDLE)
        broken(scene)
        a_job_ends(scene)
        meanwhile(scene)
        mended(scene)
        if not scene.rig.gateway.running():
            scene.rig.start_gateway()

    return run


def slow(scene: Scene) -> None:
    scene.rig.shims["gateway"].set(disk_fault=shim.SLOW_SYNC)
    scene.ask().wait()


def starts_on(broken: Step, mended: Step) -> Step:
    """A gateway that starts on such a disk works, or says why not; once the disk is well, so is the gateway."""

    def run(scene: Scene) -> None:
        scene.rig.gateway.kill()
        broken(scene)
        scene.rig.start_gateway()
        wait_until(lambda: scene.rig.gateway.events("listening") or not scene.rig.gateway.running(), 15, "it decides")
        if not scene.rig.gateway.running():
            (said,) = scene.rig.gateway.events("state_not_usable")
            scene.notes.append(f"exit {scene.rig.gateway.ended_with()}, {said['reason']}")
        mended(scene)
        if not scene.rig.gateway.running():
            scene.rig.start_gateway()

    return run


def make_read_only(scene: Scene) -> None:
    if scene.rig.disk.make_read_only(True):
        scene.notes.append("tmpfs, remounted")
    else:
        scene.notes.append("no tmpfs may be mounted here: NOT PLAYED")


def make_writable(scene: Scene) -> None:
    scene.rig.disk.make_read_only(False)


MEANWHILE = {"mid-stream": nothing_more, "kill -9 gateway": killed, "restart gateway": stopped, "link lost": link_lost}
for while_it_lasts, happens in MEANWHILE.items():
    add("disk full", while_it_lasts, play(fill, happens, free), "small disk", short=happens in (nothing_more, killed))
    for name, fault in (("disk read-only", shim.READ_ONLY), ("disk's fsync fails", shim.SYNC_FAILS),
                        ("disk stands still", shim.STANDS_STILL)):
        if fault != shim.STANDS_STILL or happens is not stopped:  # it would wait for the disk, as it should
            add(name, while_it_lasts, play(breaks(fault), happens, repaired), "shimmed",
                short=fault == shim.STANDS_STILL and happens is link_lost)
add("disk full", "gateway starts", starts_on(fill, free), "small disk")
add("disk read-only", "gateway starts", starts_on(make_read_only, make_writable), "small disk")
add("disk slow, 20 ms a sync", "mid-stream", slow, "shimmed")
