# SPDX-License-Identifier: Apache-2.0
"""`aipg-gateway serve` with TLS and a file of settings, and no worker: for what an operator does to it while it runs."""

from __future__ import annotations

import http.client
import json
import pathlib
import signal
import ssl
import subprocess
import tempfile

from network import PROGRAMS, free_port, wait_until


class Gateway:
    def __init__(self, **settings: str):
        """`settings` go into the file, as KEY=TOML; those of a table as TABLE__KEY."""
        self._folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.folder = pathlib.Path(self._folder.name)
        self.port = free_port()
        self.settings = {"listen": f'"127.0.0.1:{self.port}"', "state": f'"{self.folder}/state"',
                         "tls__certificate": f'"{self.folder}/chain.pem"',
                         "tls__private_key": f'"{self.folder}/key.pem"', **settings}
        self.write_settings()
        self.new_certificate()
        self._log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([str(PROGRAMS / "aipg-gateway"), "serve", "--config",
                                         str(self.folder / "gateway.toml")], stdout=self._log, stderr=self._log)
        wait_until(lambda: self.events("listening"), 30, "the gateway listens")

    def write_settings(self, **changes: str) -> None:
        """As an editor does: another file in the place of the old one."""
        self.settings.update(changes)
        lines = [f"{key} = {value}" for key, value in self.settings.items() if "__" not in key]
        lines += [f"{key.replace('__', '.')} = {value}" for key, value in self.settings.items() if "__" in key]
        self._replace("gateway.toml", "\n".join(lines) + "\n")

    def new_certificate(self) -> None:
        """Its own authority, and so nothing that trusted the last one trusts it."""
        with tempfile.TemporaryDirectory() as made:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1",
                            "-keyout", f"{made}/key.pem", "-out", f"{made}/chain.pem"], check=True, capture_output=True)
            for name in ("key.pem", "chain.pem"):
                self._replace(name, pathlib.Path(made, name).read_text())

    def _replace(self, name: str, text: str) -> None:
        (self.folder / f"{name}.new").write_text(text)
        (self.folder / f"{name}.new").rename(self.folder / name)

    def certificate(self) -> str:
        """The one on the disk."""
        return (self.folder / "chain.pem").read_text()

    def shown(self) -> str:
        """The one that who connects now is shown."""
        return ssl.get_server_certificate(("127.0.0.1", self.port))

    def reload(self) -> dict:
        """The event that ends it."""
        ends = ("reloaded", "reload_refused")
        before = len(self.events(*ends))
        self.process.send_signal(signal.SIGHUP)
        return wait_until(lambda: self.events(*ends)[before:], 30, "SIGHUP has its effect")[0]

    def events(self, *names: str) -> list[dict]:
        lines = (self.folder / "log").read_text().splitlines()
        return [event for line in lines if line.startswith("{") and (event := json.loads(line))["event"] in names]

    def connection(self, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        """From another source than 127.0.0.1 it counts as another machine's."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0),
                                           context=ssl.create_default_context(cadata=self.certificate()))

    def new_key(self) -> str:
        return subprocess.run([str(PROGRAMS / "aipg-gateway"), "keys", "create", "--state", str(self.folder / "state")],
                              check=True, capture_output=True, text=True).stdout.strip()

    def get(self, path: str, headers: dict | None = None) -> tuple[int, str]:
        return self.ask("GET", path, headers)

    def ask(self, method: str, path: str, headers: dict | None = None, body: str | None = None) -> tuple[int, str]:
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(60)
        self._log.close()
        self._folder.cleanup()
        return code
