# SPDX-License-Identifier: Apache-2.0
"""`aipg simulate --bundle` and `aipg verify`, as a CI of somebody else's runs them:
a worker in a state that is asked for, and the verdict that was promised."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from network import PROGRAMS
from test_verdicts import conforming, verify

STATES = [
    ("--cpu tdx --gpu hopper", []),
    ("--cpu tdx-v5 --gpu blackwell-mpt-8", []),
    ("--cpu snp-genoa --gpu hopper", []),
    ("--cpu snp-turin --gpu hopper-ppcie-8", []),
    ("--cpu tdx --tcb out-of-date", ["tdx_tcb_out_of_date"]),
    ("--cpu snp-genoa --gpu none --debug", ["snp_debug"]),
    ("--gpu blackwell-mpt-8 --revoked gpu", ["ocsp_revoked"]),
    ("--expired tcb-info --expired pck-crl", ["crl_expired", "tdx_tcb_info_expired"]),
]


class Bundle(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def simulate(self, name: str, flags: str) -> str:
        done = subprocess.run(
            [str(PROGRAMS / "aipg"), "simulate", "--bundle", "--out", name, "--state", "keys", *flags.split()],
            cwd=self.folder, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_verdict_is_the_one_that_was_promised(self):
        for i, (flags, codes) in enumerate(STATES):
            with self.subTest(flags):
                said = self.simulate(f"worker-{i}", flags)
                command = next(line.split() for line in said.splitlines() if line.startswith("  aipg verify "))
                arguments = [str(self.folder / each) if each.startswith("worker-") else each for each in command[2:]]
                verdict = conforming(self, verify(*arguments, "--json"))
                failed = {each["code"] for each in verdict["findings"] if each["severity"] == "failed"}
                self.assertEqual(failed, set(codes))
                self.assertEqual(verdict["level"], "none" if codes else "L0")
                self.assertIn("rejected" if codes else "accepted", said)

    def test_nobody_else_accepts_it(self):
        self.simulate("worker", "--gpu none")
        verdict = conforming(self, verify(str(self.folder / "worker/bundle.json"), "--offline", "--json"))
        self.assertFalse(verdict["accepted"])
