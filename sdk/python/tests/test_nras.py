# SPDX-License-Identifier: Apache-2.0
"""method="nras": a service like NVIDIA's, whose keys the network's own policy pins the issuer of, and all that can be
wrong with what it says. It is asked by openai's HTTP library; only the connection is not there."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

import aipg
from aipg._http import httpx
from aipg.attestation import AttestationError, AttestationServiceError, verify_nvidia_attestation
from support import NetworkCase, asked

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = pathlib.Path(os.environ["AIPG_PROGRAMS"])
TOKEN_PATH, KEYS_PATH = "/v4/attest/gpu", "/.well-known/jwks.json"


def said_by(authority, body):
    """What the service of this authority says about these devices."""
    command = [os.environ["AIPG_PYTHON"], str(HERE / "fake_nras.py"), str(authority)]
    return json.loads(subprocess.run(command, input=body, stdout=subprocess.PIPE, check=True).stdout)


class Service:
    """Answers like NVIDIA's, unless `edit` has something else for a path."""

    def __init__(self, authority, edit=None):
        self.authority, self.edit, self.asked, self.said = authority, edit or {}, [], {}
        self.client = httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request):
        self.asked.append((request.method, str(request.url)))
        if request.url.path == TOKEN_PATH:
            self.body = request.read()
            self.said = said_by(self.authority, self.body)
        name = "token" if request.url.path == TOKEN_PATH else "jwks"
        edit = self.edit.get(request.url.path)
        if callable(edit):
            edit = edit(self.said[name])
        if isinstance(edit, Exception):
            raise edit
        return edit if isinstance(edit, httpx.Response) else httpx.Response(200, text=edit or self.said[name])


@unittest.skipUnless(os.environ.get("AIPG_PYTHON"), "SKIPPED: AIPG_PYTHON names no Python with the package cryptography")
class RemoteAttestation(NetworkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with aipg.Client(confidential=True) as client:
            cls.attestation = client.chat.completions.create(**asked("tokens=3 text=remote")).attestation
        cls.authority = next(cls.network.state.rglob("simulated-nras"))

    def verify(self, service, **more):
        return verify_nvidia_attestation(self.attestation, method="nras", http_client=service.client, **more)

    def refused(self, edit, authority=None):
        with self.assertRaises(AttestationError) as caught:
            self.verify(Service(authority or self.authority, edit))
        return {finding.code for finding in caught.exception.findings}

    def unanswered(self, edit):
        service = Service(self.authority, edit)
        with self.assertRaises(AttestationServiceError) as caught:
            self.verify(service)
        self.assertIsInstance(caught.exception, aipg.AttestationServiceError)
        self.assertIn('method="local"', str(caught.exception))
        return caught.exception.code, [method for method, _ in service.asked]

    def test_the_service_vouches_for_the_devices(self):
        service = Service(self.authority)
        verdict = self.verify(service)
        self.assertTrue(verdict.accepted)
        codes = {finding.code: finding.severity for finding in verdict.findings}
        self.assertEqual((codes["nras_signature"], codes["nras_devices"]), ("passed", "passed"))
        self.assertNotIn("rim_measurements", codes)
        host = "https://nras.attestation.nvidia.com"
        self.assertEqual(service.asked, [("POST", host + TOKEN_PATH), ("GET", host + KEYS_PATH)])

    def test_it_is_shown_reports_certificates_and_their_nonce_only(self):
        service = Service(self.authority)
        self.verify(service)
        shown = json.loads(service.body)
        self.assertEqual(sorted(shown), ["arch", "claims_version", "evidence_list", "nonce"])
        self.assertEqual({tuple(sorted(each)) for each in shown["evidence_list"]}, {("certificate", "evidence")})

    def test_nobody_is_asked_otherwise(self):
        service = Service(self.authority)
        verdict = verify_nvidia_attestation(self.attestation, http_client=service.client)
        self.assertNotIn("nras_signature", {finding.code for finding in verdict.findings})
        self.assertEqual(service.asked, [])
        with self.assertRaises(ValueError):
            verify_nvidia_attestation(self.attestation, method="other", http_client=service.client)

    def test_what_else_is_asked_of_the_evidence_still_holds(self):
        with self.assertRaises(AttestationError) as caught:
            self.verify(Service(self.authority), expected_workload_hash="11" * 32)
        self.assertIn("workload_not_expected", {finding.code for finding in caught.exception.findings})

    def test_refuses_a_token_by_another_key(self):
        def other(_):
            return said_by(self.authority, self.other_body())["token"]

        self.assertIn("nras_signature", self.refused({TOKEN_PATH: other}))

    def test_refuses_keys_that_the_pinned_authority_did_not_certify(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [PROGRAMS / "aipg", "simulate", "--out", f"{folder}/out", "--state", f"{folder}/state"]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            self.assertIn("nras_key_chain", self.refused({}, pathlib.Path(folder) / "state" / "simulated-nras"))

    def test_refuses_a_token_that_was_changed(self):
        def changed(token):
            overall, devices = json.loads(token)
            header, claims, signature = devices["GPU-0"].split(".")
            text = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b"570.124.06", b"570.124.07")
            devices["GPU-0"] = f"{header}.{base64.urlsafe_b64encode(text).rstrip(b'=').decode()}.{signature}"
            return json.dumps([overall, devices])

        self.assertIn("nras_signature", self.refused({TOKEN_PATH: changed}))

    def test_refuses_a_token_that_is_over(self):
        with self.assertRaises(AttestationError) as caught:
            self.verify(Service(self.authority), at=datetime.now(timezone.utc) + timedelta(hours=2))
        self.assertIn("nras_expired", {finding.code for finding in caught.exception.findings})

    def test_refuses_what_is_no_token_and_no_list_of_keys(self):
        for path in (TOKEN_PATH, KEYS_PATH):
            for junk in ("{}", "<html>", "[]"):
                with self.subTest(path=path, junk=junk):
                    self.assertTrue(self.refused({path: junk}))

    def test_says_when_it_cannot_be_reached(self):
        for error in (httpx.ConnectError("no route"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")):
            self.assertEqual(self.unanswered({TOKEN_PATH: error}), ("nras_unreachable", ["POST"]))
            self.assertEqual(self.unanswered({KEYS_PATH: error}), ("nras_unreachable", ["POST", "GET"]))

    def test_says_when_it_refuses_and_follows_no_redirect(self):
        elsewhere = {"Location": "https://example.com/jwks.json"}
        for path, methods in ((TOKEN_PATH, ["POST"]), (KEYS_PATH, ["POST", "GET"])):
            for status in (302, 400, 429, 503):
                response = httpx.Response(status, headers=elsewhere, text="{}")
                self.assertEqual(self.unanswered({path: response}), ("nras_refused", methods))

    def test_reads_no_answer_without_end(self):
        def endless():
            while True:
                yield b" " * 65536

        for path, methods in ((TOKEN_PATH, ["POST"]), (KEYS_PATH, ["POST", "GET"])):
            response = httpx.Response(200, content=endless())
            self.assertEqual(self.unanswered({path: response}), ("nras_too_large", methods))

    def other_body(self):
        service = Service(self.authority)
        self.verify(service)
        return service.body


if __name__ == "__main__":
    unittest.main()
