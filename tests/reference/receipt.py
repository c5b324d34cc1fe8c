# SPDX-License-Identifier: Apache-2.0
"""The receipt: a compact JWS with a constant header over canonical claims, by an Ed25519 key."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

import canonical_json
from primitives import from_base64url, to_base64url
from refusal import Refused

HEADER = b'{"alg":"Ed25519","typ":"aipg-receipt+jwt"}'
REGISTER_HEADER = b'{"alg":"Ed25519","typ":"aipg-register+jwt"}'


@dataclass(frozen=True)
class Receipt:
    job_id: bytes
    request_id: bytes
    keyset_id: bytes
    workload_hash: bytes
    model: str
    request_hash: bytes
    response_hash: bytes
    response_chunks: int
    question: bytes
    answer: bytes
    tokens_in: int
    tokens_out: int
    issued_ms: int
    duration_ms: int
    epoch: bytes

    def claims(self) -> bytes:
        return canonical_json.write(
            {
                "v": 1,
                "jti": to_base64url(self.job_id),
                "rid": to_base64url(self.request_id),
                "ks": to_base64url(self.keyset_id),
                "wl": to_base64url(self.workload_hash),
                "model": self.model,
                "req": to_base64url(self.request_hash),
                "res": to_base64url(self.response_hash),
                "n": self.response_chunks,
                "pq": to_base64url(self.question),
                "pr": to_base64url(self.answer),
                "usage": {"in": self.tokens_in, "out": self.tokens_out},
                "iat_ms": self.issued_ms,
                "dur_ms": self.duration_ms,
                "epoch": to_base64url(self.epoch),
            }
        )


def sign_jws(header: bytes, claims: bytes, seed: bytes) -> str:
    signed = f"{to_base64url(header)}.{to_base64url(claims)}"
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(signed.encode("ascii"))
    return f"{signed}.{to_base64url(signature)}"


def split_jws(jws: str, header: bytes, invalid: str) -> tuple[bytes, bytes, bytes]:
    """(signed text, claims, signature); the header must be the constant, byte for byte."""
    parts = jws.split(".")
    if len(parts) != 3 or parts[0] != to_base64url(header):
        raise Refused(invalid, "header")
    try:
        claims, signature = from_base64url(parts[1]), from_base64url(parts[2])
    except Refused as error:
        raise Refused(invalid, "encoding") from error
    if len(signature) != 64:
        raise Refused(invalid, "signature size")
    return f"{parts[0]}.{parts[1]}".encode("ascii"), claims, signature


def check_signature(public_key: bytes, signed: bytes, signature: bytes, code: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError) as error:
        raise Refused(code) from error


def sign(receipt: Receipt, seed: bytes) -> str:
    return sign_jws(HEADER, receipt.claims(), seed)


def _parse(claims: bytes) -> Receipt:
    try:
        return _read_claims(claims)
    except Refused as error:
        raise Refused("receipt_invalid", "claims") from error


def _read_claims(claims: bytes) -> Receipt:
    members = canonical_json.Members(canonical_json.parse(claims))
    version = members.uint("v")
    usage = canonical_json.Members(members.object("usage"))
    receipt = Receipt(
        job_id=members.bytes("jti", exactly=16),
        request_id=members.bytes("rid", exactly=16),
        keyset_id=members.bytes("ks", exactly=32),
        workload_hash=members.bytes("wl", exactly=32),
        model=members.string("model"),
        request_hash=members.bytes("req", exactly=32),
        response_hash=members.bytes("res", exactly=32),
        response_chunks=members.uint("n"),
        question=members.bytes("pq", exactly=32),
        answer=members.bytes("pr", exactly=32),
        tokens_in=usage.uint("in"),
        tokens_out=usage.uint("out"),
        issued_ms=members.uint("iat_ms"),
        duration_ms=members.uint("dur_ms"),
        epoch=members.bytes("epoch", exactly=32),
    )
    members.finish()
    usage.finish()
    rounded = receipt.tokens_in % 32 == 0 and receipt.tokens_out % 32 == 0 and receipt.duration_ms % 100 == 0
    if version != 1 or not rounded:
        raise Refused("receipt_invalid")
    return receipt


def parse(jws: str) -> Receipt:
    """Structure only; who says so is not checked."""
    _, claims, _ = split_jws(jws, HEADER, "receipt_invalid")
    return _parse(claims)


def verify(jws: str, public_key: bytes) -> Receipt:
    """The signature first: what nobody signed is not worth reading."""
    signed, claims, signature = split_jws(jws, HEADER, "receipt_invalid")
    check_signature(public_key, signed, signature, "receipt_signature")
    return _parse(claims)
