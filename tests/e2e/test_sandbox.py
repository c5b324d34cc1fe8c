# SPDX-License-Identifier: Apache-2.0
"""That programs which run are confined, each thread of them, as they print it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import tempfile
import unittest

from cases import RealEngineCase, ScriptedCase
from gateway import Gateway
from network import PROGRAMS
from proxy import CHAT, Proxy, chat

SECCOMP_FILTERS = "2"  # /proc/PID/status: neither none nor strict mode


def threads(process: int) -> list[dict[str, str]]:
    """What the kernel says of each."""
    out = []
    for status in pathlib.Path(f"/proc/{process}/task").glob("*/status"):
        fields = (line.split(":", 1) for line in status.read_text().splitlines())
        out.append({key: value.strip() for key, value in fields})
    return out


def printed(*command: str, environment: dict | None = None) -> str:
    return subprocess.run([str(PROGRAMS / command[0]), *command[1:], "--print-sandbox"], env=environment, check=True,
                          capture_output=True, text=True).stdout


class Confined(unittest.TestCase):
    def assert_confined(self, process: int) -> None:
        found = threads(process)
        self.assertTrue(found, "it runs")
        for thread in found:
            self.assertEqual(thread["Seccomp"], SECCOMP_FILTERS, thread["Name"])
            self.assertEqual(thread["NoNewPrivs"], "1", thread["Name"])
            for capabilities in ("CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(thread[capabilities], 16), 0, thread["Name"])


class Servers(ScriptedCase, Confined):
    def test_each_thread_of_each_program_is_confined_after_an_answer(self):
        proxy = Proxy(self.network)
        try:
            self.assertEqual(proxy.post(CHAT, chat("tokens=3"))[0], 200)
            gateway, worker = self.network.processes("aipg-gateway"), self.network.processes("aipg-worker")
            self.assertEqual((len(gateway), len(worker)), (1, 1))
            self.assertGreater(len(threads(gateway[0])), 1, "it writes records on another")
            for process in (*gateway, *worker, proxy.process.pid):
                self.assert_confined(process)
        finally:
            self.assertEqual(proxy.stop(), 0)

    def test_the_log_says_so(self):
        for name in ("gateway.log", "worker-1.log"):
            self.assertIn('"event":"confined"', (self.network.state / name).read_text(), name)


class Engines(RealEngineCase, Confined):
    def test_an_engine_and_what_starts_it_are_confined_and_answer(self):
        answer = self.network.client("chat", "--max-tokens", "3", "Hello.")
        self.assertEqual(answer.returncode, 0, answer.stderr + self.network.logs())
        for name in ("aipg-launcher", os.path.basename(os.environ["AIPG_ENGINE_PROGRAM"])):
            processes = self.network.processes(name)
            self.assertEqual(len(processes), 1, name)
            self.assert_confined(processes[0])


class Printed(unittest.TestCase):
    def assert_starts_no_program(self, text: str) -> None:
        if "THIS BUILD HAS A SANITIZER" not in text:  # which starts one that names what it found
            self.assertNotIn("execve", text)

    def test_a_gateway_says_what_its_settings_come_to(self):
        gateway = Gateway()
        try:
            text = printed("aipg-gateway", "serve", "--config", str(gateway.folder / "gateway.toml"))
        finally:
            self.assertEqual(gateway.stop(), 0)
        self.assertRegex(text, rf"\n  write +{gateway.folder}/state   API keys")
        self.assertRegex(text, rf"\n  read +{gateway.folder}   certificate")
        self.assertRegex(text, r"\n  connects to +none\n")
        self.assertNotIn("socket (", text)
        self.assert_starts_no_program(text)

    def test_a_worker_says_its_own_and_its_engines(self):
        with tempfile.TemporaryDirectory(prefix="aipg-e2e-") as folder:
            workload = pathlib.Path(folder, "workload.toml")
            workload.write_text(f"""name = "m"
[engine]
argv = ["/bin/sh"]
address = "unix:{folder}/engine.sock"
prefix_cache = "off_per_request"
reads = ["/opt/engine"]
[tee]
kind = "simulated"
state = "{folder}/tee"
[[models]]
name = "m"
file = "/bin/sh"
paths = ["/v1/chat/completions"]
""")
            text = printed("aipg-worker", "serve", "--workload", str(workload))
            worker, engine = text.split("\nits engine confines itself")
            self.assertRegex(worker, r"\n  connects to +8443, 53\n")
            self.assert_starts_no_program(worker)
            self.assertIn("execve", engine)
            self.assertRegex(engine, r"\n  run +/opt/engine .*as the workload says")
            self.assertRegex(engine, r"\n  connects to +none\n")
            self.assertEqual(os.listdir(folder), ["workload.toml"], "nothing was made")

    def test_a_proxy_says_its_gateways_port(self):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AIPG_BASE_URL": "http://127.0.0.1:4711/v1"}
        self.assertRegex(printed("aipg", "proxy", environment=environment), r"\n  connects to +4711, 53\n")


if __name__ == "__main__":
    unittest.main()
