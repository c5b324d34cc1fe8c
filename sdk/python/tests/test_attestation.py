# SPDX-License-Identifier: Apache-2.0
"""aipg.attestation: saved answers of our network, and evidence of real machines."""

import copy
import json
import pickle
import unittest

from aipg._verdict import Verdict, Written
from aipg.attestation import AttestationError, verify, verify_answer, verify_nvidia_attestation
from support import NetworkCase, TOP, asked

EVIDENCE = TOP.parent / "shared" / "evidence"


class SavedAnswers(NetworkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import aipg

        with aipg.Client(confidential=True) as client:
            raw = client.chat.completions.with_raw_response.create(**asked("tokens=3 text=saved"))
            cls.answer, cls.question = raw.content, raw.http_request.content
            cls.attestation = raw.parse().attestation
            with client.chat.completions.with_streaming_response.create(**asked("tokens=3", stream=True)) as streamed:
                cls.stream, cls.stream_question = streamed.read(), streamed.http_request.content

    def codes(self, verdict):
        return {finding.code: finding.severity for finding in verdict.findings}

    def test_binds_an_answer_to_its_question(self):
        for answer, question in ((self.answer, self.question), (self.stream, self.stream_question)):
            codes = self.codes(verify_answer(answer, question))
            self.assertEqual((codes["answer_bound"], codes["question_bound"]), ("passed", "passed"))
            self.assertEqual(self.codes(verify_answer(answer))["question_not_bound"], "note")

    def test_refuses_a_changed_answer_or_another_question(self):
        for answer, question, code in (
            (self.answer.replace(b"saved1", b"forged"), self.question, "answer_bound"),
            (self.answer, self.question + b" ", "question_bound"),
            (self.stream.replace(b"tok1", b"tok7"), self.stream_question, "answer_bound"),
            (self.answer, self.stream_question, "question_bound"),
        ):
            with self.assertRaises(AttestationError) as caught:
                verify_answer(answer, question)
            self.assertEqual([f.code for f in caught.exception.findings], [code])
        with self.assertRaisesRegex(ValueError, "no attestation"):
            verify_answer(b'{"choices":[]}')

    def test_expects_a_workload_and_a_nonce(self):
        good = verify_nvidia_attestation(self.attestation)
        self.assertTrue(verify_nvidia_attestation(self.attestation, expected_workload_hash=good.workload).accepted)
        self.assertTrue(verify_nvidia_attestation(self.attestation, "sha256:" + good.workload).accepted)
        with self.assertRaises(AttestationError) as caught:
            verify_nvidia_attestation(self.attestation, expected_workload_hash="11" * 32)
        self.assertIn("workload_not_expected", str(caught.exception))
        with self.assertRaises(AttestationError) as caught:
            verify_nvidia_attestation(self.attestation, nonce="22" * 32)
        self.assertEqual([f.code for f in caught.exception.findings], ["freshness_path"])
        for hash_ in ("xyz", "00", b"short"):
            with self.assertRaises(ValueError):
                verify_nvidia_attestation(self.attestation, expected_workload_hash=hash_)

    def test_reads_json_as_well_as_base64_and_nothing_else(self):
        import base64

        document = base64.b64decode(self.attestation)
        self.assertTrue(verify_nvidia_attestation(document).accepted)
        for junk in ("", "junk", "e30=", b"\xff", document[:-1]):
            with self.assertRaises(ValueError):
                verify_nvidia_attestation(junk)

    def test_simulated_evidence_is_nothing_under_the_vendors_roots(self):
        with self.assertRaises(AttestationError) as caught:
            verify_nvidia_attestation(self.attestation, policy="network")
        self.assertIn("chain_root", {f.code for f in caught.exception.findings})

    def test_a_verdict_prints(self):
        verdict = verify_nvidia_attestation(self.attestation)
        self.assertIn("SIMULATED hardware (L0)", str(verdict))
        self.assertIn("0 rules failed", str(verdict))
        self.assertEqual(repr(verdict), "<Verdict accepted L0 worker-1>")
        page = verdict._repr_html_()
        self.assertIn("<table>", page)
        self.assertIn("SIMULATED", page)
        self.assertEqual(verdict.to_dict()["v"], "aipg.verdict.v1")
        self.assertEqual(verdict.level, "L0")
        self.assertIsNotNone(verdict.at.tzinfo)

    def test_a_verdict_is_the_same_after_being_stored(self):
        verdict = verify_nvidia_attestation(self.attestation)
        for again in (pickle.loads(pickle.dumps(verdict)), copy.copy(verdict), copy.deepcopy(verdict)):
            self.assertEqual(again, verdict)
            self.assertEqual(str(again), str(verdict))

    def test_what_a_verdict_quotes_is_escaped_in_html(self):
        document = json.loads(verify_nvidia_attestation(self.attestation).json)
        document["identity"]["worker_id"] = "<script>alert(1)</script>"
        document["findings"].append({"code": "x", "severity": "failed", "subject": "<b>", "detail": "<i>&"})
        page = Verdict(Written(json.dumps(document), ""))._repr_html_()
        for hostile in ("<script>", "<b>x", "<i>"):
            self.assertNotIn(hostile, page)


@unittest.skipUnless(EVIDENCE.exists(), f"SKIPPED: no captured evidence at {EVIDENCE.name}/")
class RealEvidence(unittest.TestCase):
    """Each row of CASES.tsv that names single evidence, by Python."""

    def test_every_case_comes_out_as_stated(self):
        rows = [line.split("\t") for line in (EVIDENCE / "CASES.tsv").read_text().splitlines()[1:] if line]
        judged = 0
        for kind, evidence, beside, policy, at, expected, *_ in rows:
            given = dict(self.options(evidence, beside))
            with self.subTest(kind=kind, evidence=evidence, beside=beside, at=at):
                try:
                    accepted = verify(kind=kind, policy=policy, at=at, **given).accepted
                except (AttestationError, ValueError):
                    accepted = False
                self.assertEqual(accepted, expected == "accept")
                judged += 1
        self.assertGreater(judged, 100)

    def options(self, evidence, beside):
        yield "evidence", (EVIDENCE / evidence).read_bytes()
        files = []
        for word in beside.split():
            name, _, value = word.partition("=")
            if value and name == "nonce":
                yield "nonce", value
            elif value and name == "chain":
                yield "chain", (EVIDENCE / value).read_bytes()
            elif value and name == "runtime_data":
                yield "runtime_data", (EVIDENCE / value).read_bytes()
            else:
                files.append((EVIDENCE / word).read_bytes())
        yield "collateral", files


if __name__ == "__main__":
    unittest.main()
