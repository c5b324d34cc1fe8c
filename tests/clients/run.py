# SPDX-License-Identifier: Apache-2.0
"""Other people's clients, as their users have them, through `aipg proxy`: each is
told a base URL and a key, and nothing else. scripts/clients runs it.

Usage: run.py PYTHON PYTHON_WITH_OPENAI_2 NODE_MODULES ENGINE MODEL_FILE
"""

from __future__ import annotations

import base64
import collections
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from engine import ScriptedEngine  # noqa: E402
from network import Network, wait_until  # noqa: E402
from proxy import Proxy  # noqa: E402

MODEL = "smollm2-135m"
# (what people call it, its package, its program)
PYTHON = [
    ("openai-python", "openai", "openai_python.py"),
    ("anthropic", "anthropic", "anthropic_python.py"),
    ("LangChain", "langchain-openai", "langchain_python.py"),
    ("LiteLLM", "litellm", "litellm_python.py"),
    ("OpenAI Agents", "openai-agents", "agents_python.py"),
    ("llm", "llm", "llm_command.sh"),
]
PYTHON_2 = [("openai-python 2", "openai", "openai_python.py")]
NODE = [("openai-node", "openai", "openai_node.mjs"), ("Vercel AI SDK", "ai", "ai_sdk_node.mjs")]
LONG = "tokens=3 " + "word " * 60_000  # as in the clients' checks


def picture() -> bytes:
    """A PNG of 64 by 64 whose base64 has letters of all kinds."""
    rows = b"".join(b"\0" + bytes((x * y * 7 + x) % 256 for x in range(3 * 64)) for y in range(64))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def strings_in(value):
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from strings_in(each)


class Clients:
    def __init__(self, modules: pathlib.Path, folder: str, *engine: str) -> None:
        self.modules, self.folder = modules, folder
        self.image = base64.b64encode(picture()).decode()
        self.real = {"AIPG_REAL_ENGINE": "1"} if engine else {}
        self.engine = ScriptedEngine(f"{folder}/engine.sock")
        self.network = Network(*(engine or ("--engine", f"unix:{folder}/engine.sock")), ready_seconds=180)
        self.proxy = Proxy(self.network)
        self.ran = self.failed = 0
        self.held: collections.Counter[str] = collections.Counter()  # by the check's name

    def run(self, name: str, version: str, command: list[str], programs: str = "") -> None:
        url = f"http://127.0.0.1:{self.proxy.port}"
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}".lstrip(":"),
            "HOME": self.folder,
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENAI_API_KEY": "any",
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "any",
            "AIPG_MODEL": MODEL,
            "AIPG_IMAGE": self.image,
            "AIPG_KEEP": self.folder,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
            **self.real,
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        held = [line.removeprefix("ok ") for line in done.stdout.splitlines() if line.startswith("ok ")]
        good = done.returncode == 0 and bool(held)
        self.held.update(held)
        self.ran, self.failed = self.ran + 1, self.failed + (not good)
        print(f"{name:16} {version:10} {len(held):3} checks   {'passed' if good else 'FAILED'}", flush=True)
        if not good:
            print(done.stdout[-2000:] + done.stderr[-6000:], file=sys.stderr)

    def run_all(self, python: str, python_2: str) -> None:
        for interpreter, clients in ((python, PYTHON), (python_2, PYTHON_2)):
            for name, package, program in clients:
                runs_it = "bash" if program.endswith(".sh") else interpreter
                version = python_version(interpreter, package)
                self.run(name, version, [runs_it, str(HERE / program)], str(pathlib.Path(interpreter).parent))
        # Modules are found from where a program lies.
        for program in HERE.glob("*.mjs"):
            (self.modules.parent / program.name).write_text(program.read_text())
        for name, package, program in NODE:
            version = json.loads((self.modules / package / "package.json").read_text())["version"]
            self.run(name, version, ["node", str(self.modules.parent / program)])
        curl = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        self.run("curl -N", curl, ["bash", str(HERE / "curl.sh")])

    def check_what_arrived(self) -> None:
        """Byte for byte at the engine, and the engine left alone by who left."""
        came = [text for request in self.engine.requests for text in strings_in(request["body"])]
        images = sum(text.removeprefix("data:image/png;base64,") == self.image for text in came)
        assert images == self.held["image"] > 0, f"{images} images for {self.held['image']} checks"
        longs = came.count(LONG)
        assert longs == self.held["long_context"] > 0, f"{longs} long contexts for {self.held['long_context']} checks"
        left = self.held["leaving_a_stream"]
        wait_until(lambda: self.engine.cancelled == left and self.engine.running == 0, 10, "all left streams are cancelled")
        print(f"engine           {images} images and {longs} long contexts arrived whole, {left} left streams were cancelled")

    def check_proofs(self) -> None:
        """Those that clients were given, and answers that were kept whole with their questions."""
        kept = sorted([*pathlib.Path(self.folder).glob("*.attestation"), *pathlib.Path(self.folder).glob("*.answer")])
        for path in kept:
            bound = ["--question", str(path.with_suffix(".question")), "--answer", str(path)]
            judged = self.network.client("verify", str(path), *(bound if path.suffix == ".answer" else []), "--json")
            assert judged.returncode == 0 and json.loads(judged.stdout)["accepted"], f"{path.name}: {judged.stdout}{judged.stderr}"
        print(f"aipg verify      accepts all {len(kept)} proofs that they got")

    def stop(self) -> None:
        self.proxy.stop()
        code = self.network.stop()
        self.network.remove()
        self.engine.stop()
        assert code == 0, f"aipg up ended with {code}"


def python_version(interpreter: str, package: str) -> str:
    code = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    return subprocess.run([interpreter, "-c", code, package], capture_output=True, text=True, check=True).stdout.strip()


def clients_of(python: str, python_2: str, modules: str, *engine: str) -> tuple[int, int]:
    """How many there are, and how many of them failed."""
    with tempfile.TemporaryDirectory(prefix="aipg-clients-") as folder:
        clients = Clients(pathlib.Path(modules), folder, *engine)
        try:
            clients.run_all(python, python_2)
            if not clients.failed and not engine:
                clients.check_what_arrived()
            if not clients.failed:
                clients.check_proofs()
        finally:
            clients.stop()
    return clients.ran, clients.failed


def main() -> int:
    *clients, engine, model = sys.argv[1:]
    print("with an engine that does as it is told")
    tried, failed = clients_of(*clients)
    print("with a real model")
    more_tried, more_failed = clients_of(*clients, "--engine-program", engine, "--model-file", model)
    failed += more_failed
    print(f"{tried + more_tried - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
