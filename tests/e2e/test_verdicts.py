# SPDX-License-Identifier: Apache-2.0
"""`aipg verify --json` conforms to docs/schema/verdict.schema.json: for evidence
of real machines where the evidence library lies beside the checkout, and for a
worker of a network on loopback."""

import base64
import copy
import csv
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import schema
from engine import ScriptedEngine
from network import PROGRAMS, Network

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = SOURCE.parent / "shared" / "evidence"
SCHEMA = json.loads((SOURCE / "docs/schema/verdict.schema.json").read_text())
FLAGS = {
    "tdx-quote": "--tdx-quote",
    "sgx-quote": "--sgx-quote",
    "snp-report": "--snp-report",
    "gpu-report": "--gpu-report",
    "switch-report": "--gpu-report",
    "nvidia-evidence": "--nvidia-evidence",
    "nras-token": "--nras-token",
}


def verify(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(PROGRAMS / "aipg"), "verify", *arguments], input=stdin, capture_output=True, timeout=60,
                          env={"PATH": os.environ["PATH"]}, check=False)


def conforming(test: unittest.TestCase, done: subprocess.CompletedProcess) -> dict:
    test.assertIn(done.returncode, (0, 1), done.stderr)
    verdict = json.loads(done.stdout)
    schema.check(verdict, SCHEMA)
    test.assertEqual(done.returncode == 0, verdict["accepted"])
    test.assertEqual(verdict["accepted"], all(each["severity"] != "failed" for each in verdict["findings"]))
    return verdict


def arguments_of(row: dict) -> list[str]:
    out = [FLAGS[row["kind"]], str(LIBRARY / row["evidence"]), "--policy", row["policy"], "--at", row["at"]]
    chained = FLAGS[row["kind"]] != "--gpu-report"
    for word in row["with"].split():
        if word.startswith("nonce="):
            out += ["--nonce", word.removeprefix("nonce=")]
        elif word.endswith(".pem") and not chained:
            out += ["--gpu-chain", str(LIBRARY / word)]
            chained = True
        else:
            out += ["--collateral", str(LIBRARY / word)]
    return out


class Schema(unittest.TestCase):
    """The checker itself notices what it is for."""

    GOOD = {
        "v": "aipg.verdict.v1", "accepted": False, "simulated": False, "level": "none", "at": "2026-11-22T12:00:00Z",
        "policy": "vendor", "headline": "REJECTED",
        "identity": {"cpu": "", "tcb_status": "", "advisories": [], "devices": [], "worker_id": "", "workload": "",
                     "models": [], "boot_name": "", "platform_id": "0" * 64},
        "findings": [{"code": "tdx_debug", "severity": "failed", "subject": "cpu", "detail": "",
                      "expected": "clear", "actual": "set"}],
    }

    def test_takes_what_conforms(self):
        schema.check(self.GOOD, SCHEMA)

    def test_refuses_what_does_not(self):
        def broken(edit):
            verdict = copy.deepcopy(self.GOOD)
            edit(verdict)
            with self.assertRaises(AssertionError):
                schema.check(verdict, SCHEMA)

        broken(lambda v: v.pop("v"))
        broken(lambda v: v.update(v="aipg.verdict.v2"))
        broken(lambda v: v.update(extra=1))
        broken(lambda v: v.update(accepted="yes"))
        broken(lambda v: v.update(at="yesterday"))
        broken(lambda v: v.update(at=v["at"] + "\n"))
        broken(lambda v: v["findings"][0].update(code="TDX"))
        broken(lambda v: v["findings"][0].pop("actual"))
        broken(lambda v: v["findings"][0].update(severity="bad"))
        broken(lambda v: v["identity"].update(platform_id="00"))


@unittest.skipUnless((LIBRARY / "CASES.tsv").exists(), f"SKIPPED: no {LIBRARY}; no real evidence was judged")
class RealEvidence(unittest.TestCase):
    def test_every_case_conforms_and_comes_out_as_it_says(self):
        with open(LIBRARY / "CASES.tsv", newline="") as file:
            rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["kind"] in FLAGS]
        outcomes, compared = set(), set()
        for row in rows:
            if FLAGS[row["kind"]] == "--gpu-report" and ".pem" not in row["with"]:
                continue
            with self.subTest(kind=row["kind"], evidence=row["evidence"], policy=row["policy"], at=row["at"]):
                done = verify(*arguments_of(row), "--json")
                if done.returncode == 3:  # what is beside it cannot be read: refused as well
                    self.assertEqual(row["expect"], "reject", done.stderr)
                    continue
                verdict = conforming(self, done)
                self.assertEqual(verdict["accepted"], row["expect"] == "accept", row["why"])
                outcomes.add((row["kind"], row["expect"]))
                compared |= {each["code"] for each in verdict["findings"] if "expected" in each}
        self.assertGreaterEqual(len(outcomes), 10)
        for code in ("tdx_debug", "tdx_tcb_info_fmspc", "nvidia_nonce", "nvidia_measurements", "snp_provisional"):
            self.assertIn(code, compared)

    def test_standard_input_and_encodings_are_taken(self):
        quote = (LIBRARY / "tdx/v4_00a06d/quote.bin").read_bytes()
        for given in (quote, quote.hex().encode(), base64.b64encode(quote)):
            done = verify("--tdx-quote", "-", "--policy", "chain", "--at", "2026-01-01T00:00:00Z", "--json", stdin=given)
            self.assertTrue(conforming(self, done)["accepted"])

    def test_roots_of_a_folder_narrow_the_vendors(self):
        arguments = ["--tdx-quote", str(LIBRARY / "tdx/v4_00a06d/quote.bin"), "--policy", "chain", "--at",
                     "2026-01-01T00:00:00Z", "--json"]
        verdict = conforming(self, verify(*arguments, "--roots", str(LIBRARY / "roots")))
        self.assertTrue(verdict["accepted"])
        self.assertFalse(verdict["simulated"])
        self.assertIn("of the vendors'", verdict["roots"])
        with tempfile.TemporaryDirectory() as folder:
            amd = (LIBRARY / "roots/amd_ark_genoa.pem").read_bytes()
            pathlib.Path(folder, "amd_ark_genoa.pem").write_bytes(amd)
            verdict = conforming(self, verify(*arguments, "--roots", folder))
            self.assertIn("chain_root", [each["code"] for each in verdict["findings"]])

    def test_a_root_that_is_no_vendors_makes_everything_l0(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("amd_ark_genoa.pem", "intel_sgx_root_ca.pem"):
                pathlib.Path(folder, name).write_bytes((LIBRARY / "roots" / name).read_bytes())
            stray = (LIBRARY / "snp/chains/genoa_ask_ark_asvk.pem").read_text().split("-----END")[0]
            pathlib.Path(folder, "amd_other.pem").write_text(stray + "-----END CERTIFICATE-----\n")
            verdict = conforming(self, verify("--tdx-quote", str(LIBRARY / "tdx/v4_00a06d/quote.bin"), "--policy",
                                              "chain", "--at", "2026-01-01T00:00:00Z", "--json", "--roots", folder))
            self.assertTrue(verdict["simulated"])
            self.assertEqual(verdict["level"], "L0")
            self.assertIn("whatever is accepted is L0", verdict["roots"])

    def test_a_paravisors_report_is_held_against_its_data(self):
        arguments = ["--tdx-quote", str(LIBRARY / "tdx/v4_azure_2025/quote.bin"), "--policy", "azure-vtpm", "--at",
                     "2026-01-01T00:00:00Z", "--json"]
        severity = lambda verdict, code: [f["severity"] for f in verdict["findings"] if f["code"] == code]
        verdict = conforming(self, verify(*arguments))
        self.assertEqual(severity(verdict, "paravisor_report_data"), ["passed"])
        self.assertEqual(severity(verdict, "paravisor_data_missing"), ["warning"])
        with tempfile.NamedTemporaryFile() as data:
            data.write(b"{}")
            data.flush()
            verdict = conforming(self, verify(*arguments, "--runtime-data", data.name))
        self.assertEqual(severity(verdict, "paravisor_runtime_data"), ["failed"])
        done = verify(*arguments[:2], "--policy", "chain", "--runtime-data", "x")
        self.assertEqual(done.returncode, 2)


class SnpWorker(unittest.TestCase):
    def test_a_confidential_answer_of_an_snp_worker_verifies(self):
        with tempfile.TemporaryDirectory(prefix="aipg-e2e-") as folder:
            engine = ScriptedEngine(f"{folder}/engine.sock")
            network = Network("--cpu", "snp-genoa", "--engine", f"unix:{folder}/engine.sock")
            try:
                self.assertIn('cpu = "snp-genoa"', (network.state / "workload-1.toml").read_text())
                proof, question, answer = (pathlib.Path(folder, name) for name in ("proof", "question", "answer"))
                said = network.client("chat", "tokens=2 text=answer", "--save-attestation", str(proof),
                                      "--save-question", str(question), "--save-answer", str(answer))
                self.assertEqual(said.returncode, 0, said.stderr + network.logs())
                self.assertIn("answer0 answer1", said.stdout)
                done = network.client("verify", str(proof), "--question", str(question), "--answer", str(answer),
                                      "--json")
                verdict = json.loads(done.stdout)
                schema.check(verdict, SCHEMA)
                self.assertEqual((done.returncode, verdict["level"]), (0, "L0"), done.stdout)
                self.assertIn("SEV-SNP", verdict["identity"]["cpu"])
                passed = {each["code"] for each in verdict["findings"] if each["severity"] == "passed"}
                self.assertLessEqual({"snp_report_data", "workload_host_data", "snp_tcb_minimum", "question_bound",
                                      "answer_bound"}, passed)
            finally:
                network.stop()
                engine.stop()
                network.remove()


class Worker(unittest.TestCase):
    def test_attestations_conform_accepted_and_rejected(self):
        with tempfile.TemporaryDirectory(prefix="aipg-e2e-") as folder:
            engine = ScriptedEngine(f"{folder}/engine.sock")
            network = Network("--engine", f"unix:{folder}/engine.sock")
            try:
                proof = pathlib.Path(folder, "proof.json")
                said = network.client("chat", "tokens=2 text=answer", "--save-attestation", str(proof))
                self.assertEqual(said.returncode, 0, said.stderr)
                good = network.client("verify", str(proof), "--json")
                verdict = json.loads(good.stdout)
                schema.check(verdict, SCHEMA)
                self.assertEqual((good.returncode, verdict["level"]), (0, "L0"))
                bad = network.client("verify", str(proof), "--json", "--policy", "network")
                verdict = json.loads(bad.stdout)
                schema.check(verdict, SCHEMA)
                self.assertEqual((bad.returncode, verdict["level"]), (1, "none"))
            finally:
                network.stop()
                engine.stop()
                network.remove()
