# SPDX-License-Identifier: Apache-2.0
"""The token that ties a registration to one link: a compact JWS by the keyset's receipt key."""

from __future__ import annotations

from dataclasses import dataclass

import canonical_json
import receipt
from primitives import to_base64url
from refusal import Refused


@dataclass(frozen=True)
class RegistrationClaims:
    keyset_id: bytes
    worker_id: str
    stake_id: str
    exporter: bytes
    nonce: bytes

    def document(self) -> bytes:
        return canonical_json.write(
            {
                "v": 1,
                "ks": to_base64url(self.keyset_id),
                "worker_id": self.worker_id,
                "stake": self.stake_id,
                "exporter": to_base64url(self.exporter),
                "nonce": to_base64url(self.nonce),
            }
        )


def sign_registration(claims: RegistrationClaims, seed: bytes) -> str:
    return receipt.sign_jws(receipt.REGISTER_HEADER, claims.document(), seed)


def verify_registration(jws: str, public_key: bytes) -> RegistrationClaims:
    signed, document, signature = receipt.split_jws(jws, receipt.REGISTER_HEADER, "registration_invalid")
    receipt.check_signature(public_key, signed, signature, "registration_signature")
    try:
        return _read_registration(document)
    except Refused as error:
        raise Refused("registration_invalid", "claims") from error


def _read_registration(document: bytes) -> RegistrationClaims:
    members = canonical_json.Members(canonical_json.parse(document))
    version = members.uint("v")
    claims = RegistrationClaims(
        keyset_id=members.bytes("ks", exactly=32),
        worker_id=members.string("worker_id", 64),
        stake_id=members.string("stake", 64),
        exporter=members.bytes("exporter", exactly=32),
        nonce=members.bytes("nonce", exactly=32),
    )
    members.finish()
    if version != 1:
        raise Refused("registration_invalid", "v")
    return claims
