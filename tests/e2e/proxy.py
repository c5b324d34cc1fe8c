# SPDX-License-Identifier: Apache-2.0
"""`aipg proxy` in front of a Network, and plain HTTP to it."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import tempfile

from network import PROGRAMS, Network

CHAT = "/v1/chat/completions"


class Proxy:
    def __init__(self, network: Network, *flags: str, listen: str = "127.0.0.1:0", base_url: str | None = None):
        environment = {**network.environment, "AIPG_BASE_URL": base_url or network.base_url}
        self.log_file = tempfile.NamedTemporaryFile(dir=network.folder, suffix=".proxy.log")
        command = [str(PROGRAMS / "aipg"), "proxy", "--listen", listen, *flags]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=self.log_file, text=True)
        self.port = 0
        if listen.startswith("unix:"):
            self._path = listen.removeprefix("unix:")
            return
        line = self.process.stdout.readline()
        match = re.match(r"export OPENAI_BASE_URL=http://127\.0\.0\.1:(\d+)/v1$", line.strip())
        if not match:
            raise AssertionError(f"aipg proxy did not say where it is: {line!r}\n{self.log()}")
        self.port = int(match.group(1))

    def log(self) -> str:
        with open(self.log_file.name, errors="replace") as file:
            return file.read()

    def events(self, name: str) -> list[dict]:
        return [event for line in self.log().splitlines() if (event := json.loads(line))["event"] == name]

    def connection(self, timeout: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def post(self, path: str, body, headers: dict | None = None):
        """Status, headers (lower case) and body."""
        connection = self.connection()
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("POST", path, data, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        result = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return result

    def get(self, path: str, headers: dict | None = None):
        connection = self.connection()
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        result = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return result

    def status(self) -> dict:
        return json.loads(self.get("/status.json")[2])

    def virtual_kib(self) -> int:
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"^VmSize:\s+(\d+) kB", file.read(), re.M)[1])

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        self.log_file.close()
        return code


def chat(script: str, stream: bool = False, **more) -> dict:
    return {"model": "smollm2-135m", "messages": [{"role": "user", "content": script}], "stream": stream, **more}
