# SPDX-License-Identifier: Apache-2.0
"""A proxy between gateway and worker that flips, drops, repeats, reorders, cuts,
swaps and replays what passes, either way. All of it is noticed, or changed
nothing that the client or the records could get wrong."""

from __future__ import annotations

import subprocess
from typing import Callable

import records
import tampering
import wire
from case import add
from network import wait_until
from relay import DOWN, UP
from scene import Scene
from tampering import Edit, EditControl, Later, flip

HELD_UP = 8.0  # seconds: who waits longer than this does so for ever; a quote may take two of them
MANY_FRAMES = {"padding": 200_000}  # of a request
MANY_CHUNKS = {"tokens": 8, "script": "delay=0.06"}  # of an answer
# What stands in the logs when an end refuses something.
REFUSALS = {"worker ends the link": ("worker", "link_ended"), "gateway ends the link": ("gateway", "worker_link_ended"),
            "worker refuses the job": ("worker", "job_refused"), "gateway refuses the worker": ("gateway", "worker_refused"),
            "worker says that it was refused": ("worker", "registration_refused")}

# What nobody need notice, since it says nothing that was not so. Of anything else somebody has to.
HARMLESS = {
    "request: END dropped, ": "the seal says itself where the request ends",
    "request: ACK dropped, ": "the worker sends its receipt again on the next link",
    "forged: retire, by nobody": "nobody has such a keyset",
    "noise in the answer, byte 0": "what it hits is a credit that so short a request does not need",
    "noise in the answer, byte 2": "what it hits is a credit that so short a request does not need",
}


def tampered(edit: Callable[[], object], clients: int = 1, forges: bool = False, **question) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        scene.forges = forges
        before = noticed(scene)
        change = edit()
        scene.rig.link_relay.edit = change
        for _ in range(clients):
            scene.ask(**question)
        end_of(scene)
        wait_until(lambda: change.done, HELD_UP, "something is changed")  # an ACK comes when the client has gone
        tell(scene, before)

    return run


def end_of(scene: Scene) -> None:
    """Of all who asked. Whoever is held up for ever is so until somebody cuts the connection."""
    for client in scene.clients:
        try:
            client.wait(HELD_UP)
        except subprocess.TimeoutExpired:
            scene.notes.append("held up")
            cut_links(scene)


def cut_links(scene: Scene) -> None:
    for connection in scene.rig.link_relay.live():
        connection.reset()


def noticed(scene: Scene) -> dict[str, int]:
    """How often each has happened so far."""
    parts = {"worker": scene.rig.workers[0], "gateway": scene.rig.gateway}
    return {what: len(parts[part].events(event)) for what, (part, event) in REFUSALS.items()}


def tell(scene: Scene, before: dict[str, int]) -> None:
    """Who noticed; it must be somebody, unless all was right in the end."""
    wait_until(lambda: scene.rig.metric("aipg_gateway_jobs_unsettled") == 0, HELD_UP, "all records are written")
    who = {str(client.wait()) for client in scene.clients} - {"whole"}
    who |= {what for what, count in noticed(scene).items() if count > before[what]}
    if question_count(scene, b"POST /v1/confidential/challenge ") > 1:
        who.add("the client asks for evidence again")
    jobs = {record.job for record in records.read_all(scene.rig.database) if record.code == "receipt_invalid"}
    if jobs - scene.rig.forged:
        who.add("the record says receipt_invalid")
    scene.rig.forged |= jobs
    if not who and scene.name not in HARMLESS:
        raise AssertionError("nobody noticed")
    scene.notes.append("noticed: " + ", ".join(sorted(who)) if who else "harmless: " + HARMLESS[scene.name])


def question_count(scene: Scene, line: bytes) -> int:
    return sum(bytes(connection.recorded[UP]).count(line) for connection in scene.rig.clients_relay.connections)


def replayed(scene: Scene) -> None:
    """A whole request a second time: it runs once."""
    tampered(tampering.ReplayRequest)(scene)


def replayed_on_next_link(scene: Scene) -> None:
    before, change = noticed(scene), tampering.ReplayOnNextLink()
    scene.rig.link_relay.edit = change
    scene.ask().wait()
    before["worker ends the link"] += 1  # these two are ours
    before["gateway ends the link"] += 1
    cut_links(scene)
    wait_until(lambda: change.done and noticed(scene)["worker refuses the job"] > before["worker refuses the job"], 15,
               "the worker refuses it")
    tell(scene, before)


def never_acknowledged(scene: Scene) -> None:
    """The worker waits for its ACK until the link ends, and sends the receipt on the next one."""
    tampered(lambda: Edit(DOWN, wire.ACK, tampering.drop))(scene)
    cut_links(scene)


def registering(edit: Callable[[], object]) -> Callable[[Scene], None]:
    """On a new link, from its first message on; somebody asks when the worker is there, or before."""

    def run(scene: Scene) -> None:
        before = noticed(scene)
        change = edit()
        scene.rig.link_relay.edit = change
        cut_links(scene)
        before["worker ends the link"] += 1  # these two are ours
        before["gateway ends the link"] += 1
        wait_until(lambda: change.done, 15, "the message that is to be changed")
        scene.ask()
        end_of(scene)
        tell(scene, before)

    return run


def never_admitted(scene: Scene) -> None:
    """The gateway waits for the rest of the evidence, as long as a machine may take to make some, or until a cut."""
    registering(lambda: Edit(UP, wire.DATA, tampering.drop, evidence=True))(scene)
    cut_links(scene)


def noise(direction: str, at: int) -> Callable[[Scene], None]:
    """A bit of the TCP stream itself: in a frame's header, in a mask, wherever it falls."""

    def run(scene: Scene) -> None:
        before, passed = noticed(scene), [0, False]

        def mangle(came: str, data: bytes) -> bytes:
            begin, passed[0] = passed[0], passed[0] + (len(data) if came == direction else 0)
            if came != direction or passed[1] or not begin <= at < passed[0]:
                return data
            passed[1] = True
            return data[: at - begin] + bytes([data[at - begin] ^ (1 << scene.random.randrange(8))]) + data[at - begin + 1 :]

        scene.rig.link_relay.mangle = mangle
        scene.forges = True  # the receipt may be what it hits
        scene.ask()
        end_of(scene)
        if not passed[1]:
            raise AssertionError("nothing was changed")
        tell(scene, before)

    return run


REGIONS = {"magic": 0, "version": 8, "suite": 10, "request id": 12, "expiry": 30, "commitment": 40, "routing": 80,
           "recipient": 300, "content": -40, "last byte": -1}
ANSWER_REGIONS = {"magic": 0, "version": 8, "kid": 20, "nonce": 60, "length": 75, "content": 120, "last byte": -1}


def add_both_ways(way: str, direction: str, many: dict) -> None:
    """What can be done to DATA either way."""
    data = wire.DATA
    add(f"{way}: DATA dropped", "second", tampered(lambda: Edit(direction, data, tampering.drop, 1), **many), "tampered")
    add(f"{way}: DATA repeated", "at once", tampered(lambda: Edit(direction, data, tampering.twice, 1), **many), "tampered",
        short=direction == UP)
    add(f"{way}: DATA repeated", "later",
        tampered(lambda: Later(direction, data, lambda one, other: [other, one], withhold=False), **many), "tampered")
    add(f"{way}: DATA reordered", "two",
        tampered(lambda: Later(direction, data, lambda one, other: [other, one], 1), **many), "tampered",
        short=direction == DOWN)
    for name, size in (("by a byte", lambda n: n - 1), ("by half", lambda n: n // 2)):
        add(f"{way}: DATA cut", name, tampered(lambda s=size: Edit(direction, data, tampering.cut(s), 1), **many), "tampered")
    add(f"{way}: DATA swapped", "between two jobs",
        tampered(lambda: Later(direction, data, tampering.payloads_swapped, other_stream=True), clients=2), "tampered",
        short=True)
    add(f"{way}: DATA of another job", "besides its own",
        tampered(lambda: Later(direction, data, tampering.payload_of_the_first, withhold=False, other_stream=True),
                 clients=2), "tampered")
    add(f"{way}: DATA elsewhere", "unknown stream", tampered(lambda: Edit(direction, data, tampering.elsewhere)), "tampered")
    add(f"{way}: RESET forged", "before DATA", tampered(lambda: Edit(direction, data, tampering.before(wire.RESET))),
        "tampered")
    for name, credit in (("zero", 0), ("too much", 0xFFFFFFFF)):
        add(f"{way}: CREDIT forged", name, tampered(
            lambda c=credit: Edit(direction, data, tampering.before(wire.CREDIT, c.to_bytes(4, "big")))), "tampered")


add_both_ways("request", DOWN, MANY_FRAMES)
add_both_ways("answer", UP, MANY_CHUNKS)
for region, offset in REGIONS.items():
    add("request: DATA flipped", region, tampered(lambda at=offset: Edit(DOWN, wire.DATA, flip(at))), "tampered",
        short=region == "content")
for region, offset in ANSWER_REGIONS.items():
    add("answer: DATA flipped", region, tampered(lambda at=offset: Edit(UP, wire.DATA, flip(at))), "tampered",
        short=region == "content")

add("request: OPEN flipped", "job id", tampered(lambda: Edit(DOWN, wire.OPEN, flip(5)), forges=True), "tampered", short=True)
add("request: OPEN flipped", "kind", tampered(lambda: Edit(DOWN, wire.OPEN, flip(0))), "tampered")
add("request: OPEN dropped", "", tampered(lambda: Edit(DOWN, wire.OPEN, tampering.drop)), "tampered")
add("request: OPEN repeated", "", tampered(lambda: Edit(DOWN, wire.OPEN, tampering.twice)), "tampered")
add("request: END dropped", "", tampered(lambda: Edit(DOWN, wire.END, tampering.drop)), "tampered")
add("request: END repeated", "", tampered(lambda: Edit(DOWN, wire.END, tampering.twice)), "tampered")
add("request: END early", "before DATA", tampered(lambda: Edit(DOWN, wire.DATA, tampering.before(wire.END))), "tampered")
add("request: ACK early", "before the answer", tampered(lambda: Edit(DOWN, wire.DATA, tampering.before(wire.ACK))), "tampered")
add("request: ACK dropped", "", never_acknowledged, "tampered")
add("request: ACK repeated", "", tampered(lambda: Edit(DOWN, wire.ACK, tampering.twice)), "tampered")
add("request: replayed whole", "new stream", replayed, "tampered", short=True)
add("request: replayed whole", "next link", replayed_on_next_link, "tampered")
add("request: swapped whole", "between two jobs",
    tampered(lambda: Later(DOWN, wire.OPEN, tampering.payloads_swapped, other_stream=True), clients=2, forges=True), "tampered")

add("answer: END flipped", "receipt", tampered(lambda: Edit(UP, wire.END, flip(200)), forges=True), "tampered", short=True)
add("answer: END cut", "receipt", tampered(lambda: Edit(UP, wire.END, tampering.cut(lambda n: n - 1)), forges=True), "tampered")
add("answer: END dropped", "", tampered(lambda: Edit(UP, wire.END, tampering.drop)), "tampered")
add("answer: END repeated", "", tampered(lambda: Edit(UP, wire.END, tampering.twice)), "tampered")
add("answer: END early", "before DATA", tampered(lambda: Edit(UP, wire.DATA, tampering.before(wire.END, b"a.b.c")), forges=True),
    "tampered")
add("answer: END swapped", "between two jobs",
    tampered(lambda: Later(UP, wire.END, tampering.payloads_swapped, other_stream=True), clients=2, forges=True), "tampered")
add("answer: DATA after END", "", tampered(lambda: Edit(UP, wire.END, tampering.after(wire.DATA, b"more"))), "tampered")
for refusal in ("worker_busy", "invalid_api_key", "nonsense"):
    add("answer: REFUSE forged", refusal,
        tampered(lambda code=refusal: Edit(UP, wire.DATA, tampering.before(wire.REFUSE, code.encode()))), "tampered")

for changed in ("keyset", "jws"):
    add("registration: flipped", changed, registering(lambda m=changed: EditControl(UP, "register", tampering.flipped(m))),
        "tampered", short=changed == "jws")
add("registration: flipped", "hello's nonce", registering(lambda: EditControl(DOWN, "hello", tampering.flipped("nonce"))),
    "tampered")
add("registration: flipped", "challenge", registering(lambda: EditControl(DOWN, "challenge", tampering.flipped("value"))),
    "tampered")
add("registration: repeated", "register", registering(lambda: EditControl(UP, "register", lambda said: [said, said])),
    "tampered")
add("registration: repeated", "evidence", registering(lambda: EditControl(UP, "evidence", lambda said: [said, said])),
    "tampered")
for place, offset in (("beginning", 40), ("middle", 30_000), ("end", -40)):
    add("evidence: flipped", f"of a verifier, {place}", tampered(
        lambda at=offset: Edit(UP, wire.DATA, flip(at), evidence=True), remembers=False), "tampered", short=place == "middle")
add("evidence: dropped", "of a verifier", tampered(
    lambda: Edit(UP, wire.DATA, tampering.drop, evidence=True), remembers=False), "tampered")
add("evidence: flipped", "of a registration", registering(lambda: Edit(UP, wire.DATA, flip(40), evidence=True)), "tampered")
add("evidence: dropped", "of a registration", never_admitted, "tampered")
add("forged: refused", "by nobody", registering(
    lambda: EditControl(DOWN, "registered", lambda said: [said, {"type": "refused", "code": "registration_invalid"}])),
    "tampered")
add("forged: retire", "by nobody", registering(lambda: EditControl(
    UP, "register", lambda said: [said, {"type": "retire", "keyset": "00" * 32}])), "tampered")

for number, spot in enumerate((0, 1, 2, 5, 9, 12, 40, 90, 400, 2000)):
    for way, going in (("request", DOWN), ("answer", UP)):
        add(f"noise in the {way}", f"byte {spot}", noise(going, spot), "tampered", short=number == 4)
