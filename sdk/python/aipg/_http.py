# SPDX-License-Identifier: Apache-2.0
"""The HTTP library that the installed openai is built on: httpx2 from openai 3 on, httpx before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Tuple, Type

if TYPE_CHECKING:
    import httpx2 as httpx
else:
    import openai._base_client as _base

    httpx = getattr(_base, "httpx2", None) or _base.httpx

__all__ = ["httpx", "timeouts", "unreachable", "transport_errors"]


def _families() -> "list[object]":
    """Both libraries, where both are loaded: openai 3 takes a client of either."""
    other = sys.modules.get("httpx")
    return [httpx] if other is None or other is httpx else [httpx, other]


def _all(*names: str) -> "Tuple[Type[Exception], ...]":
    return tuple(getattr(library, name) for library in _families() for name in names)


def transport_errors() -> "Tuple[Type[Exception], ...]":
    return _all("TransportError", "StreamError")


def timeouts() -> "Tuple[Type[Exception], ...]":
    return _all("TimeoutException")


def unreachable() -> "Tuple[Type[Exception], ...]":
    """Before a byte was sent."""
    return _all("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
