# SPDX-License-Identifier: Apache-2.0
"""One sealed request, without I/O.

Until the answer begins it is a generator: it yields what is to be done (Enter,
Send, Read, Pause), is sent what came of it, and returns the answer's Head. The
rest of the answer is opened piece by piece. So the blocking and the asynchronous
transport differ only in how they do the few things that are asked.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict, Generator, List, NamedTuple, Optional, Tuple, Union

from . import _core
from ._http import httpx, timeouts
from ._sealing import Sealing
from .errors import AttestationError, SealError, TruncatedResponse
from ._verdict import Verdict

__all__ = ["Answered", "Ask", "Conversation", "Enter", "Failed", "Head", "Pause", "Plan", "Read", "Reply", "Send", "plan_for"]

HEADER = "x-aipg-confidential"
REQUIRED = "required"
# Where a client leaves its Sealing for the transport, and the transport a Failure for the client.
SEALING = "aipg_sealing"
FAILURE = "aipg_failure"
# Where an answer's response has its conversation.
CONVERSATION = "aipg_conversation"

Fields = List[Tuple[str, str]]
_MODELS = re.compile(r"/v1/models(/[^/]+)?$")
# Of a sealed answer; the rest is between worker and engine, and a redirect would leave the seal.
_ANSWER_FIELDS = frozenset({"content-type", "retry-after", "x-request-id"})


class Enter(NamedTuple):
    """Wait while somebody else verifies workers behind this gateway. Reply: a call that lets others go on, or None."""

    sealing: Sealing
    gateway: str


class Send(NamedTuple):
    """Reply: Answered or Failed."""

    method: str
    url: str
    fields: Fields
    body: bytes
    limit: Optional[float]  # seconds for the whole of a small answer


class Read(NamedTuple):
    """Reply: the next bytes of that answer, b"" at its end, or Failed."""


_READ = Read()


class Pause(NamedTuple):
    seconds: float


class Answered(NamedTuple):
    status: int
    headers: "httpx.Headers"


class Failed(NamedTuple):
    code: str  # as the native core names it
    error: Exception


class Head(NamedTuple):
    status: int
    fields: Fields
    extensions: Dict[str, Any]
    data: bytes  # what there is of the body by now


Ask = Union[Enter, Send, Read, Pause]
Reply = Union[Answered, Failed, bytes, Callable[[], None], None]


class Plan(NamedTuple):
    """A request that is to be sealed."""

    request: "httpx.Request"
    sealing: Sealing
    gateway: str  # "https://api.aipowergrid.io"
    path: str  # "/v1/chat/completions"


def _is_wanted(request: "httpx.Request", sealing: Optional[Sealing]) -> bool:
    value = request.headers.get(HEADER)
    if value is None:
        return sealing is not None and sealing.options.confidential
    if value != REQUIRED:
        raise SealError("X-AIPG-Confidential is `required` or left out. Nothing was sent.", request)
    if sealing is None:
        raise SealError("Only the methods of aipg.Client seal; this request was none. Nothing was sent.", request)
    return True


def _asks_for_models(request: "httpx.Request") -> bool:
    """Says nothing about anybody."""
    url = request.url
    return request.method == "GET" and not url.query and _MODELS.search(url.path) is not None and HEADER not in request.headers


_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


def _check_encrypted(request: "httpx.Request") -> None:
    """Requests are sealed; the key that they come with is not."""
    url = request.url
    if url.scheme != "https" and _LOOPBACK.fullmatch(url.host) is None:
        raise SealError(
            f"{url.scheme}://{url.host} is not encrypted, so the API key could be read on the way. Nothing was sent. "
            "Write it with https://; http:// is for a gateway on this machine.",
            request,
            code="plain_not_loopback",
        )


def plan_for(request: "httpx.Request") -> Optional[Plan]:
    """None for a request that goes unsealed, as its client was told to. Raises SealError for one that cannot be."""
    _check_encrypted(request)
    sealing: Optional[Sealing] = request.extensions.get(SEALING)
    if not _is_wanted(request, sealing) or sealing is None or _asks_for_models(request):
        return None
    url, text = request.url, str(request.url)
    path = next((each for each in _core.SEALABLE_PATHS if text.endswith(each)), None)
    if path is None or request.method != "POST" or url.query or url.fragment:
        raise SealError(
            f"{request.method} {url.path}{' with a query' if url.query else ''} cannot be sealed, so nothing was sent. "
            f"POST to one of these can: {', '.join(_core.SEALABLE_PATHS)}",
            request,
            code="path_not_sealable",
        )
    return Plan(request, sealing, text[: -len(path)].rstrip("/"), path)


class Conversation:
    """begin(), then take() until it is done, then end()."""

    def __init__(self, plan: Plan, body: bytes) -> None:
        sealing = plan.sealing
        self._plan = plan
        self._call = _core.Call(
            sealing.session(plan.gateway),
            plan.path,
            body,
            cache_salt=sealing.cache_salt,
            verify_answer=sealing.options.verify_attestation,
        )
        self._begun = False
        self._gateway_headers: Optional[httpx.Headers] = None
        self._error: Optional[Exception] = None  # of the connection
        self.done = False

    def begin(self) -> Generator[Ask, Reply, Head]:
        let_others_go_on = yield Enter(self._plan.sealing, self._plan.gateway)
        try:
            turn = self._call.start()
            while True:
                verdicts, head, data, step = turn
                if verdicts:
                    if callable(let_others_go_on):
                        let_others_go_on()
                    let_others_go_on = None
                    self._note(verdicts)
                self.done = step[0] == "done"
                if head is not None:
                    self._begun = True
                    return Head(head[0], [each for each in head[1] if each[0] in _ANSWER_FIELDS], {}, data)
                if self.done:
                    return self._refusal()
                turn = yield from self._do(step)
        finally:
            if callable(let_others_go_on):
                let_others_go_on()

    def take(self, reply: Union[bytes, Failed]) -> bytes:
        """What there is of the body, now that this was read: perhaps nothing yet."""
        _, _, data, step = self._read(reply)
        self.done = step[0] == "done"
        return data

    @property
    def attested(self) -> bool:
        """Whether the core has put an attestation into what was handed out."""
        return self._call.attested

    def end(self) -> None:
        """Raises where what was handed out is no whole answer."""
        if self._begun:
            self._judge()

    def _do(self, step: _core.Step) -> Generator[Ask, Reply, _core.Turn]:
        if step[0] == "pause":
            yield Pause(step[1])
            return self._call.paused()
        if step[0] == "read":
            piece = yield _READ
            assert isinstance(piece, (bytes, Failed))
            return self._read(piece)
        assert step[0] == "send"
        _, method, target, fields, body, limit = step
        reply = yield Send(method, self._plan.gateway + target, [*fields, *self._identity()], body, limit)
        if isinstance(reply, Answered):
            self._error = None  # of an attempt before
            self._gateway_headers = reply.headers
            return self._call.answered(reply.status, reply.headers.get("content-type", ""))
        assert isinstance(reply, Failed)
        return self._failed(reply)

    def _read(self, reply: Union[bytes, Failed]) -> _core.Turn:
        if isinstance(reply, bytes):
            return self._call.piece(reply) if reply else self._call.ended()
        return self._failed(reply)

    def _failed(self, reply: Failed) -> _core.Turn:
        self._error = reply.error
        return self._call.failed(reply.code, str(reply.error))

    def _note(self, verdicts: List[_core.Verdict]) -> None:
        try:
            self._plan.sealing.note(verdicts)
        except Exception as error:  # openai 2 would take another one for a connection's, and try again
            message = f"on_verdict ended the call: {error}"
            raise SealError(message, self._plan.request, code="on_verdict") from error

    def _identity(self) -> Fields:
        """Whose request it is; nothing else of the caller's headers leaves this process."""
        authorization = self._plan.request.headers.get("authorization")
        return [] if authorization is None else [("Authorization", authorization)]

    def _judge(self) -> Optional[_core.Failure]:
        """What was refused. Raises where that is nothing to be answered with."""
        answer_verdict = self._call.answer_verdict
        if answer_verdict is not None:
            self._note([answer_verdict])
        failure = self._call.failure(self._plan.gateway)
        if failure is not None:
            self._raise_what_is_no_answer(failure)
        return failure

    def _refusal(self) -> Head:
        failure = self._judge()
        assert failure is not None
        return Head(failure.status, self._refusal_fields(failure), {FAILURE: failure}, _error_body(failure))

    def _raise_what_is_no_answer(self, failure: _core.Failure) -> None:
        request = self._plan.request
        if failure.code == "attestation_rejected":
            verdict = Verdict(failure.verdicts[-1])
            raise AttestationError(f"The answer's attestation does not hold: {verdict.headline}", verdict)
        if self._error is not None and (not failure.prompt_sent or isinstance(self._error, timeouts())):
            raise self._error  # openai knows its HTTP library's errors, and what to do about them
        if failure.code == "response_truncated":
            raise TruncatedResponse(failure.message, request, code=failure.code) from self._error
        if self._begun or failure.kind in ("broken_answer", "unfit_answer", "unreachable", "cancelled"):
            raise SealError(failure.message, request, code=failure.code) from self._error

    def _refusal_fields(self, failure: _core.Failure) -> Fields:
        out = [("content-type", "application/json"), ("x-should-retry", "true" if failure.retry else "false")]
        for name in ("retry-after", "x-request-id"):
            value = None if self._gateway_headers is None else self._gateway_headers.get(name)
            if value is not None and failure.kind == "refused":
                out.append((name, value))
        return out


def _error_body(failure: _core.Failure) -> bytes:
    error = {
        "message": failure.message,
        "type": failure.type,
        "param": failure.parameter or None,
        "code": failure.code,
    }
    return json.dumps({"error": error}).encode()
