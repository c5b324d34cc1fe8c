# SPDX-License-Identifier: Apache-2.0
"""The seal as an HTTP transport, blocking and asynchronous: what openai's client sends goes through here.

The I/O is done by another HTTP client, the caller's own or openai's default
one, so that its proxies, certificates, limits and hooks hold.
"""

from __future__ import annotations

import functools
import ssl
import threading
import time
from typing import Any, AsyncIterator, Dict, Iterator, Optional, Union

import anyio
import anyio.lowlevel

from ._exchange import (
    CONVERSATION,
    Answered,
    Ask,
    Conversation,
    Enter,
    Failed,
    Head,
    Pause,
    Read,
    Reply,
    Send,
    plan_for,
)
from ._http import httpx, timeouts, transport_errors, unreachable
from ._response import SealedResponse
from ._version import __version__

__all__ = ["AsyncSealingTransport", "SealingTransport"]

# How long to wait for somebody else's verification before doing one's own: as long as a challenge may take.
_PATIENCE = 30.0
_FIELDS = [("User-Agent", f"aipg-python/{__version__}"), ("Accept-Encoding", "identity"), ("Accept", "*/*")]
_TIMEOUTS = ("connect", "read", "write", "pool")


def _failed(error: Exception) -> Failed:
    if isinstance(error, unreachable()):
        cause = error.__cause__ or error.__context__
        tls = isinstance(cause, ssl.SSLError) or "certificate" in str(error).lower()
        return Failed("http_tls" if tls else "http_connect", error)
    return Failed("http_timeout" if isinstance(error, timeouts()) else "http_truncated", error)


def _timeouts(request: "httpx.Request", limit: Optional[float]) -> Dict[str, Optional[float]]:
    """The caller's, and for small answers none longer than the whole may take."""
    given: Dict[str, Optional[float]] = request.extensions.get("timeout") or {}
    out: Dict[str, Optional[float]] = {}
    for name in _TIMEOUTS:
        seconds = given.get(name)
        out[name] = seconds if limit is None else limit if seconds is None else min(seconds, limit)
    return out


@functools.lru_cache(maxsize=64)
def _url(kind: Any, text: str) -> Any:
    """A URL of the other client's library. There are few, and reading one is slow."""
    return kind(text)


def _same_request(http: Any, request: "httpx.Request", content: Any) -> Any:
    """The caller's own request, for the client that sends it."""
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return http.build_request(
        request.method,
        str(request.url),
        headers=request.headers.multi_items(),
        content=content if has_body else None,
        extensions={"timeout": _timeouts(request, None)},
    )


def _same_response(response: Any, stream: Any) -> "httpx.Response":
    kept = {name: value for name, value in response.extensions.items() if name in ("http_version", "reason_phrase")}
    return httpx.Response(response.status_code, headers=response.headers.raw, stream=stream, extensions=kept)


class _Driven:
    """A conversation, and what its two drivers have in common: each carries it out with another client's sockets."""

    def __init__(self, http: Any, request: "httpx.Request", conversation: Conversation) -> None:
        self._http = http
        self._request = request
        self._conversation = conversation
        self._flow = conversation.begin()
        self._data = b""  # of the body, to be handed out
        self._response: Any = None
        self._pieces: Any = None
        self._deadline: Optional[float] = None

    def _outgoing(self, asked: Send) -> Any:
        self._deadline = None if asked.limit is None else time.monotonic() + asked.limit
        return self._http.build_request(
            asked.method,
            _url(self._http.base_url.__class__, asked.url),
            headers=[*asked.fields, *_FIELDS],
            content=asked.body,
            extensions={"timeout": _timeouts(self._request, asked.limit)},
        )

    def extensions(self, head: Head) -> Dict[str, Any]:
        return {**head.extensions, CONVERSATION: self._conversation}

    def _too_late(self) -> Optional[Failed]:
        if self._deadline is None or time.monotonic() <= self._deadline:
            return None
        return Failed("http_timeout", httpx.ReadTimeout("the answer took too long", request=self._request))


# --- blocking -----------------------------------------------------------------------------


class _Relayed(httpx.SyncByteStream):
    def __init__(self, response: Any) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_raw()

    def close(self) -> None:
        self._response.close()


class _Answer(_Driven, httpx.SyncByteStream):
    """A sealed answer as it is opened."""

    def begin(self) -> Head:
        reply: Reply = None
        try:
            while True:
                reply = self._do(self._flow.send(reply))
        except StopIteration as returned:
            head: Head = returned.value
            self._data = head.data
            return head
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        conversation, data = self._conversation, self._data
        while True:
            if data:
                yield data
            try:
                if conversation.done:
                    break
                data = conversation.take(self._read())
            except BaseException:
                self.close()
                raise
        self.close()
        conversation.end()

    def close(self) -> None:
        self._flow.close()
        self._drop_response()

    def _drop_response(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def _do(self, asked: Ask) -> Reply:
        if isinstance(asked, Read):
            return self._read()
        if isinstance(asked, Send):
            return self._send(asked)
        if isinstance(asked, Pause):
            time.sleep(asked.seconds)
            return None
        return self._enter(asked)

    def _send(self, asked: Send) -> Reply:
        self._drop_response()
        request = self._outgoing(asked)
        try:
            self._response = self._http.send(request, stream=True, follow_redirects=False)
        except transport_errors() as error:
            return _failed(error)
        self._pieces = iter(self._response.stream)  # as iter_raw(), without its work at each piece
        return Answered(self._response.status_code, self._response.headers)

    def _read(self) -> Union[bytes, Failed]:
        if late := self._too_late():
            return late
        try:
            return bytes(next(self._pieces, b""))
        except transport_errors() as error:
            return _failed(error)

    def _enter(self, asked: Enter) -> Reply:
        flights = asked.sealing.flights
        event, leads = flights.enter(asked.gateway, threading.Event)
        if leads:
            return lambda: flights.leave(asked.gateway)
        event.wait(_PATIENCE)
        return None


class SealingTransport(httpx.BaseTransport):
    def __init__(self, http: Any) -> None:
        self._http = http  # does the I/O; closed with this

    def handle_request(self, request: "httpx.Request") -> "httpx.Response":
        plan = plan_for(request)
        if plan is None:
            sent = self._http.send(_same_request(self._http, request, request.stream), stream=True, follow_redirects=False)
            return _same_response(sent, _Relayed(sent))
        answer = _Answer(self._http, request, Conversation(plan, request.read()))
        head = answer.begin()
        return SealedResponse(head.status, headers=head.fields, stream=answer, extensions=answer.extensions(head))

    def close(self) -> None:
        self._http.close()


# --- asynchronous ---------------------------------------------------------------------------


async def _pieces(stream: Any) -> AsyncIterator[bytes]:
    """Asynchronous only: a body in memory could be read both ways, and would be taken for a blocking one."""
    async for piece in stream:
        yield piece


class _AsyncRelayed(httpx.AsyncByteStream):
    def __init__(self, response: Any) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_raw():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


class _AsyncAnswer(_Driven, httpx.AsyncByteStream):
    """As _Answer, for an event loop."""

    async def begin(self) -> Head:
        reply: Reply = None
        try:
            while True:
                reply = await self._do(self._flow.send(reply))
        except StopIteration as returned:
            head: Head = returned.value
            self._data = head.data
            return head
        except BaseException:
            await self._close_shielded()
            raise

    async def __aiter__(self) -> AsyncIterator[bytes]:
        conversation, data = self._conversation, self._data
        while True:
            if data:
                yield data
            try:
                if conversation.done:
                    break
                data = conversation.take(await self._read())
            except BaseException:
                await self._close_shielded()
                raise
        await self.aclose()
        conversation.end()

    async def aclose(self) -> None:
        self._flow.close()
        await self._drop_response()

    async def _close_shielded(self) -> None:
        with anyio.CancelScope(shield=True):
            await self.aclose()

    async def _drop_response(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            await response.aclose()

    async def _do(self, asked: Ask) -> Reply:
        if isinstance(asked, Read):
            return await self._read()
        if isinstance(asked, Send):
            return await self._send(asked)
        if isinstance(asked, Pause):
            await anyio.sleep(asked.seconds)
            return None
        return await self._enter(asked)

    async def _send(self, asked: Send) -> Reply:
        await self._drop_response()
        request = self._outgoing(asked)
        try:
            self._response = await self._http.send(request, stream=True, follow_redirects=False)
        except transport_errors() as error:
            return _failed(error)
        self._pieces = self._response.stream.__aiter__()
        return Answered(self._response.status_code, self._response.headers)

    async def _read(self) -> Union[bytes, Failed]:
        if late := self._too_late():
            return late
        try:
            return bytes(await self._pieces.__anext__())
        except StopAsyncIteration:
            return b""
        except transport_errors() as error:
            return _failed(error)

    async def _enter(self, asked: Enter) -> Reply:
        flights = asked.sealing.flights
        key = (asked.gateway, anyio.lowlevel.current_token())  # an event belongs to its loop
        event, leads = flights.enter(key, anyio.Event)
        if leads:
            return lambda: flights.leave(key)
        with anyio.move_on_after(_PATIENCE):
            await event.wait()
        return None


class AsyncSealingTransport(httpx.AsyncBaseTransport):
    def __init__(self, http: Any) -> None:
        self._http = http  # does the I/O; closed with this

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        plan = plan_for(request)
        if plan is None:
            sent = await self._http.send(
                _same_request(self._http, request, _pieces(request.stream)), stream=True, follow_redirects=False
            )
            return _same_response(sent, _AsyncRelayed(sent))
        answer = _AsyncAnswer(self._http, request, Conversation(plan, await request.aread()))
        head = await answer.begin()
        return SealedResponse(head.status, headers=head.fields, stream=answer, extensions=answer.extensions(head))

    async def aclose(self) -> None:
        await self._http.aclose()
