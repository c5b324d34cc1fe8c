# SPDX-License-Identifier: Apache-2.0
"""kill −9, SIGSTOP and a restart of each program, at every stage of a job; and a
client that goes."""

from __future__ import annotations

import os
import signal
import time
from typing import Callable

import wire
from case import add
from hub import FIRST, MIDDLE
from network import wait_until
from relay import DOWN, UP, Gate, has_frame, in_the_last_chunk, is_control
from scene import SEALED_POST, Scene

STANDS_STILL = 1.0  # seconds between SIGSTOP and SIGCONT: the fault's length, not a wait for anything


# --- stages: each leaves a job there, and returns when it is ---


def before_dispatch(scene: Scene) -> None:
    """The gateway has the head and some of the preamble."""
    gate = Gate()

    def hold(connection, direction, data):
        found = SEALED_POST.search(data) if direction == UP and not gate.reached.is_set() else None
        if not found:
            return [data]
        connection.send(direction, data[: found.end() + 40])
        gate.wait()
        return [data[found.end() + 40 :]]

    scene.rig.clients_relay.on_bytes = hold
    scene.gates.append(gate)
    scene.ask()
    gate.await_reached()


def before_the_preamble(scene: Scene) -> None:
    """The engine has the question and has said nothing."""
    scene.ask_and_hold(FIRST)


def mid_stream(scene: Scene) -> None:
    """Half of the answer is on its way through the gateway."""
    scene.ask_and_hold(MIDDLE)
    scene.wait_for_answer_bytes()


def in_last_chunk(scene: Scene) -> None:
    """All is said; the gateway has half of the chunk that holds the receipt, and no END."""
    gate = scene.rig.link_relay.hold(UP, has_frame(wire.END), in_the_last_chunk)
    scene.ask()
    gate.await_reached()


def during_rotation(scene: Scene) -> None:
    """A new keyset is made and on its way to the gateway, with a job under the old one."""
    scene.ask_and_hold(MIDDLE)
    scene.rig.link_relay.hold(UP, is_control("register")).await_reached()


def during_registration(scene: Scene) -> None:
    """The worker dials anew, and its first word is on its way; somebody asks meanwhile."""
    gate = scene.rig.link_relay.hold(UP, is_control("register"))
    for connection in scene.rig.link_relay.live():
        connection.reset()
    gate.await_reached()
    scene.ask()


STAGES: dict[str, Callable[[Scene], None]] = {
    "before dispatch": before_dispatch,
    "before the preamble": before_the_preamble,
    "mid-stream": mid_stream,
    "in the last chunk": in_last_chunk,
    "during rotation": during_rotation,
    "during registration": during_registration,
}


# --- what is done to a program ---


def kill_gateway(scene: Scene) -> None:
    scene.rig.gateway.kill()
    scene.rig.start_gateway()


def kill_worker(scene: Scene) -> None:
    scene.rig.workers[0].kill()
    scene.rig.start_worker()


def kill_engine(scene: Scene) -> None:
    """The worker starts another."""
    signal_engine(scene, signal.SIGKILL)


def signal_engine(scene: Scene, number: int) -> None:
    (pid,) = scene.rig.hub.pids()
    os.kill(pid, number)
    wait_until(lambda: pid not in scene.rig.hub.pids(), 15, "the engine has ended")


def stop_gateway(scene: Scene) -> None:
    stand_still(scene, scene.rig.gateway.pid)


def stop_worker(scene: Scene) -> None:
    stand_still(scene, scene.rig.workers[0].pid)


def stop_engine(scene: Scene) -> None:
    stand_still(scene, scene.rig.hub.pids()[0])


def stand_still(scene: Scene, pid: int) -> None:
    """Everybody else goes on meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    scene.release()
    time.sleep(STANDS_STILL)
    os.kill(pid, signal.SIGCONT)


def restart_gateway(scene: Scene) -> None:
    scene.rig.gateway.terminate()
    scene.rig.gateway.wait_for("draining")
    scene.release()
    end_well(scene.rig.gateway)
    scene.rig.start_gateway()


def restart_worker(scene: Scene) -> None:
    worker = scene.rig.workers[0]
    worker.terminate()
    worker.wait_for("draining")
    scene.release()
    end_well(worker)
    scene.rig.start_worker()


def end_well(program) -> None:
    code = program.ended_with()
    if code != 0:
        raise AssertionError(f"{program.log.name} ended with {code} after SIGTERM")


def restart_engine(scene: Scene) -> None:
    signal_engine(scene, signal.SIGTERM)


def kill_client(scene: Scene) -> None:
    scene.clients[0].leave()
    scene.release()


FAULTS: dict[str, Callable[[Scene], None]] = {
    f"{what} {who}": globals()[f"{how}_{who}"]
    for what, how in (("kill -9", "kill"), ("SIGSTOP", "stop"), ("restart", "restart"))
    for who in ("gateway", "worker", "engine")
} | {"kill -9 client": kill_client}

# --- two workers: the other one takes over, and either runs a request once at most ---


def first_of_two(scene: Scene) -> int:
    """A job is in the hands of one of them; which one. Its client has just verified both."""
    wait_until(lambda: scene.rig.listed() == 2, 15, "both workers are listed")
    scene.ask_and_hold(FIRST, remembers=False)
    socket = scene.rig.hub.asked[-1][1]
    return int(socket.removesuffix(".sock").rsplit("-", 1)[1])


def other_takes_over(lose: Callable[[Scene, int], None]) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        lose(scene, first_of_two(scene))
        mark = scene.clients[0].question.mark
        wait_until(lambda: scene.rig.hub.times_asked(mark) == 2, 15, "the other worker is asked")
        scene.release()
        if scene.clients[0].wait().code != 0:
            raise AssertionError(f"nobody took over: {scene.clients[0].outcome.said}")

    return run


def killed_first(scene: Scene, number: int) -> None:
    scene.rig.workers[number - 1].kill()
    scene.rig.start_worker(number)


def unlinked_first(scene: Scene, number: int) -> None:
    """Both links are cut; a job's link is the one that has an open stream."""
    for connection in scene.rig.link_relay.live():
        if connection.open_streams():
            connection.reset()


def refused_late(scene: Scene, number: int) -> None:
    """It says that it is busy, in forgery, with the request at its engine."""
    open_now = [(link, stream) for link in scene.rig.link_relay.live() for stream in link.open_streams()]
    for link, stream in open_now:
        link.send_message(UP, wire.Message(wire.BINARY, wire.Frame(stream, wire.REFUSE, b"worker_busy").wire()))


for what, how in (("kill -9 worker", killed_first), ("link of a worker cut", unlinked_first),
                  ("REFUSE forged after all", refused_late)):
    add(what, "one of two", other_takes_over(how), "two workers", short=how is killed_first)


SHORT = {("kill -9 gateway", "in the last chunk"), ("kill -9 worker", "mid-stream"), ("kill -9 engine", "mid-stream"),
         ("SIGSTOP worker", "before the preamble"), ("restart gateway", "mid-stream")}


def play(stage: Callable[[Scene], None], fault: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        stage(scene)
        fault(scene)
        scene.fault_over()

    return run


for fault_name, fault in FAULTS.items():
    for stage_name, stage in STAGES.items():
        add(fault_name, stage_name, play(stage, fault), network="rotating" if stage is during_rotation else "plain",
            short=(fault_name, stage_name) in SHORT)
