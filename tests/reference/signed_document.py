# SPDX-License-Identifier: Apache-2.0
"""Documents that several parties sign, and the two kinds there are: reference values and epochs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import canonical_json
from primitives import sha256
from receipt import check_signature
from refusal import Refused

MAX_SIGNATURES = 64
MAX_LIFE_MS = 7 * 24 * 3_600_000
MAX_EPOCH_AGE_MS = 10 * 60_000
LAST_MS = 253_402_300_799_999
LEAST_DRIVER = 570

TDX_REGISTERS = ("mrtd", "rtmr0", "rtmr1", "rtmr2")


def _signatures(values: list[Any]) -> list[tuple[bytes, bytes]]:
    out = []
    for value in values:
        members = canonical_json.Members(value)
        out.append((members.bytes("key", exactly=32), members.bytes("signature", exactly=64)))
        members.finish()
    return out


def open_signed(envelope: bytes, kind: str, label: bytes, keys: list[bytes], quorum: int) -> bytes:
    """The document's exact bytes, once enough of the keys have signed it and none of them wrongly."""
    members = canonical_json.Members(canonical_json.parse(envelope))
    name, document, signatures = members.string("v"), members.bytes("document"), members.array("signatures")
    members.finish()
    if name != kind:
        raise Refused("document_kind")
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise Refused("document_signatures")
    by_id = {sha256(key): key for key in keys}
    signers = set()
    for key_id, signature in _signatures(signatures):
        if key_id in by_id:
            check_signature(by_id[key_id], label + document, signature, "document_signature")
            signers.add(key_id)
    if quorum == 0 or len(signers) < quorum:
        raise Refused("document_quorum")
    return document


# --- reference values ----------------------------------------------------------

Boot = tuple[bytes, ...]  # one measurement of SEV-SNP, or four registers of TDX


@dataclass
class Release:
    name: str
    workload_hash: bytes
    boots: list[Boot]
    status: str
    when_ms: int

    def revoked(self, at_ms: int) -> bool:
        return self.status == "revoked" and self.when_ms <= at_ms

    def over(self, at_ms: int) -> bool:
        return self.status == "sunset" and self.when_ms < at_ms


@dataclass
class Reference:
    version: int
    issued_ms: int
    expires_ms: int
    releases: list[Release]
    platform_denied: list[bytes]
    validators: list[bytes]
    quorum: int
    digest: bytes


def _boot(value: Any) -> Boot:
    members = canonical_json.Members(value)
    kind = members.string("kind", 16)
    names = ("measurement",) if kind == "snp" else TDX_REGISTERS
    boot = tuple(members.bytes(name, exactly=48) for name in names)
    members.finish()
    if kind not in ("snp", "tdx"):
        raise Refused("reference_release", "boot")
    return boot


def _release(value: Any) -> Release:
    members = canonical_json.Members(value)
    name, workload = members.string("name", 256), members.bytes("workload_hash", exactly=32)
    boots, models, status = members.array("boots"), members.array("models"), members.string("status", 16)
    when_name = {"good": None, "sunset": "until_ms", "revoked": "since_ms"}
    if status not in when_name:
        raise Refused("reference_release", "status")
    when = members.uint(when_name[status], LAST_MS) if when_name[status] else 0
    members.skip("ext")
    members.finish()
    read_boots = [_boot(each) for each in boots]
    good_models = all(isinstance(model, str) and model for model in models) and len(set(models)) == len(models)
    if not name or not good_models or not read_boots or len(set(read_boots)) != len(read_boots):
        raise Refused("reference_release")
    return Release(name, workload, read_boots, status, when)


def _releases(values: list[Any]) -> list[Release]:
    out = [_release(value) for value in values]
    pairs = [(boot, release.workload_hash) for release in out for boot in release.boots]
    if len({release.name for release in out}) != len(out) or len(set(pairs)) != len(pairs):
        raise Refused("reference_release", "twice")
    return out


def _check_minimum(value: Any) -> None:
    members = canonical_json.Members(value)
    for name in ("tdx_tcb_date_ms", "intel_crl_ms", "amd_crl_ms"):
        members.uint(name, LAST_MS)
    members.uint("tcb_evaluation_data_number", 0xFFFF_FFFF)
    driver = members.uint("nvidia_driver", 1_000_000)
    members.skip("ext")
    members.finish()
    if driver < LEAST_DRIVER:
        raise Refused("reference_minimum")


def _hashes(values: list[Any]) -> list[bytes]:
    """Each read as if it were a member by itself."""
    out = []
    for value in values:
        members = canonical_json.Members({"it": value})
        out.append(members.bytes("it", exactly=32))
        members.finish()
    return out


def _validators(value: Any) -> tuple[list[bytes], int]:
    members = canonical_json.Members(value)
    keys, quorum = _hashes(members.array("keys")), members.uint("quorum")
    members.finish()
    majority = len(keys) // 2 < quorum <= len(keys)
    if len(set(keys)) != len(keys) or not (majority or (not keys and quorum == 0)):
        raise Refused("reference_validators")
    return keys, quorum


def parse_reference(document: bytes) -> Reference:
    members = canonical_json.Members(canonical_json.parse(document))
    form, version = members.uint("v"), members.uint("version")
    issued, expires = members.uint("issued_ms", LAST_MS), members.uint("expires_ms", LAST_MS)
    releases, denied = members.array("releases"), members.array("platform_denied")
    minimum, validators = members.object("minimum"), members.object("validators")
    members.skip("ext")
    members.finish()
    if form != 1:
        raise Refused("reference_format")
    if not issued < expires <= issued + MAX_LIFE_MS:
        raise Refused("reference_window")
    read_releases = _releases(releases)
    _check_minimum(minimum)
    machines = _hashes(denied)
    if len(set(machines)) != len(machines):
        raise Refused("reference_format", "platform_denied")
    return Reference(version, issued, expires, read_releases, machines, *_validators(validators), sha256(document))


def verify_reference(
    envelope: bytes, keys: list[bytes], quorum: int, seen: tuple[int, bytes] | None, at_ms: int
) -> Reference:
    document = open_signed(envelope, "aipg.reference.v1", b"aipg reference v1", keys, quorum)
    reference = parse_reference(document)
    if seen and (reference.version < seen[0] or (reference.version == seen[0] and reference.digest != seen[1])):
        raise Refused("policy_rollback")
    if at_ms < reference.issued_ms:
        raise Refused("policy_not_yet_valid")
    if at_ms > reference.expires_ms:
        raise Refused("policy_expired")
    return reference


def check_pair(reference: Reference, boot: Boot, workload_hash: bytes, pinned: bool, at_ms: int) -> None:
    """A pair needs a release that is good; one that the client pins needs only not to be revoked."""
    of_workload = [release for release in reference.releases if release.workload_hash == workload_hash]
    named = [release for release in of_workload if boot in release.boots]
    if not pinned and not named:
        raise Refused("workload_unbound")
    everywhere = bool(of_workload) and all(release.revoked(at_ms) for release in of_workload)
    if any(release.revoked(at_ms) for release in named) or (pinned and everywhere):
        raise Refused("release_revoked")
    if not pinned and any(release.over(at_ms) for release in named):
        raise Refused("release_over")


def check_platform(reference: Reference, platform_id: bytes) -> None:
    if platform_id in reference.platform_denied:
        raise Refused("platform_denied")


# --- epochs --------------------------------------------------------------------


@dataclass
class Epoch:
    epoch: int
    start_ms: int
    chain: str
    block: int
    block_hash: bytes
    digest: bytes


def parse_epoch(document: bytes) -> Epoch:
    members = canonical_json.Members(canonical_json.parse(document))
    form, epoch, start = members.uint("v"), members.uint("epoch"), members.uint("start_ms", LAST_MS)
    chain, block = members.string("chain", 64), members.uint("block")
    block_hash = members.bytes("block_hash", exactly=32)
    members.finish()
    if form != 1 or not re.fullmatch(r"[a-z0-9-]{1,64}", chain):
        raise Refused("epoch_format")
    return Epoch(epoch, start, chain, block, block_hash, sha256(document))


def verify_epoch(envelope: bytes, validators: list[bytes], quorum: int, at_ms: int, skew_ms: int = 0) -> Epoch:
    epoch = parse_epoch(open_signed(envelope, "aipg.epoch.v1", b"aipg epoch v1", validators, quorum))
    if at_ms + skew_ms < epoch.start_ms:
        raise Refused("epoch_not_yet_valid")
    if at_ms - epoch.start_ms > MAX_EPOCH_AGE_MS:
        raise Refused("epoch_stale")
    return epoch
