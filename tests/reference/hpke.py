# SPDX-License-Identifier: Apache-2.0
"""HPKE (RFC 9180), base mode with HKDF-SHA256, over DHKEM(X25519) and X-Wing.

One key schedule for both KEMs. The AEAD is AES-256-GCM; another AEAD's id can
be given to derive the schedule of published vectors that use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidTag

import xwing
from primitives import aead_open, aead_seal, expand, extract, nonce_at, uint
from refusal import Refused

KDF_HKDF_SHA256 = 0x0001
AEAD_AES256_GCM = 0x0002


class Suite(IntEnum):
    """The protocol's suite numbers."""

    X25519 = 0x0001
    XWING = 0x0002


KEM_IDS = {Suite.X25519: 0x0020, Suite.XWING: 0x647A}
ENC_BYTES = {Suite.X25519: 32, Suite.XWING: 1120}


def _labeled_extract(suite_id: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return extract(salt, b"HPKE-v1" + suite_id + label + ikm)


def _labeled_expand(suite_id: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand(prk, uint(length, 2) + b"HPKE-v1" + suite_id + label + info, length)


@dataclass
class Context:
    suite_id: bytes
    key: bytes
    base_nonce: bytes
    exporter_secret: bytes
    sequence: int = 0

    def _next_nonce(self) -> bytes:
        self.sequence += 1
        return nonce_at(self.base_nonce, self.sequence - 1)

    def seal(self, aad: bytes, plaintext: bytes) -> bytes:
        return aead_seal(self.key, self._next_nonce(), aad, plaintext)

    def open(self, aad: bytes, ciphertext: bytes) -> bytes:
        try:
            return aead_open(self.key, self._next_nonce(), aad, ciphertext)
        except InvalidTag as error:
            raise Refused("hpke_open_failed") from error

    def export(self, context: bytes, length: int) -> bytes:
        return _labeled_expand(self.suite_id, self.exporter_secret, b"sec", context, length)


def key_schedule(kem_id: int, shared_secret: bytes, info: bytes, aead_id: int = AEAD_AES256_GCM) -> Context:
    suite_id = b"HPKE" + uint(kem_id, 2) + uint(KDF_HKDF_SHA256, 2) + uint(aead_id, 2)
    psk_id_hash = _labeled_extract(suite_id, b"", b"psk_id_hash", b"")
    info_hash = _labeled_extract(suite_id, b"", b"info_hash", info)
    schedule_context = b"\x00" + psk_id_hash + info_hash
    secret = _labeled_extract(suite_id, shared_secret, b"secret", b"")
    return Context(
        suite_id,
        _labeled_expand(suite_id, secret, b"key", schedule_context, 32),
        _labeled_expand(suite_id, secret, b"base_nonce", schedule_context, 12),
        _labeled_expand(suite_id, secret, b"exp", schedule_context, 32),
    )


def _dhkem_secret(dh: bytes, enc: bytes, recipient: bytes) -> bytes:
    suite_id = b"KEM" + uint(KEM_IDS[Suite.X25519], 2)
    eae_prk = _labeled_extract(suite_id, b"", b"eae_prk", dh)
    return _labeled_expand(suite_id, eae_prk, b"shared_secret", enc + recipient, 32)


def public_key(suite: Suite, seed: bytes) -> bytes:
    """`seed` is the X25519 private key, or X-Wing's 32-byte seed."""
    return xwing.public_key(seed) if suite is Suite.XWING else xwing.x25519_public_key(seed)


def encapsulate(suite: Suite, recipient: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    """(shared secret, enc). Deterministic for X25519; ML-KEM's half of X-Wing is random."""
    try:
        if suite is Suite.XWING:
            return xwing.encapsulate(recipient, ephemeral)
        enc = xwing.x25519_public_key(ephemeral)
        return _dhkem_secret(xwing.x25519(ephemeral, recipient), enc, recipient), enc
    except ValueError as error:
        raise Refused("hpke_public_key") from error


def decapsulate(suite: Suite, seed: bytes, enc: bytes) -> bytes:
    try:
        if suite is Suite.XWING:
            return xwing.decapsulate(seed, enc)
        return _dhkem_secret(xwing.x25519(seed, enc), enc, xwing.x25519_public_key(seed))
    except ValueError as error:
        raise Refused("hpke_enc") from error


def setup_sender(suite: Suite, recipient: bytes, info: bytes, ephemeral: bytes) -> tuple[bytes, Context]:
    secret, enc = encapsulate(suite, recipient, ephemeral)
    return enc, key_schedule(KEM_IDS[suite], secret, info)


def setup_recipient(suite: Suite, seed: bytes, enc: bytes, info: bytes) -> Context:
    return key_schedule(KEM_IDS[suite], decapsulate(suite, seed, enc), info)
