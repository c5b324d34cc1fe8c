# SPDX-License-Identifier: Apache-2.0
"""An attestation service like NVIDIA's, whose keys the simulator's authority certifies: says of every device it is shown
that it is well. A program, because it needs the package cryptography, which the tests' own environments lack.

Usage: fake_nras.py AUTHORITY_FOLDER <REQUEST_BODY      writes {"token": …, "jwks": …} as JSON
"""

import base64
import datetime
import hashlib
import json
import pathlib
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

KID = "nv-eat-kid-fake-1"
REPORT = ("parsed", "nonce-match", "signature-verified", "cert-chain-fwid-match")
RIM = ("fetched", "schema-validated", "signature-verified", "measurements-available", "version-match")
VALID = {
    "x-nvidia-cert-status": "valid",
    "x-nvidia-cert-ocsp-status": "good",
    "x-nvidia-cert-expiration-date": "9999-12-31T23:59:59Z",
    "x-nvidia-cert-revocation-reason": None,
}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims: dict, key: ec.EllipticCurvePrivateKey) -> str:
    parts = [base64url(json.dumps(each).encode()) for each in ({"kid": KID, "alg": "ES384"}, claims)]
    signed = ".".join(parts)
    r, s = utils.decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA384())))
    return f"{signed}.{base64url(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"


def common(nonce: str, now: int) -> dict:
    return {
        "iss": "https://nras.attestation.nvidia.com",
        "eat_nonce": nonce,
        "nbf": now,
        "iat": now,
        "exp": now + 3600,
        "jti": "00000000-0000-4000-8000-000000000000",
    }


def about_device(shown: dict, nonce: str, now: int) -> dict:
    """Of an H100 as the simulator makes it."""
    leaf = x509.load_pem_x509_certificates(base64.b64decode(shown["certificate"]))[0]
    assert bytes.fromhex(nonce) in base64.b64decode(shown["evidence"]), "the report is over another nonce"
    gpu = "x-nvidia-gpu-"
    return {
        **common(nonce, now),
        "ueid": str(leaf.serial_number),
        "measres": "success",
        "secboot": True,
        "dbgstat": "disabled",
        "hwmodel": "GH100 A01 GSP BROM",
        "oemid": "5703",
        "x-nvidia-attestation-warning": None,
        gpu + "driver-version": "570.124.06",
        gpu + "vbios-version": "96.00.9F.00.01",
        gpu + "arch-check": True,
        gpu + "vbios-index-no-conflict": True,
        gpu + "attestation-report-cert-chain": VALID,
        **{f"{gpu}attestation-report-{each}": True for each in REPORT},
        **{f"{gpu}{which}-rim-{each}": True for which in ("driver", "vbios") for each in RIM},
        **{f"{gpu}{which}-rim-cert-chain": VALID for which in ("driver", "vbios")},
    }


def certified(authority: pathlib.Path) -> "tuple[ec.EllipticCurvePrivateKey, dict]":
    """A new key, and the list that it stands in."""
    issuer = x509.load_pem_x509_certificate((authority / "intermediate.pem").read_bytes())
    signer = ec.derive_private_key(int((authority / "intermediate.key").read_text(), 16), ec.SECP384R1())
    key = ec.generate_private_key(ec.SECP384R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    usage = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Fake Attestation Service")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.KeyUsage(digital_signature=True, key_encipherment=True, key_agreement=True, **usage), True)
        .sign(signer, hashes.SHA384())
    )
    point = key.public_key().public_numbers()
    chain = [base64.b64encode(each.public_bytes(serialization.Encoding.DER)).decode() for each in (leaf, issuer)]
    x, y = (base64url(each.to_bytes(48, "big")) for each in (point.x, point.y))
    return key, {"keys": [{"kty": "EC", "crv": "P-384", "kid": KID, "x": x, "y": y, "x5c": chain}]}


def main() -> None:
    request = json.load(sys.stdin)
    assert sorted(request) == ["arch", "claims_version", "evidence_list", "nonce"], sorted(request)
    assert (request["arch"], request["claims_version"]) == ("HOPPER", "3.0"), request["arch"]
    now, nonce = int(time.time()), request["nonce"]
    key, jwks = certified(pathlib.Path(sys.argv[1]))
    devices = {
        f"GPU-{i}": sign(about_device(shown, nonce, now), key) for i, shown in enumerate(request["evidence_list"])
    }
    overall = {
        **common(nonce, now),
        "sub": "NVIDIA-PLATFORM-ATTESTATION",
        "x-nvidia-ver": "3.0",
        "x-nvidia-overall-att-result": True,
        "submods": {
            name: ["DIGEST", ["SHA-256", hashlib.sha256(token.encode()).hexdigest()]] for name, token in devices.items()
        },
    }
    json.dump({"token": json.dumps([["JWT", sign(overall, key)], devices]), "jwks": json.dumps(jwks)}, sys.stdout)


if __name__ == "__main__":
    main()
