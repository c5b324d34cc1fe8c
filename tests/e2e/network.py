# SPDX-License-Identifier: Apache-2.0
"""A whole network of real processes on loopback: `aipg up`, and the client."""

from __future__ import annotations

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

PROGRAMS = pathlib.Path(os.environ["AIPG_PROGRAMS"])


def free_port() -> int:
    """Below those that the system gives to whoever asks for any: else another could be given it meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def wait_until(condition, seconds: float, what: str):
    """Polls an observable state; the limit only bounds a failure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Network:
    def __init__(self, *flags: str, ready_seconds: float = 90):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aipg-e2e-"))
        self.state = self.folder / "state"
        self.port = free_port()
        command = [str(PROGRAMS / "aipg"), "up", "--state", str(self.state), "--port", str(self.port), *flags]
        self._log = open(self.folder / "up.log", "wb")
        environment = {**os.environ, "XDG_CONFIG_HOME": str(self.folder / "no-settings")}
        self.up = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=self._log, text=True)
        exports = {}
        end = time.monotonic() + ready_seconds
        while len(exports) < 3:
            line = self.up.stdout.readline()
            if not line or time.monotonic() > end:
                raise AssertionError(f"aipg up did not get ready:\n{self.logs()}")
            if match := re.match(r"export (AIPG_[A-Z_]+)=(.*)$", line.strip()):
                exports[match.group(1)] = match.group(2).strip("'\"")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            **exports,
        }
        self.base_url = exports["AIPG_BASE_URL"]
        self.key = exports["AIPG_API_KEY"]

    def logs(self) -> str:
        self._log.flush()
        parts = [f"--- {path.name} ---\n{path.read_text(errors='replace')[-3000:]}" for path in
                 [self.folder / "up.log", *sorted(self.state.glob("*.log"))] if path.exists()]
        return "\n".join(parts)

    def client(self, *arguments: str, base_url: str | None = None, stdin: str | None = None, fresh: bool = False,
               **options) -> subprocess.CompletedProcess:
        environment = dict(self.environment)
        if base_url:
            environment["AIPG_BASE_URL"] = base_url
        if fresh:
            environment["XDG_CACHE_HOME"] = tempfile.mkdtemp(dir=self.folder)
        return subprocess.run([str(PROGRAMS / "aipg"), *arguments], env=environment, input=stdin, text=True,
                              stdin=None if stdin is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=options.pop("timeout", 120))

    def start_client(self, *arguments: str, base_url: str | None = None, stdin: str | None = None) -> subprocess.Popen:
        environment = dict(self.environment)
        if base_url:
            environment["AIPG_BASE_URL"] = base_url
        given = subprocess.DEVNULL
        if stdin is not None:
            given = tempfile.TemporaryFile(dir=self.folder)
            given.write(stdin.encode())
            given.seek(0)
        return subprocess.Popen([str(PROGRAMS / "aipg"), *arguments], env=environment, stdin=given,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def processes(self, name: str) -> list[int]:
        """Processes of this network with this program name."""
        found = []
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                text = status.read_text()
            except OSError:
                continue
            pid, rest = int(text.split(" ", 1)[0]), text.rsplit(")", 1)[1].split()
            comm = text[text.index("(") + 1 : text.rindex(")")]
            if comm == name[:15] and self._is_ours(pid, int(rest[1])):
                found.append(pid)
        return found

    def _is_ours(self, pid: int, parent: int) -> bool:
        while parent > 1:
            if parent == self.up.pid:
                return True
            try:
                parent = int(pathlib.Path(f"/proc/{parent}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                return False
        return False

    def get(self, path: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def metric(self, line_start: str) -> float:
        for line in self.get("/metrics")[1].decode().splitlines():
            if line.startswith(line_start):
                return float(line.split()[-1])
        return 0.0

    def stop(self) -> int:
        if self.up.poll() is None:
            self.up.send_signal(signal.SIGTERM)
        try:
            code = self.up.wait(60)
        except subprocess.TimeoutExpired:
            self.up.kill()
            code = self.up.wait()
        self.up.stdout.close()
        self._log.close()
        return code

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
