# SPDX-License-Identifier: Apache-2.0
"""What ties an evidence bundle together, and a receipt to it.

Decides the rules of docs/protocol.md about challenge, keys, workload, boot
image and devices from the bundle's bytes. Vendors' signatures are not checked
here: a chain must only end in a root that the policy names.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import binding
import canonical_json
import manifest
import merkle
import receipt
import signed_document
import strict_json
from primitives import from_base64url, hmac_sha256, uint
from refusal import Refused
from signed_document import Reference

MAX_BUNDLE_BYTES = 2 << 20
MAX_DEPTH = 8
ARCHS = {"hopper": 1, "blackwell": 2, "ls10": 3}
CLOCK_SKEW_MS = 30_000
X_WING = 2

# In a TDX quote of version 4: a header of 48 bytes, then the TD's report.
TD_REPORT = 48
MRTD, RTMR, TD_REPORT_DATA = TD_REPORT + 136, TD_REPORT + 328, TD_REPORT + 520
# In an SEV-SNP report.
SNP_REPORT_DATA, MEASUREMENT, HOST_DATA, CHIP_ID = 0x50, 0x90, 0xC0, 0x1A0
# In a device's evidence: the SPDM request, with its nonce behind four bytes of header.
REQUEST_NONCE = slice(4, 36)
PPID_EXTENSION = bytes.fromhex("060a2a864886f84d010d01010410")  # its OID, then 16 bytes of OCTET STRING


# --- the bundle's structure ----------------------------------------------------


@dataclass
class Device:
    arch: str
    report: bytes
    chain: list[bytes]


@dataclass
class Bundle:
    challenge_kind: int
    challenge_value: bytes
    epoch: bytes
    keyset: bytes
    manifest: bytes
    cpu: str
    quote: bytes
    cpu_chain: list[bytes]
    devices: list[Device]
    collateral: list[bytes] = field(default_factory=list)


def _plain(value: Any) -> Any:
    """Numbers as integers where they are, so that the closed list of members can be read."""
    if isinstance(value, strict_json.Number):
        return value.uint()
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _files(values: list[Any], most: int, code: str) -> list[bytes]:
    if not 1 <= len(values) <= most:
        raise Refused(code)
    out = [from_base64url(value) for value in values]
    if not all(out):
        raise Refused(code)
    return out


def _challenge(value: Any) -> tuple[int, bytes, bytes]:
    members = canonical_json.Members(value)
    kind, number = members.uint("kind"), members.bytes("value", exactly=32)
    if kind not in (binding.KIND_EPOCH, binding.KIND_NONCES):
        raise Refused("bundle_challenge")
    document = members.bytes("document") if kind == binding.KIND_EPOCH else b""
    members.finish()
    return kind, number, document


def _cpu(value: Any) -> tuple[str, bytes, list[bytes]]:
    members = canonical_json.Members(value)
    kind = members.string("kind", 16)
    if kind == "tdx":
        quote = members.bytes("quote")
        members.finish()
        return kind, quote, []
    if kind != "snp":
        raise Refused("bundle_cpu")
    report, chain = members.bytes("report"), members.array("chain")
    members.finish()
    return kind, report, _files(chain, 8, "bundle_cpu")


def _device(value: Any) -> Device:
    members = canonical_json.Members(value)
    arch, report, chain = members.string("arch", 16), members.bytes("report"), members.array("chain")
    members.finish()
    if arch not in ARCHS:
        raise Refused("bundle_device", "arch")
    return Device(arch, report, _files(chain, 8, "bundle_device"))


def parse_bundle(document: bytes) -> Bundle:
    if len(document) > MAX_BUNDLE_BYTES:
        raise Refused("json_too_large")
    members = canonical_json.Members(_plain(strict_json.parse(document, MAX_DEPTH)))
    version = members.string("v", 64)
    challenge, cpu, devices = members.object("challenge"), members.object("cpu"), members.array("devices")
    keyset, workload = members.bytes("keyset"), members.bytes("manifest")
    collateral = members.array("collateral") if members.has("collateral") else None
    members.skip("ext")
    members.finish()
    if version != "aipg.evidence.v1":
        raise Refused("bundle_version")
    kind, value, epoch = _challenge(challenge)
    cpu_kind, quote, cpu_chain = _cpu(cpu)
    if len(devices) > 16:
        raise Refused("bundle_device")
    read = [_device(each) for each in devices]
    files = [] if collateral is None else _files(collateral, 64, "bundle_collateral")
    return Bundle(kind, value, epoch, keyset, workload, cpu_kind, quote, cpu_chain, read, files)


# --- what a verifier concludes -------------------------------------------------


@dataclass
class Release:
    boot: tuple[bytes, ...]
    workload_hash: bytes


@dataclass
class Policy:
    intel_roots: list[bytes]
    amd_roots: list[bytes]
    nvidia_device_roots: list[bytes]
    require_pq: bool
    expected_workload: bytes | None
    releases: list[Release]


@dataclass
class Freshness:
    nonce: bytes
    index: int
    size: int
    siblings: list[bytes]


class Bound:
    """A bundle whose documents parsed, and what its parts should say about each other."""

    def __init__(self, document: bytes) -> None:
        self.bundle = parse_bundle(document)
        self.keyset = binding.parse_keyset(self.bundle.keyset)
        self.manifest = manifest.parse(self.bundle.manifest)
        self.keyset_id = binding.keyset_id(self.bundle.keyset)
        self.challenge = binding.challenge(self.bundle.challenge_kind, self.bundle.challenge_value)
        devices = [(ARCHS[each.arch], each.report, each.chain[0]) for each in self.bundle.devices]
        self.device_hash = binding.device_hash(devices)
        self.gpu_nonce = binding.gpu_nonce(self.challenge, self.keyset_id)
        self.report_data = binding.report_data(
            self.challenge, self.keyset_id, self.manifest.workload_hash, self.device_hash
        )
        self.rtmr3 = binding.workload_rtmr3(self.manifest.workload_hash)

    def quoted(self, offset: int, size: int) -> bytes:
        return self.bundle.quote[offset : offset + size]

    def on_snp(self) -> bool:
        return self.bundle.cpu == "snp"

    def boot(self) -> tuple[bytes, ...]:
        if self.on_snp():
            return (self.quoted(MEASUREMENT, 48),)
        registers = [self.quoted(RTMR + 48 * index, 48) for index in range(3)]
        return (self.quoted(MRTD, 48), *registers)

    def pck_chain(self) -> list[bytes]:
        text = self.bundle.quote.decode("latin-1")
        blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
        return [base64.b64decode(block) for block in blocks]

    def platform_id(self) -> bytes:
        if self.on_snp():
            return binding.snp_platform_id(self.quoted(CHIP_ID, 64))
        leaf = self.pck_chain()[0]
        at = leaf.index(PPID_EXTENSION) + len(PPID_EXTENSION)
        return binding.tdx_platform_id(leaf[at : at + 16])


def _broken_documents(bound: Bound, policy: Policy, at_ms: int) -> Iterable[str]:
    if at_ms < bound.keyset.not_before_ms - CLOCK_SKEW_MS:
        yield "keyset_not_yet_valid"
    if at_ms > bound.keyset.not_after_ms:
        yield "keyset_expired"
    if policy.require_pq and X_WING not in [suite for suite, _ in bound.keyset.keys]:
        yield "keyset_post_quantum"


def _broken_freshness(bound: Bound, fresh: Freshness | None, reference: Reference | None, at_ms: int) -> Iterable[str]:
    value = bound.bundle.challenge_value
    if bound.bundle.challenge_kind == binding.KIND_NONCES:
        if fresh and not merkle.verify(fresh.nonce, fresh.index, fresh.size, fresh.siblings, value):
            yield "freshness_path"
    elif reference:
        try:
            validators, quorum = reference.validators, reference.quorum
            epoch = signed_document.verify_epoch(bound.bundle.epoch, validators, quorum, at_ms, CLOCK_SKEW_MS)
        except Refused as error:
            yield error.code
            return
        if epoch.digest != value:
            yield "freshness_epoch"


def _broken_tdx(bound: Bound, policy: Policy) -> Iterable[str]:
    if bound.pck_chain()[-1] not in policy.intel_roots:
        yield "chain_root"
    if bound.quoted(TD_REPORT_DATA, 64) != bound.report_data:
        yield "tdx_report_data"
    if bound.quoted(RTMR + 3 * 48, 48) != bound.rtmr3:
        yield "workload_rtmr3"


def _broken_snp(bound: Bound, policy: Policy) -> Iterable[str]:
    if bound.bundle.cpu_chain[-1] not in policy.amd_roots:
        yield "chain_root"
    if bound.quoted(SNP_REPORT_DATA, 64) != bound.report_data:
        yield "snp_report_data"
    if bound.quoted(HOST_DATA, 32) != bound.manifest.workload_hash:
        yield "workload_host_data"


def _broken_pair(bound: Bound, policy: Policy, reference: Reference | None, at_ms: int) -> Iterable[str]:
    boot, workload = bound.boot(), bound.manifest.workload_hash
    pinned = Release(boot, workload) in policy.releases
    try:
        if reference:
            signed_document.check_pair(reference, boot, workload, pinned, at_ms)
            signed_document.check_platform(reference, bound.platform_id())
        elif not pinned:
            yield "workload_unbound"
    except Refused as error:
        yield error.code
    if policy.expected_workload not in (None, bound.manifest.workload_hash):
        yield "workload_not_expected"


def _broken_devices(bound: Bound, policy: Policy) -> Iterable[str]:
    for device in bound.bundle.devices:
        if device.chain[-1] not in policy.nvidia_device_roots:
            yield "chain_root"
        if device.report[REQUEST_NONCE] != bound.gpu_nonce:
            yield "nvidia_nonce"
    if sum(device.arch != "ls10" for device in bound.bundle.devices) != bound.manifest.count:
        yield "nvidia_device_count"


def _refuse(codes: Iterable[str]) -> None:
    broken = sorted(set(codes))
    if broken:
        raise Refused(", ".join(broken))


def broken_rules(
    bound: Bound, policy: Policy, fresh: Freshness | None, reference: Reference | None, at_ms: int
) -> list[str]:
    cpu = _broken_snp if bound.on_snp() else _broken_tdx
    return [
        *_broken_documents(bound, policy, at_ms),
        *_broken_freshness(bound, fresh, reference, at_ms),
        *cpu(bound, policy),
        *_broken_pair(bound, policy, reference, at_ms),
        *_broken_devices(bound, policy),
    ]


def appraise(
    document: bytes, policy: Policy, fresh: Freshness | None, reference: Reference | None, at_ms: int
) -> Bound:
    bound = Bound(document)
    _refuse(broken_rules(bound, policy, fresh, reference, at_ms))
    return bound


# --- an attestation ------------------------------------------------------------


@dataclass
class Attestation:
    evidence: bytes
    fresh: Freshness | None  # none where the evidence is over an epoch
    receipt: str
    request_salt: bytes
    response_salt: bytes


def _path(value: Any) -> tuple[int, int, list[bytes]]:
    members = canonical_json.Members(value)
    index, size, siblings = members.uint("index"), members.uint("size"), members.array("siblings")
    members.finish()
    return index, size, [from_base64url(each) for each in siblings]


def _check_collateral(value: Any) -> None:
    """By digest or whole, and one of the two."""
    members = canonical_json.Members(value)
    ways = [(name, members.array(name)) for name in ("digests", "files") if members.has(name)]
    members.finish()
    if len(ways) != 1:
        raise Refused("attestation_collateral")
    name, values = ways[0]
    files = _files(values, 64, "attestation_collateral")
    if name == "digests" and any(len(each) != 32 for each in files):
        raise Refused("attestation_collateral")


def parse_attestation(document: bytes) -> Attestation:
    members = canonical_json.Members(canonical_json.parse(document))
    version, evidence, jws = members.string("v"), members.bytes("evidence"), members.string("receipt")
    nonce = members.bytes("nonce", exactly=32) if members.has("nonce") else None
    path = members.object("path") if members.has("path") else None
    disclosure = canonical_json.Members(members.object("disclosure"))
    collateral = members.object("collateral") if members.has("collateral") else None
    if version and version != "aipg.attestation.v1":
        raise Refused("attestation_version")
    members.finish()
    if (nonce is None) != (path is None):
        raise Refused("attestation_freshness")
    fresh = None if nonce is None else Freshness(nonce, *_path(path))
    salts = disclosure.bytes("request_salt", exactly=32), disclosure.bytes("response_salt", exactly=32)
    disclosure.finish()
    if collateral is not None:
        _check_collateral(collateral)
    return Attestation(evidence, fresh, jws, *salts)


def _signed_by(jws: str, key: bytes) -> bool:
    try:
        receipt.verify(jws, key)
    except Refused:
        return False
    return True


def _broken_receipt(bound: Bound, jws: str, claims: receipt.Receipt) -> Iterable[str]:
    if not _signed_by(jws, bound.keyset.receipt_key):
        yield "receipt_signature"
    if claims.keyset_id != bound.keyset_id:
        yield "receipt_keyset"
    if claims.workload_hash != bound.manifest.workload_hash:
        yield "receipt_workload"
    taken = claims.issued_ms - claims.duration_ms
    if not bound.keyset.not_before_ms - CLOCK_SKEW_MS <= taken <= bound.keyset.not_after_ms + CLOCK_SKEW_MS:
        yield "receipt_window"


def verify_exchange(
    attestation: Attestation, policy: Policy, question: bytes | None, status: int, answer: bytes | None
) -> tuple[int, list[str]]:
    """(the instant of judgement, what was not given and so is not bound)"""
    claims = receipt.parse(attestation.receipt)
    taken = claims.issued_ms - claims.duration_ms
    bound = Bound(attestation.evidence)
    broken = broken_rules(bound, policy, attestation.fresh, None, taken)
    broken += _broken_receipt(bound, attestation.receipt, claims)
    if question is not None and hmac_sha256(attestation.request_salt, question) != claims.question:
        broken.append("question_bound")
    given = None if answer is None else uint(status, 2) + answer
    if given is not None and hmac_sha256(attestation.response_salt, given) != claims.answer:
        broken.append("answer_bound")
    _refuse(broken)
    not_bound = [("question_not_bound", question), ("answer_not_bound", answer)]
    return taken, [code for code, body in not_bound if body is None]
