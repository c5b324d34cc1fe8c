# SPDX-License-Identifier: Apache-2.0
"""openai.OpenAI and openai.AsyncOpenAI, with a seal."""

from __future__ import annotations

import os
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional, Union, cast

import openai
from typing_extensions import Self, override

from . import _core
from ._exchange import FAILURE, SEALING
from ._http import httpx
from ._sealing import Bytes32, PolicySource, Sealing, SealOptions
from ._transport import AsyncSealingTransport, SealingTransport
from ._verdict import Verdict
from .errors import NoConfidentialWorker

__all__ = ["AsyncClient", "Client", "DEFAULT_BASE_URL"]

DEFAULT_BASE_URL = "https://api.aipowergrid.io/v1"

# No host, no scheme that a WebSocket library opens: what cannot be sealed is not connected at all.
_NO_WEBSOCKETS = "unsealed-websocket://refused-by-a-confidential-client"


def _base_url(given: Any) -> str:
    """With /v1, which may be left out as `aipg` leaves it out."""
    url = str(given or os.environ.get("AIPG_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")
    return url if url.endswith("/v1") else url + "/v1"


def _api_key(given: Any) -> Any:
    key = given if given is not None else os.environ.get("AIPG_API_KEY")
    if key is None:
        raise openai.OpenAIError("There is no API key: give api_key=, or set AIPG_API_KEY.")
    return key


def _copy_options(sealing: Sealing, options: Dict[str, Any]) -> Dict[str, Any]:
    """What copy() was given, with what is ours as one argument of the constructor."""
    changed = sealing.changed(SealOptions.take_from(options))
    return {**options, "_extra_kwargs": {**options.pop("_extra_kwargs", {}), "_sealing": changed}}


def _without_websockets(sealing: Sealing, options: Dict[str, Any]) -> None:
    if not sealing.options.confidential:
        if options.get("websocket_base_url") == _NO_WEBSOCKETS:
            del options["websocket_base_url"]
        return
    if options.get("websocket_base_url") not in (None, _NO_WEBSOCKETS):
        raise ValueError("websocket_base_url: a confidential client opens no WebSockets, because nothing seals them")
    options["websocket_base_url"] = _NO_WEBSOCKETS


def _forget_openais_environment(client: Any, options: Dict[str, Any], headers: Optional[Mapping[str, str]]) -> None:
    """Keys, names and headers in OPENAI_* are for another service, and stay here."""
    client.organization = options.get("organization")
    client.project = options.get("project")
    client.webhook_secret = options.get("webhook_secret")
    client._custom_headers = dict(headers or {})
    if hasattr(client, "admin_api_key"):
        client.admin_api_key = options.get("admin_api_key")


def _no_confidential_worker(message: str, body: object, response: "httpx.Response") -> Optional[openai.APIStatusError]:
    failure: Optional[_core.Failure] = response.extensions.get(FAILURE)
    if failure is None or failure.code != "no_confidential_worker":
        return None
    verdicts = [Verdict(each) for each in failure.verdicts]
    return NoConfidentialWorker(failure.message, response=response, body=_error_of(body), verdicts=verdicts)


def _error_of(body: object) -> object:
    if not isinstance(body, dict):
        return body
    members = cast("Dict[str, object]", body)
    return members.get("error", members)


class _SealingHttpClient(openai.DefaultHttpxClient):
    """What openai's client is given: every request goes through the seal, and then out by `http`."""

    def __init__(self, http: Any) -> None:
        super().__init__(transport=SealingTransport(http), timeout=httpx.Timeout(**http.timeout.as_dict()))


class _AsyncSealingHttpClient(openai.DefaultAsyncHttpxClient):
    def __init__(self, http: Any) -> None:
        super().__init__(transport=AsyncSealingTransport(http), timeout=httpx.Timeout(**http.timeout.as_dict()))


class Client(openai.OpenAI):
    """openai.OpenAI for AIPG. A request is sealed when its client is confidential, or when it says so itself:

        client.chat.completions.create(…, extra_headers={"X-AIPG-Confidential": "required"})

    Args:
      api_key: your key; else AIPG_API_KEY. No OPENAI_ variable is read.
      base_url: the gateway; else AIPG_BASE_URL, else the network's own.
      confidential: seal every request; what cannot be sealed is refused.
      policy: what evidence must show, a file or a ready policy's name; else AIPG_POLICY, else the network's.
      expected_workload_hash: the only workload that is taken, in hexadecimal.
      roots: a folder of certificates to trust instead of the vendors' roots.
      require_pq: refuse workers without post-quantum keys.
      recipients: seal to so many workers of different operators, 1 to 3; one of them answers.
      padding: what sizes and times tell: "p1" hides more, "p0" is faster, "p2" is a constant rate.
      cache_salt: 32 bytes that let a worker's cache serve your prompts again; random, and never shared, unless given.
      verify_attestation: judge each answer's attestation before its end is handed on. Workers are always verified
        before anything is sent; nothing turns that off.
      on_verdict: hears of each verdict, of a worker before anything is sent to it; what it raises ends the call with a
        SealError.
      http_client: does the network I/O, as openai's.
      **options: openai.OpenAI's other arguments.
    """

    def __init__(
        self,
        *,
        api_key: Union[str, Callable[[], str], None] = None,
        base_url: Union[str, "httpx.URL", None] = None,
        confidential: bool = False,
        policy: Optional[PolicySource] = None,
        expected_workload_hash: Optional[Bytes32] = None,
        roots: Optional[PolicySource] = None,
        require_pq: bool = False,
        recipients: int = 2,
        padding: str = "p1",
        cache_salt: Optional[bytes] = None,
        verify_attestation: bool = True,
        on_verdict: Optional[Callable[[Verdict], None]] = None,
        default_headers: Optional[Mapping[str, str]] = None,
        http_client: Any = None,
        _sealing: Optional[Sealing] = None,
        **options: Any,
    ) -> None:
        self._sealing = _sealing or Sealing(
            SealOptions(
                confidential=confidential,
                policy=policy,
                expected_workload_hash=expected_workload_hash,
                roots=roots,
                require_pq=require_pq,
                recipients=recipients,
                padding=padding,
                cache_salt=cache_salt,
                verify_attestation=verify_attestation,
                on_verdict=on_verdict,
            )
        )
        _without_websockets(self._sealing, options)
        if not isinstance(http_client, _SealingHttpClient):
            http_client = _SealingHttpClient(http_client or openai.DefaultHttpxClient())
        super().__init__(
            api_key=_api_key(api_key),
            base_url=_base_url(base_url),
            default_headers=default_headers,
            http_client=http_client,
            **options,
        )
        _forget_openais_environment(self, options, default_headers)

    @property
    def verdicts(self) -> List[Verdict]:
        """The last ones, oldest first: of workers before something was sent to them, and of answers."""
        return list(self._sealing.verdicts)

    @override
    def copy(self, **options: Any) -> Self:
        """As openai's, and with the arguments above."""
        return super().copy(**_copy_options(self._sealing, options))

    with_options = copy

    @override
    def _prepare_request(self, request: "httpx.Request") -> None:
        super()._prepare_request(request)
        request.extensions[SEALING] = self._sealing

    @override
    def _make_status_error(self, err_msg: str, *, body: object, response: "httpx.Response") -> openai.APIStatusError:
        ours = _no_confidential_worker(err_msg, body, response)
        return ours or super()._make_status_error(err_msg, body=body, response=response)


class AsyncClient(openai.AsyncOpenAI):
    """openai.AsyncOpenAI for AIPG: as Client, for asyncio and trio."""

    def __init__(
        self,
        *,
        api_key: Union[str, Callable[[], Awaitable[str]], None] = None,
        base_url: Union[str, "httpx.URL", None] = None,
        confidential: bool = False,
        policy: Optional[PolicySource] = None,
        expected_workload_hash: Optional[Bytes32] = None,
        roots: Optional[PolicySource] = None,
        require_pq: bool = False,
        recipients: int = 2,
        padding: str = "p1",
        cache_salt: Optional[bytes] = None,
        verify_attestation: bool = True,
        on_verdict: Optional[Callable[[Verdict], None]] = None,
        default_headers: Optional[Mapping[str, str]] = None,
        http_client: Any = None,
        _sealing: Optional[Sealing] = None,
        **options: Any,
    ) -> None:
        self._sealing = _sealing or Sealing(
            SealOptions(
                confidential=confidential,
                policy=policy,
                expected_workload_hash=expected_workload_hash,
                roots=roots,
                require_pq=require_pq,
                recipients=recipients,
                padding=padding,
                cache_salt=cache_salt,
                verify_attestation=verify_attestation,
                on_verdict=on_verdict,
            )
        )
        _without_websockets(self._sealing, options)
        if not isinstance(http_client, _AsyncSealingHttpClient):
            http_client = _AsyncSealingHttpClient(http_client or openai.DefaultAsyncHttpxClient())
        super().__init__(
            api_key=_api_key(api_key),
            base_url=_base_url(base_url),
            default_headers=default_headers,
            http_client=http_client,
            **options,
        )
        _forget_openais_environment(self, options, default_headers)

    @property
    def verdicts(self) -> List[Verdict]:
        """The last ones, oldest first: of workers before something was sent to them, and of answers."""
        return list(self._sealing.verdicts)

    @override
    def copy(self, **options: Any) -> Self:
        """As openai's, and with the arguments above."""
        return super().copy(**_copy_options(self._sealing, options))

    with_options = copy

    @override
    async def _prepare_request(self, request: "httpx.Request") -> None:
        await super()._prepare_request(request)
        request.extensions[SEALING] = self._sealing

    @override
    def _make_status_error(self, err_msg: str, *, body: object, response: "httpx.Response") -> openai.APIStatusError:
        ours = _no_confidential_worker(err_msg, body, response)
        return ours or super()._make_status_error(err_msg, body=body, response=response)
