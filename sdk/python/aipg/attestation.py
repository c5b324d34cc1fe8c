# SPDX-License-Identifier: Apache-2.0
"""Judging attestations, answers and evidence: without any network, unless NVIDIA's service is to be asked.

    from aipg.attestation import verify_nvidia_attestation

    verdict = verify_nvidia_attestation(response.attestation, expected_workload_hash=KNOWN_GOOD_WORKER_HASH)
    print(verdict)

Each function returns a Verdict, or raises AttestationError with one that is not
accepted. What cannot be read at all is a ValueError.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Iterable, Literal, Optional, Union

from . import _core, _nras
from ._sealing import Bytes32, PolicySource, hash_of, make_trust
from ._verdict import Finding, Verdict
from .errors import AttestationError, AttestationServiceError

__all__ = [
    "AttestationError",
    "AttestationServiceError",
    "Finding",
    "Verdict",
    "attestation_of",
    "verify",
    "verify_answer",
    "verify_nvidia_attestation",
]

Instant = Union[datetime, str]


def attestation_of(answer: Any) -> str:
    """The attestation in an answer, or in the last chunk of a streamed one: base64. For type checkers that do not know
    of `answer.attestation`."""
    found = getattr(answer, "attestation", None)
    if not isinstance(found, str):
        raise ValueError("there is no attestation in this: was the request confidential?")
    return found


def verify_nvidia_attestation(
    report: Union[str, bytes],
    expected_workload_hash: Optional[Bytes32] = None,
    nonce: Optional[Bytes32] = None,
    policy: Optional[PolicySource] = None,
    at: Optional[Instant] = None,
    method: Literal["local", "nras"] = "local",
    *,
    roots: Optional[PolicySource] = None,
    collateral: Iterable[bytes] = (),
    http_client: Any = None,
) -> Verdict:
    """Judges the attestation of an answer: CPU, GPUs, boot image, workload and receipt, as of when it was given.

    Args:
      report: `response.attestation`, or the same as JSON.
      expected_workload_hash: the only workload that is accepted, in hexadecimal.
      nonce: what the evidence must answer; else the one in the attestation is believed.
      policy: a file or a ready policy's name; else AIPG_POLICY, else the network's.
      at: the instant for what has changed since (the verdict's `since`); else now.
      method: who says that the GPUs are in a good state. "local": whom the policy names, else NVIDIA's signed manifests,
        here. "nras": NVIDIA's attestation service is shown their reports now, and its tokens are judged, as of `at`;
        everything else is judged as ever. It learns which devices you ask about, and nothing of question and answer.
      roots: a folder of certificates to trust instead of the vendors' roots.
      collateral: vendors' files that the attestation names and does not bring.
      http_client: asks the service, as openai's `http_client` does; without one, openai's default.
    """
    if method not in ("local", "nras"):
        raise ValueError('method is "local" or "nras"')
    trust = make_trust(policy, expected_workload_hash, roots=roots)
    own_nonce = None if nonce is None else hash_of(nonce, "nonce")
    data = _as_bytes(report)
    service = _nras.ask(data, http_client) if method == "nras" else None
    return _judged(
        _core.verify_file(
            data, trust, at_ms=_milliseconds(at), collateral=list(collateral), nonce=own_nonce, service=service
        )
    )


def verify_answer(
    answer: Union[str, bytes],
    question: Union[str, bytes, None] = None,
    *,
    status: int = 200,
    expected_workload_hash: Optional[Bytes32] = None,
    policy: Optional[PolicySource] = None,
    at: Optional[Instant] = None,
    roots: Optional[PolicySource] = None,
    collateral: Iterable[bytes] = (),
) -> Verdict:
    """Judges a saved answer, JSON or event stream, with the attestation in it: these bytes are what the worker said,
    and to this question where it is given, which is the request's body as it was sent."""
    data = _as_bytes(answer)
    if b'"attestation":"' not in data:
        raise ValueError("there is no attestation in this answer")
    trust = make_trust(policy, expected_workload_hash, roots=roots)
    return _judged(
        _core.verify_file(
            data,
            trust,
            at_ms=_milliseconds(at),
            question=None if question is None else _as_bytes(question),
            status=status,
            collateral=list(collateral),
        )
    )


def verify(
    evidence: Union[str, bytes],
    *,
    kind: Optional[str] = None,
    policy: Optional[PolicySource] = None,
    at: Optional[Instant] = None,
    roots: Optional[PolicySource] = None,
    collateral: Iterable[bytes] = (),
    chain: Optional[bytes] = None,
    nonce: Optional[Bytes32] = None,
    report_data: Union[str, bytes, None] = None,
    runtime_data: Optional[bytes] = None,
) -> Verdict:
    """Judges any evidence. Without `kind`: an attestation, an answer that carries one, or a worker's evidence bundle.
    With it, one piece of other origin: "tdx-quote", "sgx-quote", "snp-report", "gpu-report", "nvidia-evidence",
    "nras-token", "vcek", "crl", "rim", "ocsp"; binary, or as text in hexadecimal, base64 or PEM.

    Args:
      collateral: what vendors say beside it; each file is told by its content.
      chain: the certificates of a device's report, PEM, leaf first.
      nonce: 32 bytes that device evidence and tokens must be over.
      report_data: 64 bytes that a CPU's quote or report must hold.
      runtime_data: what a paravisor's quote or report is about.
    """
    trust = make_trust(policy, roots=roots)
    own_nonce = None if nonce is None else hash_of(nonce, "nonce")
    if kind is None:
        if chain is not None or report_data is not None or runtime_data is not None:
            raise ValueError("chain, report_data and runtime_data go with a kind")
        return _judged(
            _core.verify_file(
                _as_bytes(evidence), trust, at_ms=_milliseconds(at), collateral=list(collateral), nonce=own_nonce
            )
        )
    held = bytes.fromhex(report_data) if isinstance(report_data, str) else report_data
    return _judged(
        _core.verify_evidence(
            kind,
            _as_bytes(evidence),
            trust,
            at_ms=_milliseconds(at),
            collateral=list(collateral),
            chain=chain,
            nonce=own_nonce,
            report_data=held,
            runtime_data=runtime_data,
        )
    )


def _judged(by_core: _core.Verdict) -> Verdict:
    verdict = Verdict(by_core)
    if not verdict.accepted:
        broken = "; ".join(str(each) for each in verdict.failed) or verdict.headline
        raise AttestationError(f"not accepted: {broken}", verdict)
    return verdict


def _as_bytes(given: Union[str, bytes]) -> bytes:
    return given.encode() if isinstance(given, str) else bytes(given)


def _milliseconds(at: Optional[Instant]) -> int:
    if at is None:
        at = datetime.now(timezone.utc)
    elif isinstance(at, str):
        at = datetime.fromisoformat(at.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError("`at` has no time zone: write it like 2026-11-22T12:00:00Z")
    return int(at.timestamp() * 1000)
