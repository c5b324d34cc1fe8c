# SPDX-License-Identifier: Apache-2.0
"""The gateway's job records, read as an auditor would, and the receipts in them,
checked against the keysets that were seen to register."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import pathlib
import sqlite3
from dataclasses import dataclass

import ed25519
from client import claims_of


@dataclass(frozen=True)
class Record:
    job: str  # hex
    keyset: bytes
    tokens_in: int
    tokens_out: int
    outcome: str
    code: str
    receipt: str


def read_all(database: pathlib.Path) -> list[Record]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        columns = "hex(id), keyset_id, tokens_in, tokens_out, outcome, code, receipt"
        rows = connection.execute(f"SELECT {columns} FROM job").fetchall()
    finally:
        connection.close()
    return [Record(row[0].lower(), *row[1:]) for row in rows]


def is_sound(database: pathlib.Path) -> str:
    """SQLite's own opinion of the whole file: "ok", or what is wrong."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return "; ".join(row[0] for row in connection.execute("PRAGMA integrity_check"))
    finally:
        connection.close()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def job_of(jws: str) -> str:
    return from_base64url(claims_of(jws)["jti"]).hex()


@functools.lru_cache(maxsize=4096)  # the same ones are looked at after every case
def is_signed(jws: str, key: bytes) -> bool:
    head, payload, signature = jws.split(".")
    return ed25519.verify(key, f"{head}.{payload}".encode(), from_base64url(signature))


def receipt_keys(keysets: set[str]) -> dict[bytes, bytes]:
    """By keyset id; from the exact bytes of keysets, base64url."""
    out = {}
    for keyset in map(from_base64url, keysets):
        out[hashlib.sha256(keyset).digest()] = from_base64url(json.loads(keyset)["receipt_key"])
    return out


def trouble_with(record: Record, keys: dict[bytes, bytes]) -> str:
    """Why a record and its receipt do not agree; empty when they do."""
    if not record.receipt:
        return "it says answered and has no receipt" if record.outcome == "answered" else ""
    claims = claims_of(record.receipt)
    if record.keyset not in keys or not is_signed(record.receipt, keys[record.keyset]):
        return "its receipt does not verify under its keyset"
    if job_of(record.receipt) != record.job or from_base64url(claims["ks"]) != record.keyset:
        return "its receipt is of another job or keyset"
    if (record.tokens_in, record.tokens_out) != (claims["usage"]["in"], claims["usage"]["out"]):
        return "it has other tokens than its receipt"
    return ""
