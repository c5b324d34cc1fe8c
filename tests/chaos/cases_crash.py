# SPDX-License-Identifier: Apache-2.0
"""Is what was acknowledged there after a crash? A gateway under load is killed at
many seeded points: in the middle of what it does to its database, and as frames
pass; and its machine loses power at every point of a whole run."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
import time
from pathlib import Path

import power_loss
import records
import shim
import wire
from case import add
from invariants import SERVES_WITHIN, Broken, eventually
from load import Load
from network import wait_until
from records import Record
from relay import DOWN, UP
from scene import Scene

THREADS = 8
KILLS_IN_WRITES = 60
KILLS_AT_FRAMES = 40
FEW = 6  # in the short subset
JOBS_BEFORE_POWER_LOSS, FEW_JOBS = 150, 30
MOST_UNSETTLED = 1000  # docs/operating.md


# --- the gateway is killed ---


def kill_in_writes(count: int):
    """It dies at an operation on its database: before it, or with half of a write done."""

    def kill(scene: Scene, load: Load) -> None:
        control = scene.rig.shims["gateway"]
        control.set(torn=scene.random.randrange(2), die_at=control.get("operations") + scene.random.randrange(1, 40))
        scene.rig.gateway.ended_with(60)
        control.behave()

    return lambda scene: crash(scene, count, kill)


def kill_at_frames(count: int):
    """It is killed when a frame is about to leave it, or has just been sent to it."""

    def kill(scene: Scene, load: Load) -> None:
        direction, kind = scene.random.choice([(DOWN, wire.OPEN), (DOWN, wire.DATA), (DOWN, wire.ACK), (UP, wire.DATA),
                                               (UP, wire.END)])
        left = [scene.random.randrange(1, 30)]

        def edit(connection, came, message):
            if came == direction:
                left[0] -= sum(frame.type == kind and frame.stream != 0 for frame in message.frames())
                if left[0] <= 0 and scene.rig.gateway.running():
                    scene.rig.gateway.process.kill()
            return [message]

        scene.rig.link_relay.edit = edit
        scene.rig.gateway.ended_with(60)
        scene.rig.link_relay.behave()

    return lambda scene: crash(scene, count, kill)


def crash(scene: Scene, count: int, kill) -> None:
    earlier = late_records(scene)
    load, slowest = Load(scene.rig, str(count), THREADS), 0.0
    try:
        for _ in range(count):
            load.flow()
            kill(scene, load)
            load.pause()
            check_files(scene)
            slowest = max(slowest, start_again(scene))
            check_records(scene, load)
    finally:
        load.stop()
    check_answers(load)
    scene.others += [answer.question for answer in load.answers]
    if slowest > SERVES_WITHIN:
        raise Broken(f"served again after {slowest:.1f} s")
    scene.notes.append(f"{count} kills, {len(load.answers)} answers, {len(scene.acknowledged())} acknowledged, "
                       f"{late_records(scene) - earlier} records from late receipts, again after {slowest:.1f} s at most")


def late_records(scene: Scene) -> int:
    return sum(record.code == "record_lost" for record in records.read_all(scene.rig.database))


def check_files(scene: Scene) -> None:
    """As the crash left them: on a copy, so that the gateway has to recover by itself."""
    with tempfile.TemporaryDirectory(dir=scene.rig.folder) as folder:
        copy = shutil.copytree(scene.rig.gateway_state, Path(folder) / "state")
        if (sound := records.is_sound(copy / "gateway.sqlite")) != "ok":
            raise Broken(f"the database after a crash: {sound}")
        check_acknowledged(scene, records.read_all(copy / "gateway.sqlite"))


def check_acknowledged(scene: Scene, found: list[Record]) -> None:
    if lost := scene.acknowledged() - {record.job for record in found if record.receipt}:
        raise Broken(f"acknowledged, and lost: {sorted(lost)}")


def start_again(scene: Scene) -> float:
    begin = time.monotonic()
    scene.rig.start_gateway()
    scene.rig.wait_ready(20)
    return time.monotonic() - begin


def check_records(scene: Scene, load: Load) -> None:
    """Once the worker has sent again what nobody acknowledged."""
    held = {answer.job for answer in load.answers}

    def all_there() -> bool:
        return held <= {record.job for record in records.read_all(scene.rig.database) if record.receipt}

    eventually(all_there, "each answer that somebody holds is in a record, with its receipt")
    found = records.read_all(scene.rig.database)
    requests = [records.claims_of(record.receipt)["req"] for record in found if record.receipt]
    if len(requests) != len(set(requests)):
        raise Broken("two records have a receipt of the same request")


def check_answers(load: Load) -> None:
    for answer in load.answers:
        if answer.text != answer.question.answer:
            raise Broken(f"taken for whole: {answer.text!r} instead of {answer.question.answer!r}")


# --- its machine loses power ---


def lose_power(jobs: int):
    return lambda scene: power_fails(scene, jobs)


def power_fails(scene: Scene, jobs: int) -> None:
    """On a slow disk, so that an ACK that does not wait for it is well ahead."""
    scene.rig.shims["gateway"].set(disk_fault=shim.SLOW_SYNC)
    load = Load(scene.rig, "power", THREADS)
    try:
        load.flow()
        wait_until(lambda: len(load.answers) >= jobs, 120, "jobs enough")
        load.pause()
        wait_until(lambda: scene.rig.metric("aipg_gateway_jobs_unsettled") == 0, 30, "all records are written")
    finally:
        load.stop()
    check_answers(load)
    scene.others += [answer.question for answer in load.answers]
    acknowledged = scene.acknowledged_when()
    operations = shim.read_log(scene.rig.operations_log)
    tried = power_loss.try_all(scene.rig.base_database, operations, acknowledged, random.Random("power"), scene.rig.folder)
    scene.notes.append(f"{tried} images after {len(operations)} operations, {len(acknowledged)} acknowledged")


# --- its disk stands still under load ---


def too_many_records(scene: Scene) -> None:
    """Answers go on until so many records wait that the gateway takes no more; then all are written."""
    scene.rig.shims["gateway"].set(disk_fault=shim.STANDS_STILL)
    load = Load(scene.rig, "bound", THREADS)
    try:
        load.flow()
        wait_until(lambda: scene.rig.metric("aipg_gateway_jobs_unsettled") >= MOST_UNSETTLED, 300, "so many records wait")
        begun, refused = scene.rig.metric("aipg_gateway_jobs_unsettled"), len(load.errors)
        wait_until(lambda: len(load.errors) >= refused + 2 * THREADS, 15, "everybody is refused")
        load.pause()
        waiting = scene.rig.metric("aipg_gateway_jobs_unsettled")
        status, body = scene.rig.get("/readyz")
        if status != 503 or not re.search(rb"^records_not_written: ", body, re.MULTILINE):
            raise Broken(f"/readyz says {status} {body!r}")
    finally:
        scene.rig.shims["gateway"].behave()
        load.stop()
    check_answers(load)
    scene.others += [answer.question for answer in load.answers]
    if waiting > begun + scene.rig.places:
        raise Broken(f"{waiting:.0f} records waited")
    if set(load.errors) - {"worker_busy"}:
        raise Broken(f"refused with {set(load.errors)}")
    check_records(scene, load)
    scene.notes.append(f"{waiting:.0f} records waited, then worker_busy")


add("kill -9 gateway, under load", f"{KILLS_IN_WRITES} database operations", kill_in_writes(KILLS_IN_WRITES), "busy")
add("kill -9 gateway, under load", f"{KILLS_AT_FRAMES} frames", kill_at_frames(KILLS_AT_FRAMES), "busy")
add("kill -9 gateway, under load", f"{FEW} database operations", kill_in_writes(FEW), "busy", short=True)
add("power loss, under load", f"{JOBS_BEFORE_POWER_LOSS} jobs", lose_power(JOBS_BEFORE_POWER_LOSS), "logged")
add("power loss, under load", f"{FEW_JOBS} jobs", lose_power(FEW_JOBS), "logged", short=True)
add("disk stands still, under load", "too many records", too_many_records, "busy")
