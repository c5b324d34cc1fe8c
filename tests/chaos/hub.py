# SPDX-License-Identifier: Apache-2.0
"""Where the engines of a case report, and wait when their question says so.

An engine is the worker's child, comes and goes with it, and has neither
environment nor files; what it was asked has to outlive it. A question carries
`mark=WORD` and may carry `hold=POINT`: there the engine waits for go()."""

from __future__ import annotations

import json
import socket
import threading

from network import wait_until

FIRST, MIDDLE, LAST = "first", "middle", "last"  # before any byte, in the middle, before the last event


class Hub:
    def __init__(self, path: str):
        self.path = path
        self.asked: list[tuple[str, str]] = []  # mark, the engine's socket
        self.held: set[tuple[str, str]] = set()  # mark, point
        self.left: set[str] = set()  # marks of requests whose worker went away while the engine waited
        self.engines: dict[int, str] = {}  # pid → its socket, of those that are connected
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                engine, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._listen, args=(engine,), daemon=True).start()

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
        self._listener.close()
