# SPDX-License-Identifier: Apache-2.0
"""A program as users write it, for type checkers alone: what they see of aipg is what it is."""

from __future__ import annotations

from typing import List

import openai

from aipg import AsyncClient, AttestationError, Client, NoConfidentialWorker, SealError, TruncatedResponse
from aipg.attestation import Finding, Verdict, attestation_of, verify, verify_answer, verify_nvidia_attestation


def ask(question: str) -> str:
    seen: List[Verdict] = []
    client = Client(api_key="k", confidential=True, padding="p0", recipients=1, require_pq=True, on_verdict=seen.append)
    plain: openai.OpenAI = client
    with client.with_options(timeout=3, expected_workload_hash="00" * 32) as other:
        answer = other.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])
    verdict: Verdict = verify_nvidia_attestation(attestation_of(answer), at="2026-11-22T12:00:00Z", method="nras")
    findings: List[Finding] = verdict.findings
    level: str = verdict.level or "none"
    return f"{plain.base_url}{findings}{level}{client.verdicts == seen}"


async def ask_too(question: str) -> int:
    async with AsyncClient(api_key="k", confidential=True) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": question}], stream=True
        )
        count = 0
        async for chunk in stream:
            count += len(chunk.choices)
        return count


def judge(answer: bytes, question: bytes, quote: bytes) -> List[str]:
    try:
        verify_answer(answer, question)
        verify(quote, kind="tdx-quote", policy="vendor", collateral=[b""])
    except AttestationError as error:
        return [finding.code for finding in error.findings]
    except NoConfidentialWorker as error:
        return [verdict.worker for verdict in error.verdicts]
    except TruncatedResponse as error:
        return [error.message]
    except SealError as error:
        return [error.code or ""]
    return []
