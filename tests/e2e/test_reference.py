# SPDX-License-Identifier: Apache-2.0
"""Three people who sign reference values one after another, each alone with
a key of their own, and a client who checks what they made."""

import json
import os
import pathlib
import stat
import subprocess
import tempfile
import unittest

AIPG = pathlib.Path(os.environ["AIPG_PROGRAMS"]) / "aipg"

DESCRIPTION = f"""version = 8
issued = "2026-11-22T12:00:00Z"
expires = "2026-11-29T12:00:00Z"
platform_denied = []

[minimum]
tdx_tcb_date = "2025-05-14T00:00:00Z"
tcb_evaluation_data_number = 18
intel_crl = "2026-10-01T00:00:00Z"
amd_crl = "2026-10-01T00:00:00Z"
nvidia_driver = 570

[validators]
keys = []
quorum = 0

[[release]]
name = "aipg-guest 1.4.0"
workload_hash = "{'a' * 64}"
models = ["llama-3-70b"]
status = "good"

[[release.boot]]
kind = "snp"
measurement = "{'7' * 96}"
"""


class ReferenceValues(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aipg-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "values.toml").write_text(DESCRIPTION)
        self.keys = [self.run_aipg("keygen", f"{who}.key", code=0).strip() for who in "abc"]

    def run_aipg(self, *arguments, code):
        done = subprocess.run([AIPG, "reference", *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.said = done.stderr
        return done.stdout

    def sign(self, source, who):
        self.run_aipg("sign", source, "--key", f"{who}.key", "--output", "reference.json", code=0)

    def check(self, *more, code, at="2026-11-23T00:00:00Z"):
        keys = [argument for key in self.keys for argument in ("--release-key", key)]
        return self.run_aipg("check", "reference.json", "--at", at, *keys, *more, code=code)

    def test_signatures_gather_until_there_are_enough(self):
        self.sign("values.toml", "a")
        self.assertIn("(document_quorum)", self.check(code=1))
        self.sign("reference.json", "b")
        self.assertTrue(self.check(code=0).startswith("good as of 2026-11-23T00:00:00Z\n"))
        self.sign("reference.json", "c")
        self.check("--quorum", "3", code=0)

    def test_a_stranger_counts_for_nothing(self):
        self.run_aipg("keygen", "stranger.key", code=0)
        self.sign("values.toml", "a")
        self.sign("reference.json", "stranger")
        self.assertIn("1 of 3 release keys signed it, 2 must", self.check(code=1))

    def test_old_and_expired_documents_are_refused(self):
        self.sign("values.toml", "a")
        self.sign("reference.json", "b")
        (self.folder / "reference.json").rename(self.folder / "seen.json")
        (self.folder / "older.toml").write_text(DESCRIPTION.replace("version = 8", "version = 7"))
        self.sign("older.toml", "a")
        self.sign("reference.json", "b")
        self.check(code=0)
        self.assertIn("(policy_rollback)", self.check("--seen", "seen.json", code=1))
        self.assertIn("(policy_expired)", self.check(code=1, at="2026-12-01T00:00:00Z"))

    def test_a_changed_document_is_refused(self):
        self.sign("values.toml", "a")
        self.sign("reference.json", "b")
        path = self.folder / "reference.json"
        envelope = json.loads(path.read_text())
        first, second = envelope["signatures"]
        first["signature"], second["signature"] = second["signature"], first["signature"]
        path.write_text(json.dumps(envelope, separators=(",", ":"), sort_keys=True))
        self.assertIn("(document_signature)", self.check(code=1))

    def test_the_description_of_a_document_makes_it_again(self):
        self.sign("values.toml", "a")
        self.assertEqual(self.run_aipg("show", "reference.json", "--toml", code=0), DESCRIPTION)

    def test_private_keys_are_their_owners(self):
        path = self.folder / "a.key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        before = path.read_bytes()
        self.run_aipg("keygen", "a.key", code=1)
        self.assertEqual(path.read_bytes(), before)
        path.chmod(0o644)
        self.run_aipg("sign", "values.toml", "--key", "a.key", code=1)
        self.assertIn("(file_open_to_others)", self.said)

    def test_help_teaches(self):
        text = self.run_aipg("--help", code=0)
        for command in ("keygen", "sign", "check", "show"):
            self.assertIn(command, text)
            self.assertIn("aipg reference " + command, self.run_aipg(command, "--help", code=0))


if __name__ == "__main__":
    unittest.main()
