# SPDX-License-Identifier: Apache-2.0
"""What has to hold after every case, whatever was done. Each is a function of
the scene that raises Broken, with what it found."""

from __future__ import annotations

import base64
import pathlib
import time

import records
import wire
from hub import FIRST
from network import wait_until
from relay import DOWN, UP

SERVES_WITHIN = 5.0  # seconds after the fault's end
SETTLES_WITHIN = 10.0


class Broken(AssertionError):
    pass


def eventually(condition, what: str) -> None:
    try:
        wait_until(condition, SETTLES_WITHIN, what)
    except AssertionError as error:
        raise Broken(str(error)) from None


# --- 1 ---


def forms_of(word: str) -> list[bytes]:
    """As a word may lie in a file: plain, in UTF-16, hex, JSON's escapes, and base64 from any of three places."""
    plain = word.encode()
    forms = [plain, word.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode(),
             "".join(f"\\u{ord(letter):04x}" for letter in word).encode()]
    for skipped in range(3):
        # Without the letters in which it shares a group with its neighbours.
        encoded = base64.b64encode(b"\0" * skipped + plain)[(0, 2, 3)[skipped] :]
        forms.append(encoded.rstrip(b"=")[:-1])
    return forms


def no_plaintext(scene) -> None:
    """Nothing of a question or an answer is in any file, log, metric, or byte on the wire."""
    places = {str(path.relative_to(scene.rig.folder)): content(path) for path in files_of(scene.rig)}
    places |= {f"bytes on {name}": data for name, data in bytes_on_the_wire(scene.rig)}
    places["metrics"] = scene.rig.get("/metrics")[1]
    for word in scene.secrets():
        for form in forms_of(word):
            for name, data in places.items():
                if form in data:
                    raise Broken(f"{word} is in {name} as {form[:40]!r}")


def files_of(rig) -> list[pathlib.Path]:
    """All that any part wrote; not the program that is the engine, and its model."""
    folders = {rig.folder, rig.gateway_state}
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def content(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""  # a client's, which writes elsewhere and renames


def bytes_on_the_wire(rig):
    for connection in [*rig.clients_relay.connections, *rig.link_relay.connections]:
        for direction, recorded in connection.recorded.items():
            yield f"connection {connection.number} {direction}", bytes(recorded)
    for connection in rig.link_relay.connections:
        for direction in (UP, DOWN):
            # Unmasked, and each stream's bytes in one piece.
            yield f"link {direction}", b"".join(message.payload for message in connection.passed[direction])
            yield f"link's data {direction}", b"".join(f.payload for f in connection.frames(direction) if f.type == wire.DATA)


# --- 2 ---


def only_whole_answers(scene) -> None:
    """A client has exactly the right answer, with its proof, or an error with a code."""
    for client in scene.clients:
        outcome, answer = client.wait(), client.question.answer
        if outcome.code == 0:
            if outcome.shown != answer + "\n":
                raise Broken(f"taken for whole: {outcome.shown!r} instead of {answer!r}")
            if outcome.receipt() is None:
                raise Broken("an answer without its proof")
        elif outcome.left:
            continue
        elif outcome.code not in (1, 3):
            raise Broken(f"exit code {outcome.code}: {outcome.said}")
        elif not outcome.error:
            raise Broken(f"an error without a code: {outcome.said}")
        elif not answer.startswith(outcome.shown.rstrip("\n")):
            raise Broken(f"shown, though it was no part of the answer: {outcome.shown!r}")


# --- 3 ---


def run_once_at_most(scene) -> None:
    """A sealed request runs once at most at one worker.

    A client that is told to may seal again, which is another request."""
    for client in scene.clients:
        mark = client.question.mark
        sealed = scene.requests_sent(client)
        for engine in {engine for _, engine in scene.rig.hub.asked}:
            runs = scene.rig.hub.asked.count((mark, engine))
            if runs > sealed:
                raise Broken(f"{engine} ran a question {runs} times, which was sealed {sealed} times")


# --- 4 ---


def nothing_leaked(scene) -> None:
    """No job, stream, descriptor or place is left over; all places can be used at once."""
    rig = scene.rig
    eventually(lambda: rig.metric("aipg_gateway_jobs_running") == 0, "no job runs at the gateway")
    eventually(lambda: rig.metric("aipg_gateway_jobs_unsettled") == 0, "no record waits")
    eventually(lambda: not any(c.open_streams() for c in rig.link_relay.live()), "every stream of the links is over")
    for name, program in rig.programs():
        if most := rig.idle.get(name.split()[0]):
            eventually(lambda p=program, m=most: len(p.descriptors()) <= m, f"{name} has {most} descriptors, as when idle")
    every_place_is_free(scene)


def every_place_is_free(scene) -> None:
    questions = [scene.question(script=f"hold={FIRST}", tokens=1) for _ in range(scene.rig.places * len(scene.rig.workers))]
    # Who remembers may know one worker only, and would not seal to another that came back.
    eventually(lambda: scene.rig.listed() == len(scene.rig.workers), "every worker is listed again")
    asked = [scene.rig.ask(question, remembers=len(scene.rig.workers) == 1) for question in questions]
    try:
        for question in questions:
            scene.rig.hub.wait_at(question.mark, FIRST, SETTLES_WITHIN)
    except AssertionError:
        asked = [scene.rig.hub.times_asked(question.mark) for question in questions]
        raise Broken(f"not all of the workers' places can be used: engines were asked {asked} times, and hold "
                     f"{scene.rig.hub.held}") from None
    finally:
        for question in questions:
            scene.rig.hub.go(question.mark)
    scene.clients += asked
    if any(client.wait().code != 0 for client in asked):
        raise Broken("with all places taken, somebody was not answered: " + ", ".join(str(c.wait()) for c in asked))


# --- 5 ---


def serves_again(scene) -> None:
    """Somebody who asks is answered within 5 s of the fault's end."""
    while True:
        client = scene.ask(tokens=2)
        outcome = client.wait()
        took = time.monotonic() - scene.fault_ended
        if outcome.code == 0:
            break
        if took > 4 * SERVES_WITHIN:
            raise Broken(f"does not serve again: {outcome.said.strip()}")
    scene.served_again = took
    if took > SERVES_WITHIN:
        raise Broken(f"served again after {took:.1f} s")


# --- 6 ---


def receipts_and_records_agree(scene) -> None:
    """Records and receipts say the same; what a worker was acknowledged, or a client holds, is recorded."""
    rig = scene.rig
    rig.note_keysets()
    keys = records.receipt_keys(rig.keysets)
    sound = records.is_sound(rig.database)
    if sound != "ok":
        raise Broken(f"the database: {sound}")
    held = {records.job_of(jws): jws for client in scene.clients if (jws := client.wait().receipt())}
    if not scene.forges:
        eventually(lambda: held.keys() <= {r.job for r in records.read_all(rig.database) if r.receipt},
                   "every answer that somebody holds is in a record, with its receipt")
    acknowledged = scene.acknowledged()  # before the records are read: an ACK comes after its own
    found = {record.job: record for record in records.read_all(rig.database)}
    for record in found.values():
        trouble = records.trouble_with(record, keys)
        forged = record.code == "receipt_invalid" and (scene.forges or record.job in rig.forged)
        if trouble and not forged:
            raise Broken(f"the record of job {record.job[:16]} ({record.outcome} {record.code}): {trouble}")
    for job, jws in held.items():
        if not scene.forges and found[job].receipt != jws:
            raise Broken(f"the record of job {job[:16]} has another receipt than its client")
    for job in acknowledged - rig.forged:
        if job not in found or not (found[job].receipt or scene.forges):
            raise Broken(f"job {job[:16]} was acknowledged and is not recorded")


# In this order: the clock runs for the first, the second asks too, the last looks for all that was asked.
INVARIANTS = {
    "serves": serves_again,
    "leaks": nothing_leaked,
    "whole": only_whole_answers,
    "once": run_once_at_most,
    "records": receipts_and_records_agree,
    "plaintext": no_plaintext,
}
