# SPDX-License-Identifier: Apache-2.0
"""The hashes that tie challenge, keys, workload, CPU and GPU evidence together, and the keyset."""

from __future__ import annotations

import re
from dataclasses import dataclass

import canonical_json
from primitives import sha256, sha384, sha512, to_base64url, uint
from refusal import Refused

KIND_EPOCH = 1
KIND_NONCES = 2
MAX_KEYSET_LIFE_MS = 65 * 60 * 1000
PUBLIC_KEY_BYTES = {1: 32, 2: 1216}


def challenge(kind: int, value: bytes) -> bytes:
    return sha256(b"aipg challenge v1", uint(kind, 1), value)


def device_hash(devices: list[tuple[int, bytes, bytes]]) -> bytes:
    """devices: (arch, report, leaf certificate)."""
    if not devices:
        return bytes(32)
    parts = [uint(arch, 1) + sha256(report) + sha256(leaf) for arch, report, leaf in devices]
    return sha256(b"aipg devices v1", uint(len(devices), 1), *parts)


def gpu_nonce(challenge_: bytes, keyset_id: bytes) -> bytes:
    return sha256(b"aipg gpu nonce v1", challenge_, keyset_id)


def report_data(challenge_: bytes, keyset_id: bytes, workload_hash: bytes, devices: bytes) -> bytes:
    return sha512(b"aipg report data v1", challenge_, keyset_id, workload_hash, devices)


def workload_rtmr3(workload_hash: bytes) -> bytes:
    """RTMR3 after exactly one event, from zero."""
    return sha384(bytes(48), sha384(b"aipg workload v1", workload_hash))


def tdx_platform_id(ppid: bytes) -> bytes:
    return sha256(b"aipg platform v1", b"\x01", ppid)


def snp_platform_id(chip_id: bytes) -> bytes:
    return sha256(b"aipg platform v1", b"\x02", chip_id)


def key_id(suite: int, public_key: bytes) -> bytes:
    return sha256(uint(suite, 2), public_key)


@dataclass
class Keyset:
    worker_id: str
    not_before_ms: int
    not_after_ms: int
    versions: list[int]
    keys: list[tuple[int, bytes]]
    receipt_key: bytes

    def document(self) -> bytes:
        return canonical_json.write(
            {
                "v": 1,
                "worker_id": self.worker_id,
                "not_before_ms": self.not_before_ms,
                "not_after_ms": self.not_after_ms,
                "versions": self.versions,
                "keys": [{"suite": suite, "public_key": to_base64url(key)} for suite, key in self.keys],
                "receipt_key": to_base64url(self.receipt_key),
            }
        )


def _keyset_key(value: object) -> tuple[int, bytes]:
    members = canonical_json.Members(value)
    suite, public_key = members.uint("suite", 0xFFFF), members.bytes("public_key")
    members.skip("ext")
    members.finish()
    if len(public_key) != PUBLIC_KEY_BYTES.get(suite):
        raise Refused("keyset_suite")
    return suite, public_key


def parse_keyset(document: bytes) -> Keyset:
    members = canonical_json.Members(canonical_json.parse(document))
    version = members.uint("v")
    worker_id = members.string("worker_id")
    not_before, not_after = members.uint("not_before_ms"), members.uint("not_after_ms")
    versions, keys = members.array("versions"), members.array("keys")
    receipt_key = members.bytes("receipt_key", exactly=32)
    members.skip("ext")
    members.finish()
    if version != 1:
        raise Refused("keyset_version")
    if not re.fullmatch(r"[a-z0-9-]{1,64}", worker_id):
        raise Refused("json_wrong_type", "worker_id")
    if not 0 < not_after - not_before <= MAX_KEYSET_LIFE_MS:
        raise Refused("keyset_window")
    numbers = all(isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= 255 for v in versions)
    if not numbers or 1 not in versions:
        raise Refused("keyset_version")
    parsed = [_keyset_key(key) for key in keys]
    if not parsed or len({suite for suite, _ in parsed}) != len(parsed):
        raise Refused("keyset_suite")
    return Keyset(worker_id, not_before, not_after, versions, parsed, receipt_key)


def keyset_id(document: bytes) -> bytes:
    return sha256(document)
