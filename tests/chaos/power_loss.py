# SPDX-License-Identifier: Apache-2.0
"""What a disk may hold after its machine lost power, and whether the database is
still good for what was acknowledged. A write that was followed by a sync of its
file is there; one that was not is there, or not, or in part, sector by sector."""

from __future__ import annotations

import pathlib
import random
import tempfile

import records
from invariants import Broken
from shim import DATABASE, SYNC, TRUNCATE, WRITE_AHEAD_LOG, Operation

SECTOR = 512
NAMES = {DATABASE: "gateway.sqlite", WRITE_AHEAD_LOG: "gateway.sqlite-wal"}


class Disk:
    """The two files: what is certain to be there, and what was written since."""

    def __init__(self, database: bytes):
        self.certain = {DATABASE: bytearray(database), WRITE_AHEAD_LOG: bytearray()}
        self.pending: dict[int, list[Operation]] = {DATABASE: [], WRITE_AHEAD_LOG: []}

    def do(self, operation: Operation) -> None:
        if operation.kind != SYNC:
            self.pending[operation.file].append(operation)
            return
        for earlier in self.pending[operation.file]:
            apply(self.certain[operation.file], earlier)
        self.pending[operation.file] = []

    def after_power_loss(self, survives) -> dict[int, bytes]:
        """`survives` says of each sector that was not synced whether it is there."""
        out = {}
        for file, certain in self.certain.items():
            image = bytearray(certain)
            for operation in self.pending[file]:
                for part in sectors(operation):
                    if survives():
                        apply(image, part)
            out[file] = bytes(image)
        return out


def sectors(operation: Operation) -> list[Operation]:
    if operation.kind == TRUNCATE:
        return [operation]
    parts, at, end = [], operation.offset, operation.offset + len(operation.data)
    while at < end:
        size = min(SECTOR - at % SECTOR, end - at)
        begin = at - operation.offset
        parts.append(Operation(operation.at_ns, operation.kind, operation.file, at, operation.data[begin : begin + size]))
        at += size
    return parts


def apply(image: bytearray, operation: Operation) -> None:
    if operation.kind == TRUNCATE:
        del image[operation.offset :]
        return
    end = operation.offset + len(operation.data)
    if len(image) < end:
        image.extend(bytes(end - len(image)))
    image[operation.offset : end] = operation.data


def try_all(database: pathlib.Path, operations: list[Operation], acknowledged: dict[str, int], chance: random.Random,
            scratch: pathlib.Path) -> int:
    """Loses power after each operation, and at each ACK: with all that is uncertain there, without, and with some of
    it. Returns how many images were looked at."""
    disk, tried = Disk(database.read_bytes()), 0
    moments = sorted([(operation.at_ns, operation) for operation in operations] + [(at, None) for at in acknowledged.values()],
                     key=lambda moment: moment[0])
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        for at, operation in moments:
            if operation is not None:
                disk.do(operation)
            due = {job for job, when in acknowledged.items() if when <= at}
            for survives in (lambda: False, lambda: True, lambda: chance.random() < 0.5):
                check(disk.after_power_loss(survives), due, pathlib.Path(folder))
                tried += 1
    return tried


def check(images: dict[int, bytes], due: set[str], folder: pathlib.Path) -> None:
    for name in (*NAMES.values(), "gateway.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    for file, image in images.items():
        if image:
            (folder / NAMES[file]).write_bytes(image)
    database = folder / NAMES[DATABASE]
    if (sound := records.is_sound(database)) != "ok":
        raise Broken(f"the database after a power loss: {sound}")
    if lost := due - {record.job for record in records.read_all(database) if record.receipt}:
        raise Broken(f"acknowledged, and lost with the power: {sorted(lost)}")
