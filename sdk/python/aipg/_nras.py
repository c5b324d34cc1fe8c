# SPDX-License-Identifier: Apache-2.0
"""Asking NVIDIA's attestation service. What it answers is judged by the native core, and nothing of it here."""

from __future__ import annotations

from typing import Any, List, Optional, Type

import openai

from . import _core
from ._http import httpx, transport_errors
from .errors import AttestationServiceError

__all__ = ["ask"]

_SECONDS = 30.0


def ask(report: bytes, http_client: Any = None) -> List[bytes]:
    """Its tokens about the devices in this evidence, and the list of its keys, as they came; nothing where there are no
    devices. Raises AttestationServiceError."""
    requests = _core.nras_requests(report)
    if not requests:
        return []
    client = http_client or openai.DefaultHttpxClient()
    try:
        tokens = [_answer(client, "POST", url, body) for url, body in requests]
        return [*tokens, _answer(client, "GET", _core.NRAS_KEYS_URL, None)]
    finally:
        if http_client is None:
            client.close()


def _answer(client: Any, method: str, url: str, body: Optional[bytes]) -> bytes:
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        # Who could redirect could choose the keys.
        with client.stream(
            method, url, content=body, headers=headers, timeout=_SECONDS, follow_redirects=False
        ) as response:
            if response.status_code != 200:
                raise _failed("nras_refused", f"it answered {method} with status {response.status_code}", response.request)
            return _whole(response)
    except _unreachable() as error:
        raise _failed("nras_unreachable", f"{type(error).__name__}: {error}", httpx.Request(method, url)) from error


def _whole(response: Any) -> bytes:
    out = bytearray()
    for piece in response.iter_bytes(16384):
        out += piece
        if len(out) > _core.MAX_NRAS_BYTES:
            raise _failed("nras_too_large", f"its answer is over {_core.MAX_NRAS_BYTES} bytes", response.request)
    return bytes(out)


def _unreachable() -> "tuple[Type[Exception], ...]":
    return (*transport_errors(), httpx.DecodingError)


def _failed(code: str, what: str, request: "httpx.Request") -> AttestationServiceError:
    return AttestationServiceError(
        f"NVIDIA's attestation service did not say anything about these devices: {what}. "
        'Try again later, or judge by NVIDIA\'s manifests with method="local".',
        request,
        code=code,
    )
