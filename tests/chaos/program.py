# SPDX-License-Identifier: Apache-2.0
"""One running program of the network, and what can be done to it."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import signal
import subprocess

from network import wait_until


class Program:
    def __init__(self, argv: list[str], log: pathlib.Path, environment: dict[str, str]):
        self.log = log
        self._begin = log.stat().st_size if log.exists() else 0  # an earlier life's lines are not ours
        with open(log, "ab") as out:
            # In the log's folder: a core dump would lie there, and be searched.
            # Signals as we have them, SIGXFSZ ignored among them: a file that may not grow is an error, not the end.
            self.process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            cwd=log.parent, restore_signals=False)
        self.pid = self.process.pid

    def running(self) -> bool:
        return self.process.poll() is None

    def events(self, name: str) -> list[dict]:
        with open(self.log, "rb") as file:
            file.seek(self._begin)
            lines = [line for line in file.read().splitlines() if line.startswith(b"{")]
        return [event for line in lines if (event := json.loads(line))["event"] == name]

    def wait_for(self, name: str, seconds: float = 15, count: int = 1) -> None:
        wait_until(lambda: len(self.events(name)) >= count or not self.running(), seconds, f"{name} in {self.log.name}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)
        wait_until(lambda: state_of(self.pid) == "T", 5, "the program stands still")

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def terminate(self) -> None:
        self.process.terminate()

    def ended_with(self, seconds: float = 45) -> int:
        return self.process.wait(seconds)

    def descriptors(self) -> list[str]:
        """What each open descriptor is; needs root, as these programs keep others out of /proc."""
        folder = pathlib.Path(f"/proc/{self.pid}/fd")
        found = []
        for entry in folder.iterdir():
            try:
                found.append(os.readlink(entry))
            except OSError:
                pass  # closed meanwhile
        return found

    def allow_descriptors(self, most: int | None) -> None:
        """So many and no more; all that it may have again with None."""
        hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (hard if most is None else most, hard))


def state_of(pid: int) -> str:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "gone"
