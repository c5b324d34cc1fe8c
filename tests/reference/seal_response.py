# SPDX-License-Identifier: Apache-2.0
"""Sealing an answer with its receipt, and opening it as the client that asked."""

from __future__ import annotations

from dataclasses import dataclass

import bhttp
import chunk_stream
import hpke
import receipt as receipts
from chunk_stream import Chunk, Keys
from primitives import expand, extract, hmac_sha256, sha256, uint
from receipt import Receipt
from refusal import Refused

MAGIC = b"AIPGOPEN"
PREAMBLE_BYTES = 8 + 1 + 32 + 32
TRAILER = "aipg-receipt"


def response_preamble(kid: bytes, nonce: bytes) -> bytes:
    return MAGIC + uint(1, 1) + kid + nonce


@dataclass(frozen=True)
class ResponseKeys:
    secret: bytes
    prk: bytes
    keys: Keys
    salt: bytes


def response_keys(context: hpke.Context, transcript: bytes, rpre: bytes) -> ResponseKeys:
    """From the HPKE context of the recipient that answers: no sibling has it."""
    secret = context.export(b"aipg response v1" + transcript, 32)
    prk = extract(sha256(rpre), secret)
    keys = Keys(expand(prk, b"aipg response key v1", 32), expand(prk, b"aipg response nonce v1", 12))
    return ResponseKeys(secret, prk, keys, expand(prk, b"aipg receipt response salt v1", 32))


def answer_digest(salt: bytes, status: int, body: bytes) -> bytes:
    return hmac_sha256(salt, uint(status, 2), body)


@dataclass
class Asked:
    """What the client remembers of its request, for one recipient."""

    kid: bytes
    context: hpke.Context
    transcript: bytes
    request_id: bytes
    request_wire: bytes
    question: bytes
    model: str
    keyset_id: bytes
    workload_hash: bytes
    receipt_key: bytes
    padding: str


@dataclass
class Answer:
    kid: bytes
    keys: ResponseKeys
    chunks: list[tuple[Chunk, bytes]]
    response: bhttp.Response
    receipt: Receipt
    receipt_jws: str


def parse_preamble(wire: bytes) -> tuple[bytes, bytes]:
    """(kid, nonce)"""
    if wire[:9] != MAGIC + b"\x01":
        raise Refused("response_malformed", "preamble")
    return wire[9:41], wire[41:73]


def open_response(wire: bytes, asked: list[Asked]) -> Answer:
    if len(wire) < PREAMBLE_BYTES:
        raise Refused("response_truncated")
    kid, _ = parse_preamble(wire)
    ours = [a for a in asked if a.kid == kid]
    if not ours:
        raise Refused("response_unknown_kid")
    rpre, sealed = wire[:PREAMBLE_BYTES], wire[PREAMBLE_BYTES:]
    keys = response_keys(ours[0].context, ours[0].transcript, rpre)
    try:
        chunks = chunk_stream.open_chunks(keys.keys, sealed, chunk_stream.response_codes(ours[0].padding))
    except chunk_stream.Truncated as error:
        raise Refused("response_truncated") from error
    response = _read_message([content for _, content in chunks])
    jws = _receipt_of(response)
    receipt = receipts.verify(jws, ours[0].receipt_key)
    before_last = rpre + b"".join(chunk.wire for chunk, _ in chunks[:-1])
    _check_claims(receipt, ours[0], keys, response, sha256(before_last), len(chunks) - 1)
    return Answer(kid, keys, chunks, response, receipt, jws)


def _read_message(contents: list[bytes]) -> bhttp.Response:
    """The last chunk holds exactly the content terminator and the trailers."""
    try:
        response = bhttp.parse_response(b"".join(contents))
        if contents[-1] != bhttp.write_response_end(response.trailers):
            raise Refused("response_malformed", "last chunk")
    except Refused as error:
        raise Refused("response_malformed") from error
    return response


def _receipt_of(response: bhttp.Response) -> str:
    if [name for name, _ in response.trailers] != [TRAILER]:
        raise Refused("receipt_invalid", "trailer")
    return response.trailers[0][1]


def _check_claims(
    receipt: Receipt, asked: Asked, keys: ResponseKeys, response: bhttp.Response, response_hash: bytes, chunks: int
) -> None:
    expected = {
        "rid": (receipt.request_id, asked.request_id),
        "ks": (receipt.keyset_id, asked.keyset_id),
        "wl": (receipt.workload_hash, asked.workload_hash),
        "model": (receipt.model, asked.model),
        "req": (receipt.request_hash, sha256(asked.request_wire)),
        "res": (receipt.response_hash, response_hash),
        "n": (receipt.response_chunks, chunks),
        "pq": (receipt.question, asked.question),
        "pr": (receipt.answer, answer_digest(keys.salt, response.status, response.content)),
    }
    for claim, (said, true) in expected.items():
        if said != true:
            raise Refused("receipt_mismatch", claim)
