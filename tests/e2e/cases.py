# SPDX-License-Identifier: Apache-2.0
"""Cases that share a network: one for all of a class, and gone after it."""

from __future__ import annotations

import os
import tempfile
import unittest

from engine import ScriptedEngine
from network import Network


class ScriptedCase(unittest.TestCase):
    """Over an engine that does what its question says."""

    flags: tuple = ()  # of `aipg up`

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        cls.engine = ScriptedEngine(f"{cls.folder.name}/engine.sock")
        cls.network = Network("--engine", f"unix:{cls.folder.name}/engine.sock", *cls.flags)

    @classmethod
    def tearDownClass(cls):
        code = cls.network.stop()
        cls.engine.stop()
        cls.network.remove()
        cls.folder.cleanup()
        assert code == 0, f"aipg up ended with {code}"


class RealEngineCase(unittest.TestCase):
    """Over the embedded engine and its model; skipped where those are not."""

    @classmethod
    def setUpClass(cls):
        program, model = os.environ.get("AIPG_ENGINE_PROGRAM"), os.environ.get("AIPG_MODEL_FILE")
        if not program or not model or not os.path.exists(program) or not os.path.exists(model):
            raise unittest.SkipTest("SKIPPED: the engine or its model is not there: run scripts/setup engine model")
        cls.network = Network("--engine-program", program, "--model-file", model, ready_seconds=180)

    @classmethod
    def tearDownClass(cls):
        code = cls.network.stop()
        cls.network.remove()
        assert code == 0, f"aipg up ended with {code}"
