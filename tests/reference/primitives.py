# SPDX-License-Identifier: Apache-2.0
"""The protocol's notation: H, Extract, Expand, big-endian integers, base64url."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from refusal import Refused


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def sha384(*parts: bytes) -> bytes:
    return hashlib.sha384(b"".join(parts)).digest()


def sha512(*parts: bytes) -> bytes:
    return hashlib.sha512(b"".join(parts)).digest()


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def extract(salt: bytes, ikm: bytes) -> bytes:
    """HKDF-Extract of RFC 5869; an empty salt is a block of zeros, which HMAC pads to anyway."""
    return hmac_sha256(salt, ikm)


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand of RFC 5869."""
    out, block, counter = b"", b"", 0
    while len(out) < length:
        counter += 1
        block = hmac_sha256(prk, block, info, bytes([counter]))
        out += block
    return out[:length]


def uint(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def nonce_at(base: bytes, number: int) -> bytes:
    """base XOR the number as a 96-bit integer."""
    return bytes(a ^ b for a, b in zip(base, uint(number, 12), strict=True))


def aead_seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def aead_open(key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """Raises cryptography's InvalidTag; callers turn it into their own code."""
    return AESGCM(key).decrypt(nonce, ciphertext, aad)


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Unpadded and canonical: exactly one text per byte string."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise Refused("invalid_base64")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused("invalid_base64") from error
    if to_base64url(data) != text:
        raise Refused("invalid_base64")
    return data


class Reader:
    """Reads big-endian bytes in order; running out of them raises `Short`."""

    class Short(Exception):
        pass

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        if count > self.left():
            raise Reader.Short
        self.at += count
        return self.data[self.at - count : self.at]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")
