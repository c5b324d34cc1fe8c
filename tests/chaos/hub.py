# SPDX-License-Identifier: Apache-2.0
"""What engines report to, and what lets them go on, when their question says so.

An engine is the worker's child, comes and goes with it, is confined, and has
neither environment nor files; what it was asked has to outlive it. A question
carries `mark=WORD` and may carry `hold=POINT`: there the engine waits for go()."""

from __future__ import annotations

import json
import pathlib
import socket
import threading
import time

from network import wait_until

LOOKS_EVERY = 0.01  # seconds
FIRST, MIDDLE, LAST = "first", "middle", "last"  # before any byte, in the middle, before the last event


class Hub:
    def __init__(self, controls: list[pathlib.Path]):
        """Of the sockets at which engines, once they are there, wait for it."""
        self.asked: list[tuple[str, str]] = []  # mark, the engine's socket
        self.held: set[tuple[str, str]] = set()  # mark, point
        self.left: set[str] = set()  # marks of requests whose worker went away while the engine waited
        self.engines: dict[int, str] = {}  # pid → its socket, of those that are connected
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False
        for control in controls:
            threading.Thread(target=self._follow, args=(str(control),), daemon=True).start()

    def _follow(self, control: str) -> None:
        """The engines that listen there, one after the other."""
        while not self._ended:
            engine = socket.socket(socket.AF_UNIX)
            try:
                engine.connect(control)
            except OSError:
                engine.close()
                time.sleep(LOOKS_EVERY)
                continue
            self._listen(engine)

    def _listen(self, engine: socket.socket) -> None:
        pid, name, held = 0, "", set()
        with self._lock:
            self._connections.add(engine)
        try:
            for line in engine.makefile("rb"):
                said = json.loads(line)
                with self._lock:
                    if said["event"] == "here":
                        pid, name = said["pid"], said["socket"]
                        self.engines[pid] = name
                    elif said["event"] == "asked":
                        self.asked.append((said["mark"], name))
                    elif said["event"] == "left":
                        self.left.add(said["mark"])
                    else:
                        held.add((said["mark"], said["event"]))
                        self.held.add((said["mark"], said["event"]))
        except (OSError, ValueError):
            pass  # it has died, perhaps in the middle of a line
        with self._lock:
            self._connections.discard(engine)
            self.engines.pop(pid, None)
            self.held -= held
        engine.close()

    def wait_at(self, mark: str, point: str, seconds: float = 15) -> None:
        wait_until(lambda: (mark, point) in self.held, seconds, f"the engine gets to {point} of {mark}")

    def go(self, mark: str) -> None:
        """On from wherever it waits, or will wait."""
        with self._lock:
            connections = list(self._connections)
        for engine in connections:
            try:
                engine.sendall(json.dumps({"go": mark}).encode() + b"\n")
            except OSError:
                pass  # it has died

    def times_asked(self, mark: str) -> int:
        with self._lock:
            return sum(asked == mark for asked, _ in self.asked)

    def pids(self) -> list[int]:
        with self._lock:
            return list(self.engines)

    def stop(self) -> None:
        self._ended = True
