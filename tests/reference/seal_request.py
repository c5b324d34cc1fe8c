# SPDX-License-Identifier: Apache-2.0
"""Sealing a request, and opening it in the worker's order of checks."""

from __future__ import annotations

from dataclasses import dataclass, field

import bhttp
import chunk_stream
import hpke
from body_rules import InnerError, InnerRequest, validate
from chunk_stream import Chunk, Keys
from preamble import Incomplete, Preamble, Recipient, Routing, parse
from primitives import expand, extract, hmac_sha256, to_base64url, uint
from refusal import Refused

LATE_MS = 30_000
EARLY_MS = 5 * 60_000
MAX_REQUEST_BYTES = 32 << 20


def seal_info(suite: int, kid: bytes) -> bytes:
    return b"aipg seal v1" + b"\x00" + uint(suite, 2) + kid


def seal_root(content_secret: bytes) -> bytes:
    return extract(b"aipg seal root v1", content_secret)


def commit(root: bytes, request_id: bytes) -> bytes:
    return expand(root, b"commit" + request_id, 32)


@dataclass(frozen=True)
class Traffic:
    """What the content secret and the transcript give: keys of the request's chunks, and the receipt's salt."""

    traffic: bytes
    prk: bytes
    keys: Keys
    salt: bytes


def traffic_keys(root: bytes, transcript: bytes) -> Traffic:
    traffic = expand(root, b"traffic", 32)
    prk = extract(transcript, traffic)
    keys = Keys(expand(prk, b"aipg request key v1", 32), expand(prk, b"aipg request nonce v1", 12))
    return Traffic(traffic, prk, keys, expand(prk, b"aipg receipt request salt v1", 32))


def question_digest(salt: bytes, body: bytes) -> bytes:
    return hmac_sha256(salt, body)


@dataclass
class Sealed:
    preamble: Preamble
    traffic: Traffic
    chunks: list[Chunk]
    contexts: list[hpke.Context]

    @property
    def wire(self) -> bytes:
        return self.preamble.bytes() + b"".join(c.wire for c in self.chunks)


def seal_chunks(keys: Keys, message: bytes) -> list[Chunk]:
    pieces = [message[i : i + chunk_stream.MAX_CONTENT] for i in range(0, len(message), chunk_stream.MAX_CONTENT)]
    out = []
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        plaintext = chunk_stream.pad(piece, chunk_stream.request_plaintext_bytes(len(piece), last))
        out.append(keys.seal(number, plaintext, last))
    return out


def seal(
    suite: hpke.Suite,
    recipients: list[tuple[bytes, hpke.Context, bytes]],
    routing: Routing,
    expires_ms: int,
    request_id: bytes,
    content_secret: bytes,
    message: bytes,
) -> Sealed:
    """recipients: (kid, sender's HPKE context, enc)."""
    root = seal_root(content_secret)
    draft = [Recipient(kid, enc, b"") for kid, _, enc in recipients]
    commitment = commit(root, request_id)
    head = Preamble(suite, request_id, expires_ms, commitment, routing.document(), routing, draft)
    wrapped = [
        Recipient(kid, enc, context.seal(head.aad(), content_secret)) for kid, context, enc in recipients
    ]
    preamble = Preamble(suite, request_id, expires_ms, commitment, routing.document(), routing, wrapped)
    traffic = traffic_keys(root, preamble.transcript())
    chunks = seal_chunks(traffic.keys, message)
    return Sealed(preamble, traffic, chunks, [context for _, context, _ in recipients])


@dataclass
class Opened:
    """An accepted preamble. `inner` is the request, or the error that goes back sealed."""

    preamble: Preamble
    kid: bytes
    context: hpke.Context
    content_secret: bytes
    root: bytes
    traffic: Traffic
    chunks: list[tuple[Chunk, bytes]] = field(default_factory=list)
    message: bytes = b""
    inner: InnerRequest | InnerError | None = None


@dataclass
class Recipients:
    """The private keys a worker holds (kid to suite and seed), and the requests it has opened."""

    keys: dict[bytes, tuple[hpke.Suite, bytes]]
    replay: set[bytes] = field(default_factory=set)
    replay_capacity: int = 1_000_000


def open_request(wire: bytes, holder: Recipients, now_ms: int, offers: str | None = None) -> Opened:
    """Raises Refused for an outer refusal; everything from the chunks on is in Opened.inner."""
    try:
        preamble, length = parse(wire)
    except Incomplete as error:
        raise Refused("malformed_seal", "ended in the preamble") from error
    opened = _unwrap(preamble, holder, now_ms)
    try:
        opened.chunks = chunk_stream.open_chunks(opened.traffic.keys, wire[length:], chunk_stream.REQUEST)
    except (Refused, chunk_stream.Truncated):
        opened.inner = InnerError(400, "malformed_seal")
        return opened
    opened.message = b"".join(content for _, content in opened.chunks)
    opened.inner = _inner(opened.message, preamble.routing, offers)
    return opened


def _unwrap(preamble: Preamble, holder: Recipients, now_ms: int) -> Opened:
    ours = [r for r in preamble.recipients if r.kid in holder.keys]
    if not ours or holder.keys[ours[0].kid][0] is not preamble.suite:
        raise Refused("worker_key_expired")
    recipient = ours[0]
    if not now_ms - LATE_MS <= preamble.expires_ms <= now_ms + EARLY_MS:
        raise Refused("request_expired")
    transcript = preamble.transcript()
    if transcript[:16] in holder.replay:
        raise Refused("request_replayed")
    suite, seed = holder.keys[recipient.kid]
    try:
        context = hpke.setup_recipient(suite, seed, recipient.enc, seal_info(suite, recipient.kid))
        content_secret = context.open(preamble.aad(), recipient.wrapped)
    except Refused as error:
        raise Refused("malformed_seal", "wrapped") from error
    root = seal_root(content_secret)
    if commit(root, preamble.request_id) != preamble.commitment:
        raise Refused("malformed_seal", "commitment")
    if len(holder.replay) >= holder.replay_capacity:
        raise Refused("worker_busy")
    holder.replay.add(transcript[:16])
    return Opened(preamble, recipient.kid, context, content_secret, root, traffic_keys(root, transcript))


def _inner(message: bytes, routing: Routing, offers: str | None) -> InnerRequest | InnerError:
    """`offers` is the one model the worker has; None for a worker that has them all."""
    if len(message) > MAX_REQUEST_BYTES:
        return InnerError(400, "malformed_seal")
    try:
        bhttp.parse_request(message)
    except Refused:
        return InnerError(400, "malformed_seal")
    if offers not in (None, routing.model):
        return InnerError(404, "model_not_found", "model")
    return validate(message, routing)


def inner_message(path: str, body: bytes, cache_salt: bytes | None) -> bytes:
    """The Binary HTTP request a client seals."""
    fields = [("content-type", "application/json")]
    if cache_salt is not None:
        fields.append(("aipg-cache-salt", to_base64url(cache_salt)))
    return bhttp.write_request(bhttp.Request("POST", path, fields, body))
