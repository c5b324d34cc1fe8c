# SPDX-License-Identifier: Apache-2.0
"""Checks this reference against vectors others published and against pyhpke.

The published files lie in ../shared/vectors beside the checkout; without them
those checks are skipped, loudly. pyhpke needs no files.
"""

from __future__ import annotations

import hashlib
import json
import unittest
from pathlib import Path

import pyhpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

import hpke
import xwing
from hpke import KEM_IDS, Suite
from refusal import Refused

PUBLISHED = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"


def load(name: str) -> list[dict]:
    if not (PUBLISHED / name).exists():
        raise unittest.SkipTest(f"NOT CHECKED: {name} is missing from ../shared/vectors")
    return json.loads((PUBLISHED / name).read_text())


class XWing(unittest.TestCase):
    def test_agrees_with_the_drafts_vectors(self) -> None:
        for vector in load("xwing.json"):
            seed = bytes.fromhex(vector["sk"])
            self.assertEqual(xwing.public_key(seed).hex(), vector["pk"])
            self.assertEqual(xwing.decapsulate(seed, bytes.fromhex(vector["ct"])).hex(), vector["ss"])

    def test_what_it_encapsulates_it_decapsulates(self) -> None:
        seed = bytes(range(32))
        secret, ciphertext = xwing.encapsulate(xwing.public_key(seed), bytes([7]) * 32)
        self.assertEqual(len(ciphertext), xwing.CIPHERTEXT_BYTES)
        self.assertEqual(xwing.decapsulate(seed, ciphertext), secret)

    def test_refuses_a_low_order_point(self) -> None:
        seed = bytes(range(32))
        _, ciphertext = xwing.encapsulate(xwing.public_key(seed), bytes([7]) * 32)
        with self.assertRaises(ValueError):
            xwing.decapsulate(seed, ciphertext[:-32] + bytes(32))


class Published(unittest.TestCase):
    def test_xwing_key_schedule_and_exports(self) -> None:
        vectors = [v for v in load("hpke_xwing.json") if v["kdf_id"] == hpke.KDF_HKDF_SHA256]
        self.assertTrue(vectors)
        for vector in vectors:
            secret = hpke.decapsulate(Suite.XWING, bytes.fromhex(vector["skRm"]), bytes.fromhex(vector["enc"]))
            self.assertEqual(secret.hex(), vector["shared_secret"])
            info = bytes.fromhex(vector["info"])
            context = hpke.key_schedule(KEM_IDS[Suite.XWING], secret, info, vector["aead_id"])
            for name in ("suite_id", "key", "base_nonce", "exporter_secret"):
                self.assertEqual(getattr(context, name).hex(), vector[name], name)
            for export in vector["exports"]:
                value = context.export(bytes.fromhex(export["exporter_context"]), export["L"])
                self.assertEqual(value.hex(), export["exported_value"])

    def test_x25519_of_rfc_9180(self) -> None:
        vectors = [v for v in load("hpke_rfc9180_x25519_sha256_base.json") if v["aead_id"] == hpke.AEAD_AES256_GCM]
        self.assertTrue(vectors)
        for vector in vectors:
            seed, info = bytes.fromhex(vector["skRm"]), bytes.fromhex(vector["info"])
            self.assertEqual(hpke.public_key(Suite.X25519, seed).hex(), vector["pkRm"])
            context = hpke.setup_recipient(Suite.X25519, seed, bytes.fromhex(vector["enc"]), info)
            self.assertEqual(accumulated_seals(context), vector["encryptions_accumulated"])
            self.assertEqual(accumulated_exports(context), vector["exports_accumulated"])


class Stream:
    """The inputs of the accumulated vectors: a length byte and that many bytes, drawn from SHAKE128 of nothing."""

    def __init__(self) -> None:
        self.data = hashlib.shake_128().digest(1 << 20)
        self.at = 0

    def draw(self) -> bytes:
        size = self.data[self.at]
        self.at += 1 + size
        return self.data[self.at - size : self.at]


def accumulated_seals(context: hpke.Context) -> str:
    stream, out = Stream(), hashlib.shake_128()
    for _ in range(1000):
        aad, plaintext = stream.draw(), stream.draw()
        out.update(context.seal(aad, plaintext))
    return out.hexdigest(16)


def accumulated_exports(context: hpke.Context) -> str:
    stream, out = Stream(), hashlib.shake_128()
    for length in range(1000):
        out.update(context.export(stream.draw(), length))
    return out.hexdigest(16)


class AgainstPyhpke(unittest.TestCase):
    SUITE = pyhpke.CipherSuite.new(
        pyhpke.KEMId.DHKEM_X25519_HKDF_SHA256, pyhpke.KDFId.HKDF_SHA256, pyhpke.AEADId.AES256_GCM
    )
    SEED, INFO, AAD = bytes(range(32)), b"an info", b"an aad"

    def test_it_opens_what_we_seal(self) -> None:
        recipient = hpke.public_key(Suite.X25519, self.SEED)
        enc, ours = hpke.setup_sender(Suite.X25519, recipient, self.INFO, bytes([9]) * 32)
        key = pyhpke.KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(self.SEED))
        theirs = self.SUITE.create_recipient_context(enc, key, info=self.INFO)
        self.assertEqual(theirs.open(ours.seal(self.AAD, b"hello"), aad=self.AAD), b"hello")
        self.assertEqual(theirs.export(b"context", 32), ours.export(b"context", 32))

    def test_we_open_what_it_seals(self) -> None:
        public = X25519PublicKey.from_public_bytes(hpke.public_key(Suite.X25519, self.SEED))
        key = pyhpke.KEMKey.from_pyca_cryptography_key(public)
        enc, theirs = self.SUITE.create_sender_context(key, info=self.INFO)
        ours = hpke.setup_recipient(Suite.X25519, self.SEED, enc, self.INFO)
        sealed = theirs.seal(b"hello", aad=self.AAD)
        self.assertEqual(ours.open(self.AAD, sealed), b"hello")
        with self.assertRaises(Refused):
            hpke.setup_recipient(Suite.X25519, self.SEED, enc, b"another info").open(self.AAD, sealed)


if __name__ == "__main__":
    unittest.main()
