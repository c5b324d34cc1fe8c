# SPDX-License-Identifier: Apache-2.0
"""What is, and what is not, inside the programs: a gateway that cannot open a
seal because it does not have the code, and no crypto symbol that could meet
another OpenSSL in the same process."""

import os
import pathlib
import re
import subprocess
import unittest

PROGRAMS = pathlib.Path(os.environ["AIPG_PROGRAMS"])
OF_THE_SEAL = re.compile(r"libaipg_(seal_[a-z]+|crypto_hpke_recipient)\.a")


def archives(program: str) -> set[str]:
    """Whether or not the optimizer has left anything of their functions as such."""
    text = (PROGRAMS.parent / f"{program}.parts").read_text(errors="replace")
    return {match.group(1) for match in OF_THE_SEAL.finditer(text)}


def symbols(program: str, *flags: str) -> str:
    return subprocess.run(["llvm-nm-19", "--demangle", *flags, str(PROGRAMS / program)],
                          capture_output=True, text=True).stdout


class Parts(unittest.TestCase):
    def test_gateway_links_only_the_wire_formats(self):
        self.assertEqual(archives("aipg-gateway"), {"seal_wire"})

    def test_gateway_has_no_symbol_that_seals_or_opens(self):
        names = symbols("aipg-gateway")
        self.assertIn("aipg::gateway::Relay::on_body", names, "the symbol table must be there to be searched")
        for absent in ("RequestOpener", "AnswerSealer", "AnswerOpener", "seal_request", "KeyRing",
                       "setup_base_recipient", "setup_base_sender", "content_secret"):
            self.assertNotIn(absent, names)

    def test_worker_has_what_the_gateway_lacks(self):
        """Shows that the searches above would find it."""
        self.assertIn("seal_recipient", archives("aipg-worker"))
        self.assertIn("aipg::seal::RequestOpener", symbols("aipg-worker"))

    def test_client_cannot_open_requests(self):
        self.assertNotIn("seal_recipient", archives("aipg"))

    def test_no_crypto_symbol_in_the_dynamic_tables(self):
        for program in ("aipg", "aipg-gateway", "aipg-worker"):
            defined = [line.split()[-1] for line in symbols(program, "-D", "--defined-only").splitlines()]
            self.assertEqual([name for name in defined if re.match(r"(SSL|EVP|CRYPTO|X509|BIO)_", name)], [])


if __name__ == "__main__":
    unittest.main()
