# SPDX-License-Identifier: Apache-2.0
"""A canary prompt and its answer are looked for everywhere they must not be:
logs, state, database, metrics, the gateway's memory. To show that the search
can find, it is found in the engine's process, where it must be."""

import os
import pathlib
import re
import unittest

from cases import ScriptedCase


CANARY = "canary-9f2d7c41-question"
ANSWER = "canaryanswer5e1b"


def memory_of(pid: int) -> bytes:
    """Every readable page; needs root, as the owner of a machine has. A
    sanitizer's shadow (terabytes, nearly all untouched) holds no content."""
    pieces = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)", line)
            if not match or match.group(3) in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            begin, end = (int(match.group(i), 16) for i in (1, 2))
            if end - begin > 1 << 32:
                continue
            try:
                memory.seek(begin)
                pieces.append(memory.read(end - begin))
            except (OSError, ValueError, OverflowError):
                continue
    return b"".join(pieces)


def can_read_memory(pid: int) -> bool:
    try:
        return b"ELF" in memory_of(pid)
    except PermissionError:
        return False


class Secrets(ScriptedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A long answer is still running while memory is looked at: what leaks only during a job is found too.
        cls.running = cls.network.start_client("chat", f"{CANARY} tokens=2000 delay=0.02 text={ANSWER}")
        cls.running.stdout.read(40)
        cls.network.client("chat", f"{CANARY} tokens=50 text={ANSWER}")
        cls.network.client("chat", f"{CANARY} status=500")

    @classmethod
    def tearDownClass(cls):
        cls.running.kill()
        cls.running.communicate()
        super().tearDownClass()

    def assert_clean(self, where: str, data: bytes):
        for word in (CANARY, ANSWER):
            for form in (word.encode(), word.encode("utf-16-le"), __import__("base64").b64encode(word.encode())[:-2]):
                self.assertNotIn(form, data, f"{word} is in {where}")

    def test_the_search_can_find(self):
        self.assertIn(CANARY, str(self.engine.requests))
        self.assertIn(CANARY.encode(), memory_of(os.getpid()))

    def test_files_and_logs(self):
        looked = 0
        for path in pathlib.Path(self.network.folder).rglob("*"):
            if path.is_file():
                self.assert_clean(str(path), path.read_bytes())
                looked += 1
        self.assertGreater(looked, 8)

    def test_metrics_and_documents(self):
        for path in ("/metrics", "/v1/models", "/v1/confidential/directory"):
            self.assert_clean(path, self.network.get(path)[1])

    def test_gateway_memory(self):
        (pid,) = self.network.processes("aipg-gateway")
        if not can_read_memory(pid):
            self.skipTest("reading another process's memory needs root; run as root to make this test count")
        self.assert_clean("the gateway's memory", memory_of(pid))

    def test_command_lines_and_environments(self):
        for name in ("aipg-gateway", "aipg-worker"):
            for pid in self.network.processes(name):
                for part in ("cmdline", "environ"):
                    self.assert_clean(f"{name} {part}", pathlib.Path(f"/proc/{pid}/{part}").read_bytes())

    def test_programs_refuse_core_dumps(self):
        for name in ("aipg-gateway", "aipg-worker"):
            (pid,) = self.network.processes(name)
            limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size\s+0\s+[01]")


if __name__ == "__main__":
    unittest.main()
