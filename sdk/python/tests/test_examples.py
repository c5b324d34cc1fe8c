# SPDX-License-Identifier: Apache-2.0
"""The programs of examples/, run as its page says, against the real engine; and
where the review agent's credential goes."""

import http.server
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error

from support import TOP

from cases import RealEngineCase  # noqa: E402  (support says where)

EXAMPLES = TOP / "examples"
TOKEN = "forge_" + "0123456789abcdef" * 2
FILES = [
    {"filename": "README.md", "patch": f"@@ -1 +1 @@\n-Billing\n+Billing with {TOKEN}\n"},
    {"filename": "billing/invoice.py", "patch": "@@ -3 +3 @@\n-    return price * count\n+    return price\n"},
    {"filename": "logo.png"},
]


class Forge(http.server.ThreadingHTTPServer):
    """GitHub's pull request files, for one token; or a redirect to somewhere else."""

    def __init__(self, redirect_to: str = "") -> None:
        self.seen: list = []
        self.redirect_to = redirect_to
        super().__init__(("127.0.0.1", 0), _Answering)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Answering(http.server.BaseHTTPRequestHandler):
    server: Forge

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers["Authorization"]))
        status = 302 if self.server.redirect_to else 200 if self.headers["Authorization"] == f"Bearer {TOKEN}" else 401
        body = json.dumps(FILES if status == 200 else {"message": "no"}).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.redirect_to)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def forge(case: unittest.TestCase, redirect_to: str = "") -> Forge:
    out = Forge(redirect_to)
    case.addCleanup(out.stop)
    return out


def agent():
    spec = importlib.util.spec_from_file_location("code_review_agent", EXAMPLES / "code_review_agent.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Credential(unittest.TestCase):
    def test_goes_to_the_forge_and_is_taken_out_of_what_the_model_reads(self):
        server = forge(self)
        reading = agent().Forge(server.address, "example/billing", 12, TOKEN)
        self.assertEqual(server.seen, [("/repos/example/billing/pulls/12/files?per_page=100", f"Bearer {TOKEN}")])
        self.assertEqual(reading.files, ["README.md", "billing/invoice.py", "logo.png"])
        self.assertIn("Billing with [credential]", reading.read("README.md"))
        for name in reading.files:
            self.assertNotIn(TOKEN, reading.read(name))

    def test_is_not_taken_along_by_a_redirect(self):
        elsewhere = forge(self)
        server = forge(self, redirect_to=elsewhere.address + "/files")
        with self.assertRaises(urllib.error.HTTPError):
            agent().Forge(server.address, "example/billing", 12, TOKEN)
        self.assertEqual(elsewhere.seen, [])

    def test_the_model_can_ask_for_files_of_the_change_only(self):
        step = agent().next_step
        self.assertEqual([list(one["properties"]) for one in step(["a", "b"], ["a", "b"], True)["anyOf"]], [["read"]])
        self.assertEqual(step(["b"], ["a", "b"], True)["anyOf"][1]["properties"]["read"], {"enum": ["b"]})
        self.assertEqual([list(one["properties"]) for one in step(["b"], ["a", "b"], False)["anyOf"]], [["report"]])


class Programs(RealEngineCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aipg-examples-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def example(self, name, *arguments, **environment):
        return subprocess.run([sys.executable, EXAMPLES / name, *arguments], capture_output=True, text=True, timeout=300,
                              cwd=self.folder, env={**os.environ, **self.network.environment, **environment})

    def copied(self, name):
        return shutil.copy(EXAMPLES / name, self.folder)

    def test_clinical_note(self):
        done = self.example("clinical_note.py", self.copied("clinical_note.txt"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("COPD", done.stdout)
        self.assertIn("SIMULATED", done.stderr)
        proof = f"{self.folder}/clinical_note.attestation.json"
        self.assertIn(f"proof     {proof}", done.stderr)
        judged = self.network.client("verify", proof)
        self.assertEqual(judged.returncode, 0, judged.stderr)
        with open(proof) as kept:
            self.assertNotIn("COPD", kept.read())

    def test_contract_review(self):
        done = self.example("contract_review.py", self.copied("contract.txt"))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
        self.assertEqual([row[1] for row in rows], ["Services", "Price", "Liability", "Term", "Confidentiality"])
        self.assertLessEqual({row[0] for row in rows}, {"low", "medium", "high"})

    def test_contract_review_by_another_workload_sends_nothing(self):
        done = self.example("contract_review.py", self.copied("contract.txt"), "--workload", "00" * 32)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Not reviewed:", done.stderr)
        self.assertIn("no_confidential_worker", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_code_review_agent(self):
        server = forge(self)
        done = self.example("code_review_agent.py", "--forge", server.address, "example/billing", "12", GITHUB_TOKEN=TOKEN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("reads     ", done.stderr)
        for line in done.stdout.splitlines():
            self.assertIn(line.split(":")[0], [file["filename"] for file in FILES])
        self.assertNotIn(TOKEN, done.stdout + done.stderr)

    def test_code_review_agent_with_a_wrong_token(self):
        done = self.example("code_review_agent.py", "--forge", forge(self).address, "example/billing", "12",
                            GITHUB_TOKEN="wrong")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Not reviewed: HTTP Error 401", done.stderr)


if __name__ == "__main__":
    unittest.main()
