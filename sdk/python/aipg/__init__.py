# SPDX-License-Identifier: Apache-2.0
"""OpenAI's client for confidential workers of the AI Power Grid.

    from aipg import Client

    client = Client(confidential=True)
    answer = client.chat.completions.create(model="llama-3-70b", messages=[{"role": "user", "content": "…"}])
    answer.attestation  # the proof, base64

Nothing is sent before the hardware that will read it was verified, and what is
sent is encrypted to it. Where no worker passes, the call raises
NoConfidentialWorker; it never falls back to an unsealed one.
"""

from ._client import AsyncClient, Client
from ._version import __version__
from .errors import AttestationError, AttestationServiceError, NoConfidentialWorker, SealError, TruncatedResponse

__all__ = [
    "AsyncClient",
    "AttestationError",
    "AttestationServiceError",
    "Client",
    "NoConfidentialWorker",
    "SealError",
    "TruncatedResponse",
    "__version__",
]
