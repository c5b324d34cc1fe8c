# SPDX-License-Identifier: Apache-2.0
"""Other people's clients, as their users have them, through `aipg proxy`: each is
told a base URL and a key, and nothing else. scripts/clients runs it.

Usage: run.py VENV NODE_MODULES ENGINE MODEL_FILE
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from engine import ScriptedEngine  # noqa: E402
from network import Network, wait_until  # noqa: E402
from proxy import Proxy  # noqa: E402

MODEL = "smollm2-135m"
# (what people call it, its package, its program)
PYTHON = [
    ("openai-python", "openai", "openai_python.py"),
    ("LangChain", "langchain-openai", "langchain_python.py"),
    ("LiteLLM", "litellm", "litellm_python.py"),
    ("OpenAI Agents", "openai-agents", "agents_python.py"),
    ("llm", "llm", "llm_command.sh"),
]
NODE = [("openai-node", "openai", "openai_node.mjs"), ("Vercel AI SDK", "ai", "ai_sdk_node.mjs")]


class Clients:
    def __init__(self, venv: pathlib.Path, modules: pathlib.Path, folder: str, *engine: str) -> None:
        self.venv, self.modules, self.folder = venv, modules, folder
        self.real = {"AIPG_REAL_ENGINE": "1"} if engine else {}
        self.engine = ScriptedEngine(f"{folder}/engine.sock")
        self.network = Network(*(engine or ("--engine", f"unix:{folder}/engine.sock")), ready_seconds=180)
        self.proxy = Proxy(self.network)
        self.rows: list[tuple[str, str, int, str]] = []

    def run(self, name: str, version: str, command: list[str]) -> None:
        environment = {
            "PATH": f"{self.venv}/bin:{os.environ['PATH']}",
            "HOME": self.folder,
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.proxy.port}/v1",
            "OPENAI_API_KEY": "any",
            "AIPG_MODEL": MODEL,
            "AIPG_KEEP": self.folder,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.real,
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        passed = sum(line.startswith("ok ") for line in done.stdout.splitlines())
        self.rows.append((name, version, passed, "passed" if done.returncode == 0 and passed else "FAILED"))
        print(f"{name:16} {version:10} {passed:3} checks   {self.rows[-1][3]}", flush=True)
        if self.rows[-1][3] == "FAILED":
            print(done.stdout[-2000:] + done.stderr[-4000:], file=sys.stderr)

    def run_all(self) -> None:
        for name, package, program in PYTHON:
            version = self.python_version(package)
            interpreter = "bash" if program.endswith(".sh") else str(self.venv / "bin/python")
            self.run(name, version, [interpreter, str(HERE / program)])
        # Modules are found from where a program lies.
        for program in HERE.glob("*.mjs"):
            (self.modules.parent / program.name).write_text(program.read_text())
        for name, package, program in NODE:
            version = json.loads((self.modules / package / "package.json").read_text())["version"]
            self.run(name, version, ["node", str(self.modules.parent / program)])
        curl = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        self.run("curl -N", curl, ["bash", str(HERE / "curl.sh")])

    def python_version(self, package: str) -> str:
        code = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
        return subprocess.run([self.venv / "bin/python", "-c", code, package], capture_output=True, text=True,
                              check=True).stdout.strip()

    def check_what_arrived(self) -> None:
        """Byte for byte at the engine, and the engine left alone by who left."""
        images = [part["image_url"]["url"] for request in self.engine.requests for message in request["body"].get("messages", [])
                  if isinstance(message["content"], list) for part in message["content"] if part["type"] == "image_url"]
        assert len(images) == 1 and base64.b64decode(images[0].split(",")[1]).startswith(b"\x89PNG"), images
        longest = max(len(json.dumps(request["body"])) for request in self.engine.requests)
        assert longest > 200_000, longest
        wait_until(lambda: self.engine.cancelled == 2 and self.engine.running == 0, 10, "both left streams are cancelled")
        print("engine           image and long context arrived whole, 2 left streams were cancelled")

    def check_attestations(self) -> None:
        kept = ["openai_python", "openai_node", "curl"]
        for name in kept:
            judged = self.network.client("verify", f"{self.folder}/{name}")
            assert judged.returncode == 0, name + judged.stderr
        print(f"aipg verify      accepts the attestations that {', '.join(kept)} got")

    def stop(self) -> None:
        self.proxy.stop()
        code = self.network.stop()
        self.network.remove()
        self.engine.stop()
        assert code == 0, f"aipg up ended with {code}"


def clients_of(*engine: str) -> tuple[int, int]:
    """How many there are, and how many of them failed."""
    with tempfile.TemporaryDirectory(prefix="aipg-clients-") as folder:
        clients = Clients(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), folder, *engine)
        try:
            clients.run_all()
            failed = sum(row[3] == "FAILED" for row in clients.rows)
            if not failed and not engine:
                clients.check_what_arrived()
                clients.check_attestations()
        finally:
            clients.stop()
    return len(clients.rows), failed


def main() -> int:
    print("with an engine that does as it is told")
    tried, failed = clients_of()
    print("with a real model")
    more_tried, more_failed = clients_of("--engine-program", sys.argv[3], "--model-file", sys.argv[4])
    failed += more_failed
    print(f"{tried + more_tried - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
