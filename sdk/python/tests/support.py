# SPDX-License-Identifier: Apache-2.0
"""A whole network for each module: gateway, worker and a scripted engine as
processes, and clients of it. The kit is the end-to-end tests' own."""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
import unittest
from typing import Any
from unittest import mock

TOP = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "tests" / "e2e"))

from engine import ScriptedEngine  # noqa: E402
from network import Network, wait_until  # noqa: E402
from tamper import TamperingProxy  # noqa: E402

import aipg  # noqa: E402

__all__ = ["HEADER", "MODEL", "NetworkCase", "TOP", "TamperingProxy", "asked", "wait_until"]

HEADER = {"X-AIPG-Confidential": "required"}
MODEL = "smollm2-135m"


def asked(script: str, **more: Any) -> dict[str, Any]:
    """Arguments of a chat whose answer is scripted."""
    return {"model": MODEL, "messages": [{"role": "user", "content": script}], **more}


class _Running:
    """One network, for all cases of a module that ask for the same."""

    by_flags: dict[tuple[str, ...], _Running] = {}

    def __init__(self, flags: tuple[str, ...]) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="aipg-sdk-")
        self.engine = ScriptedEngine(f"{self.folder.name}/engine.sock")
        self.network = Network("--engine", f"unix:{self.folder.name}/engine.sock", *flags)

    @classmethod
    def of(cls, flags: tuple[str, ...]) -> _Running:
        if flags not in cls.by_flags:
            cls.by_flags[flags] = cls(flags)
            unittest.addModuleCleanup(cls.by_flags[flags].stop, flags)
        return cls.by_flags[flags]

    def stop(self, flags: tuple[str, ...]) -> None:
        del self.by_flags[flags]
        code = self.network.stop()
        self.engine.stop()
        self.network.remove()
        self.folder.cleanup()
        assert code == 0, f"aipg up ended with {code}"


class NetworkCase(unittest.TestCase):
    flags: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls) -> None:
        running = _Running.of(cls.flags)
        cls.engine, cls.network = running.engine, running.network
        names = ("AIPG_POLICY", "AIPG_BASE_URL", "AIPG_API_KEY")
        environment = mock.patch.dict(os.environ, {name: cls.network.environment[name] for name in names})
        environment.start()
        cls.addClassCleanup(environment.stop)

    def client(self, **options: Any) -> aipg.Client:
        out = aipg.Client(**{"confidential": True, **options})
        self.addCleanup(out.close)
        return out

    def engine_requests(self) -> int:
        return len(self.engine.requests)

    def tampering(self) -> TamperingProxy:
        proxy = TamperingProxy(("127.0.0.1", self.network.port))
        self.addCleanup(proxy.stop)
        return proxy
