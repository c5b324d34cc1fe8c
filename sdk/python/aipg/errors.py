# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, as subclasses of openai's own errors.

What the network reports otherwise arrives as openai's classes, by status:
RateLimitError, AuthenticationError, BadRequestError, … each with its `code`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

import openai

if TYPE_CHECKING:
    from ._http import httpx
    from ._verdict import Finding, Verdict

__all__ = ["AttestationError", "AttestationServiceError", "NoConfidentialWorker", "SealError", "TruncatedResponse"]


class NoConfidentialWorker(openai.InternalServerError):
    """No worker can take the request. Nothing was sent, and nothing else was tried. Status 503.

    `verdicts` says, worker by worker, what did not hold under your policy.
    """

    verdicts: List[Verdict]

    def __init__(
        self, message: str, *, response: httpx.Response, body: Optional[object], verdicts: Optional[List[Verdict]] = None
    ) -> None:
        super().__init__(message, response=response, body=body)
        self.verdicts = verdicts or []


class SealError(openai.APIError):
    """The request could not be sealed, or the answer is not what a verified worker sealed. Asking again is safe."""

    def __init__(self, message: str, request: httpx.Request, *, code: Optional[str] = None) -> None:
        super().__init__(message, request, body=None)
        self.code = code


class TruncatedResponse(SealError):
    """The answer ended before its end. What came of it is not whole, and nothing proves it."""


class AttestationError(openai.OpenAIError):
    """Evidence or an attestation that is not accepted. `verdict` has every finding, `findings` those that failed."""

    verdict: Verdict
    findings: List[Finding]

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.findings = verdict.failed


class AttestationServiceError(openai.APIConnectionError):
    """NVIDIA's attestation service was asked and gave no answer that could be judged. `code` is "nras_unreachable",
    "nras_refused" or "nras_too_large". Nothing was accepted."""

    def __init__(self, message: str, request: httpx.Request, *, code: str) -> None:
        super().__init__(message=message, request=request)
        self.code = code
