# SPDX-License-Identifier: Apache-2.0
"""The clear head of a sealed request: AIPGSEAL, routing, recipients."""

from __future__ import annotations

import re
from dataclasses import dataclass

import canonical_json
from hpke import ENC_BYTES, Suite
from primitives import Reader, sha256, to_base64url, uint
from refusal import Refused

MAGIC = b"AIPGSEAL"
MAX_BYTES = 8 * 1024
MAX_ROUTING = 1024
PADDINGS = ("p0", "p1", *(f"p2:{1 << power}" for power in range(7)))
DEFAULT_RATE = "p2:2"
MAX_MODEL_AT_1_KIB = 64  # as JSON writes it: the receipt is one chunk
PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages")


class Incomplete(Exception):
    """The bytes are a proper prefix of a preamble so far."""


@dataclass(frozen=True)
class Routing:
    path: str
    model: str
    stream: bool
    max_output_tokens: int
    padding: str
    max_price: int | None = None
    affinity: bytes | None = None
    method: str = "POST"

    def document(self) -> bytes:
        value: dict[str, object] = {
            "method": self.method,
            "path": self.path,
            "model": self.model,
            "stream": self.stream,
            "max_output_tokens": self.max_output_tokens,
            "padding": self.padding,
        }
        if self.max_price is not None:
            value["max_price"] = str(self.max_price)
        if self.affinity is not None:
            value["affinity"] = to_base64url(self.affinity)
        return canonical_json.write(value)


@dataclass(frozen=True)
class Recipient:
    kid: bytes
    enc: bytes
    wrapped: bytes


@dataclass(frozen=True)
class Preamble:
    suite: Suite
    request_id: bytes
    expires_ms: int
    commitment: bytes
    routing_bytes: bytes
    routing: Routing
    recipients: list[Recipient]

    def clear(self) -> bytes:
        """The preamble through count: what comes before the recipients."""
        head = MAGIC + uint(1, 1) + uint(self.suite, 2) + self.request_id + uint(self.expires_ms, 8) + self.commitment
        return head + uint(len(self.routing_bytes), 2) + self.routing_bytes + uint(len(self.recipients), 1)

    def bytes(self) -> bytes:
        return self.clear() + b"".join(r.kid + r.enc + r.wrapped for r in self.recipients)

    def aad(self) -> bytes:
        return sha256(self.clear(), *(r.kid for r in self.recipients))

    def transcript(self) -> bytes:
        return sha256(self.bytes())


def _amount(text: str) -> int:
    """Amounts are decimal strings of 64 bits, without sign or leading zero."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", text) or int(text) >= 2**64:
        raise Refused("malformed_seal", "amount")
    return int(text)


def _two_significant_digits(value: int) -> bool:
    return len(str(value).rstrip("0")) <= 2


def parse_routing(document: bytes) -> Routing:
    try:
        members = canonical_json.Members(canonical_json.parse(document))
        routing = Routing(
            method=members.string("method"),
            path=members.string("path"),
            model=members.string("model"),
            stream=members.boolean("stream"),
            max_output_tokens=members.uint("max_output_tokens"),
            padding=members.string("padding"),
            max_price=_amount(members.string("max_price")) if members.has("max_price") else None,
            affinity=members.bytes("affinity", exactly=16) if members.has("affinity") else None,
        )
        members.finish()
    except Refused as error:
        raise Refused("malformed_seal", "routing") from error
    check_routing(routing)
    return routing


def parse_padding(text: str) -> str:
    """"p2" is what people may write; a routing has the number."""
    if text == "p2":
        return DEFAULT_RATE
    if text not in PADDINGS:
        raise Refused("unsupported_padding")
    return text


def _receipt_fits(routing: Routing) -> bool:
    written = len(routing.model) + sum(routing.model.count(c) for c in '"\\')
    return routing.padding != "p2:1" or written <= MAX_MODEL_AT_1_KIB


def check_routing(routing: Routing) -> None:
    tokens = routing.max_output_tokens
    good = (
        routing.method == "POST"
        and routing.path in PATHS
        and re.fullmatch(r"[!-~]{1,128}", routing.model)
        and 256 <= tokens < 2**32
        and tokens & (tokens - 1) == 0
        and routing.padding in PADDINGS
        and _receipt_fits(routing)
        and (routing.max_price is None or _two_significant_digits(routing.max_price))
    )
    if not good:
        raise Refused("malformed_seal", "routing")


def parse(data: bytes) -> tuple[Preamble, int]:
    """The preamble at the start of `data` and its length; raises Incomplete or Refused."""
    reader = Reader(data[:MAX_BYTES])
    if data[: len(MAGIC)] != MAGIC[: len(data)]:
        raise Refused("malformed_seal", "magic")
    try:
        preamble = _read(reader)
    except Reader.Short as error:
        if len(data) >= MAX_BYTES:
            raise Refused("malformed_seal", "too long") from error
        raise Incomplete from error
    return preamble, reader.at


def _read(reader: Reader) -> Preamble:
    reader.take(len(MAGIC))
    if reader.uint(1) != 1:
        raise Refused("unsupported_version")
    number = reader.uint(2)
    request_id, expires_ms, commitment = reader.take(16), reader.uint(8), reader.take(32)
    routing_bytes_count = reader.uint(2)
    if routing_bytes_count > MAX_ROUTING:
        raise Refused("malformed_seal", "routing length")
    routing_bytes = reader.take(routing_bytes_count)
    routing = parse_routing(routing_bytes)
    count = reader.uint(1)
    if not 1 <= count <= 3:
        raise Refused("malformed_seal", "count")
    if number not in set(Suite):
        raise Refused("unsupported_suite")
    suite = Suite(number)
    recipients = [Recipient(reader.take(32), reader.take(ENC_BYTES[suite]), reader.take(48)) for _ in range(count)]
    if len({r.kid for r in recipients}) != count:
        raise Refused("malformed_seal", "the same kid twice")
    return Preamble(suite, request_id, expires_ms, commitment, routing_bytes, routing, recipients)
