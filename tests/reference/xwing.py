# SPDX-License-Identifier: Apache-2.0
"""X-Wing: ML-KEM-768 and X25519 in one KEM (draft-connolly-cfrg-xwing-kem).

`cryptography` has ML-KEM but no way to give it its randomness, so encapsulation
here is random; given ciphertexts are checked by decapsulating them.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

SEED_BYTES = 32
PUBLIC_KEY_BYTES = 1216
CIPHERTEXT_BYTES = 1120
MLKEM_PUBLIC_KEY_BYTES = 1184
MLKEM_CIPHERTEXT_BYTES = 1088
LABEL = rb"\.//^" + b"\\"


def x25519(private_key: bytes, public_key: bytes) -> bytes:
    """Raises ValueError when the shared secret would be zero."""
    return X25519PrivateKey.from_private_bytes(private_key).exchange(X25519PublicKey.from_public_bytes(public_key))


def x25519_public_key(private_key: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def expand_seed(seed: bytes) -> tuple[MLKEM768PrivateKey, bytes]:
    """The ML-KEM key (from d and z) and the X25519 private key."""
    stream = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(stream[:64]), stream[64:]


def public_key(seed: bytes) -> bytes:
    mlkem, x = expand_seed(seed)
    return mlkem.public_key().public_bytes_raw() + x25519_public_key(x)


def combine(mlkem_secret: bytes, x_secret: bytes, x_ciphertext: bytes, x_public_key: bytes) -> bytes:
    return hashlib.sha3_256(mlkem_secret + x_secret + x_ciphertext + x_public_key + LABEL).digest()


def decapsulate(seed: bytes, ciphertext: bytes) -> bytes:
    """Raises ValueError on a wrong size or a low-order X25519 point."""
    if len(ciphertext) != CIPHERTEXT_BYTES:
        raise ValueError("X-Wing ciphertext size")
    mlkem, x = expand_seed(seed)
    mlkem_ciphertext, x_ciphertext = ciphertext[:MLKEM_CIPHERTEXT_BYTES], ciphertext[MLKEM_CIPHERTEXT_BYTES:]
    return combine(mlkem.decapsulate(mlkem_ciphertext), x25519(x, x_ciphertext), x_ciphertext, x25519_public_key(x))


def encapsulate(recipient: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    """(shared secret, ciphertext). `ephemeral` is the X25519 half's private key; ML-KEM's half is random."""
    if len(recipient) != PUBLIC_KEY_BYTES:
        raise ValueError("X-Wing public key size")
    mlkem = MLKEM768PublicKey.from_public_bytes(recipient[:MLKEM_PUBLIC_KEY_BYTES])
    x_recipient = recipient[MLKEM_PUBLIC_KEY_BYTES:]
    mlkem_secret, mlkem_ciphertext = mlkem.encapsulate()
    x_ciphertext = x25519_public_key(ephemeral)
    secret = combine(mlkem_secret, x25519(ephemeral, x_recipient), x_ciphertext, x_recipient)
    return secret, mlkem_ciphertext + x_ciphertext
