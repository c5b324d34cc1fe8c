# SPDX-License-Identifier: Apache-2.0
"""The case's end of fault_shim.cc: sets a program's clock, and breaks its disk."""

from __future__ import annotations

import mmap
import os
import pathlib
import struct
from dataclasses import dataclass

from network import PROGRAMS

MEMBERS = ("clock_ahead_ms", "disk_fault", "operations", "die_at", "torn")
NONE, FULL, READ_ONLY, SYNC_FAILS, STANDS_STILL, SLOW_SYNC = range(6)
WRITE, SYNC, TRUNCATE = range(3)
DATABASE, WRITE_AHEAD_LOG = range(2)
LOGGED = struct.Struct("=qqqqq")
LIBRARY = PROGRAMS / "libaipg_chaos_shim.so"


class Shim:
    def __init__(self, path: pathlib.Path, state: pathlib.Path, log: pathlib.Path | None = None):
        path.write_bytes(bytes(8 * len(MEMBERS)))
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        self.environment = {"LD_PRELOAD": str(LIBRARY), "CHAOS_CONTROL": str(path), "CHAOS_STATE": str(state)}
        if log is not None:
            self.environment["CHAOS_LOG"] = str(log)

    def set(self, **members: int) -> None:
        for name, value in members.items():
            struct.pack_into("=q", self._map, 8 * MEMBERS.index(name), value)

    def get(self, name: str) -> int:
        return struct.unpack_from("=q", self._map, 8 * MEMBERS.index(name))[0]

    def behave(self) -> None:
        self.set(clock_ahead_ms=0, disk_fault=NONE, die_at=0, torn=0)


@dataclass(frozen=True)
class Operation:
    at_ns: int
    kind: int
    file: int
    offset: int
    data: bytes


def read_log(path: pathlib.Path) -> list[Operation]:
    """What was done to the database's files, in order."""
    out, at, data = [], 0, path.read_bytes()
    while at + LOGGED.size <= len(data):
        at_ns, kind, file, offset, size = LOGGED.unpack_from(data, at)
        at += LOGGED.size
        out.append(Operation(at_ns, kind, file, offset, data[at : at + size]))
        at += size
    return out


def is_there() -> bool:
    return os.path.exists(LIBRARY)
