# SPDX-License-Identifier: Apache-2.0
"""A network whose parts a case may kill, stop, starve and lie to: gateway and
workers as processes of ours, the engine as the worker's child, relays between
all of them. `aipg up` writes its files; after that nobody looks after it."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
import zipfile

from chaos_engine import CONTROL
from client import Client, Question
from disk import SmallDisk
from hub import Hub
from network import PROGRAMS, free_port, wait_until
from program import Program
from relay import UP, LinkRelay, Relay
from shim import Shim

HERE = pathlib.Path(__file__).resolve().parent
ACCOUNTS = 16  # so that most clients of a case have one of their own
MODEL = b"weights of a model that only says what it is told to\n"


def write_engine(path: pathlib.Path) -> None:
    """As one file, for it is confined to that and to what the system has: Python's own is in /usr."""
    with zipfile.ZipFile(packed := path.with_suffix(".zip"), "w") as archive:
        for name in ("chaos_engine", "engine_faults"):
            archive.write(HERE / f"{name}.py", f"{name}.py")
        for name in ("engine", "engine_events", "http1"):
            archive.write(HERE.parent / f"e2e/{name}.py", f"{name}.py")
        archive.writestr("__main__.py", "import chaos_engine\nchaos_engine.main()\n")
    path.write_bytes(b"#!/usr/bin/python3 -IB\n" + packed.read_bytes())
    packed.unlink()
    path.chmod(0o755)


class Rig:
    def __init__(self, folder: pathlib.Path, rotate_every: str = "1h", workers: int = 1, places: int = 2,
                 shimmed: bool = False, logged: bool = False, small_disk: bool = False, watched: bool = True):
        self.folder = folder
        self.places = places  # jobs that a worker takes at once
        self.state = folder / "state"
        self.disk = SmallDisk(folder / "disk") if small_disk else None  # of the gateway's state
        self.gateway_state = self.disk.folder if self.disk else self.state / "gateway"
        self.operations_log = folder / "operations"  # on the gateway's database, if asked for
        self.shims = {kind: Shim(folder / f"{kind}.shim", self.gateway_state, self.operations_log if logged and kind == "gateway" else None)
                      for kind in ("gateway", "worker") if shimmed}
        self.port = free_port()
        self.hub = Hub([self.state / f"sockets/engine-{n}.sock{CONTROL}" for n in range(1, workers + 1)])
        self.environment = self._make_state(rotate_every, workers)
        self.accounts = [self._new_account(number) for number in range(ACCOUNTS)]
        self.base_database = shutil.copy(self.database, folder / "base.sqlite")  # before anything was logged
        self.link_port, clients_port = self.port, self.port
        if watched:  # relays record all that passes
            self.clients_relay, self.link_relay = Relay(self.port), LinkRelay(self.port)
            self.link_port, clients_port = self.link_relay.port, self.clients_relay.port
        self.watched = watched
        self.environment["AIPG_BASE_URL"] = self.base_url = f"http://127.0.0.1:{clients_port}/v1"
        self.keysets: set[str] = set()  # the exact bytes, base64url, of all that were ever registered
        self.forged: set[str] = set()  # jobs whose record says that their receipt was no good, of earlier cases
        self.idle: dict[str, int] = {}  # descriptors of each program with nothing to do
        self._asked = 0
        self.gateway: Program
        self.workers: list[Program] = []
        self.start_gateway()
        self.workers = [self._new_worker(number) for number in range(1, workers + 1)]
        self.wait_ready()
        wait_until(lambda: self.listed() == workers, 30, "all workers are listed")

    # --- its files ---

    def _make_state(self, rotate_every: str, workers: int) -> dict[str, str]:
        engine, model = self.folder / "engine", self.folder / "model.gguf"
        write_engine(engine)
        model.write_bytes(MODEL)
        argv = [str(PROGRAMS / "aipg"), "up", "--state", str(self.state), "--port", "0", "--max-jobs", str(self.places),
                "--rotate-every", rotate_every, "--workers", str(workers), "--engine-program", str(engine),
                "--model-file", str(model)]
        home = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "settings")}
        with open(self.folder / "up.log", "wb") as log:
            up = subprocess.Popen(argv, env=home, stdout=subprocess.PIPE, stderr=log, text=True)
        exports = {}
        for line in up.stdout:
            if match := re.match(r"export (AIPG_[A-Z_]+)=(.*)$", line.strip()):
                exports[match.group(1)] = match.group(2).strip("'")
            if len(exports) == 3:
                break
        up.send_signal(signal.SIGTERM)
        up.communicate()
        if len(exports) != 3:
            raise AssertionError("aipg up did not get ready:\n" + (self.folder / "up.log").read_text())
        if self.disk:
            shutil.copytree(self.state / "gateway", self.gateway_state, dirs_exist_ok=True)
        return {**home, "XDG_CACHE_HOME": str(self.folder / "cache"), **exports}

    def _new_account(self, number: int) -> str:
        argv = [str(PROGRAMS / "aipg-gateway"), "keys", "create", "--state", str(self.gateway_state), "--name", f"n{number}"]
        return subprocess.run(argv, stdout=subprocess.PIPE, check=True, text=True).stdout.split()[0]

    @property
    def database(self) -> pathlib.Path:
        return self.gateway_state / "gateway.sqlite"

    # --- its programs ---

    def start_gateway(self) -> None:
        argv = [str(PROGRAMS / "aipg-gateway"), "serve", "--listen", f"127.0.0.1:{self.port}", "--state",
                str(self.gateway_state)]
        self.gateway = self._start(argv, "gateway", "gateway.log")

    def _new_worker(self, number: int) -> Program:
        argv = [str(PROGRAMS / "aipg-worker"), "serve", "--workload", str(self.state / f"workload-{number}.toml"),
                "--gateway", f"ws://127.0.0.1:{self.link_port}", "--name", f"worker-{number}", "--log-level", "info"]
        return self._start(argv, "worker", f"worker-{number}.log")

    def _start(self, argv: list[str], kind: str, log: str) -> Program:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        if kind in self.shims:
            environment |= self.shims[kind].environment
        return Program(argv, self.state / log, environment)

    def start_worker(self, number: int = 1) -> None:
        self.workers[number - 1] = self._new_worker(number)

    def programs(self) -> list[tuple[str, Program]]:
        return [("gateway", self.gateway), *((f"worker {n}", w) for n, w in enumerate(self.workers, 1))]

    def wait_ready(self, seconds: float = 30) -> None:
        wait_until(lambda: self.get("/readyz")[0] == 200, seconds, "the gateway is ready\n" + self.logs())

    # --- asking ---

    def ask(self, question: Question, *flags: str, remembers: bool = True) -> Client:
        """A client that remembers has verified the workers before."""
        self._asked += 1
        environment = {**self.environment, "AIPG_API_KEY": self.accounts[self._asked % ACCOUNTS]}
        if not remembers:
            environment["XDG_CACHE_HOME"] = str(self.folder / f"cache-{self._asked}")
        return Client.ask(question, environment, self.folder / f"proof-{self._asked}.json", *flags)

    def get(self, path: str) -> tuple[int, bytes]:
        """Of the gateway itself; status 0 when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def listed(self) -> int:
        """How many workers clients are shown."""
        return len(json.loads(self.get("/v1/confidential/directory")[1])["entries"])

    def metric(self, name: str) -> float:
        for line in self.get("/metrics")[1].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        return 0.0

    # --- what was seen on its links ---

    def note_keysets(self) -> None:
        for connection in self.link_relay.connections:
            self.keysets |= {message["keyset"] for message in connection.control(UP, "register")}

    def behave(self) -> None:
        """Nothing is wrong with it any more."""
        for shim in self.shims.values():
            shim.behave()
        if self.watched:
            self.link_relay.behave()
            self.clients_relay.behave()

    # --- its end ---

    def logs(self) -> str:
        return "".join(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.state.glob("*.log"))

    def stop(self) -> None:
        self.behave()
        for _, program in self.programs():
            if program.running():
                program.go_on()
                program.kill()
        if self.watched:
            for relay in (self.clients_relay, self.link_relay):
                relay.stop()
        self.hub.stop()
        if self.disk:
            self.disk.remove()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
