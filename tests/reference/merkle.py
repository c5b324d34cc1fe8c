# SPDX-License-Identifier: Apache-2.0
"""The tree over verifiers' nonces (RFC 9162, section 2.1), written from its recursive definition."""

from __future__ import annotations

from primitives import sha256

MAX_NONCES = 65_536


def _leaf(nonce: bytes) -> bytes:
    return sha256(b"\x00", nonce)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01", left, right)


def _split(count: int) -> int:
    """The largest power of two smaller than count."""
    return 1 << ((count - 1).bit_length() - 1)


def root(nonces: list[bytes]) -> bytes:
    if len(nonces) == 1:
        return _leaf(nonces[0])
    k = _split(len(nonces))
    return _node(root(nonces[:k]), root(nonces[k:]))


def path(index: int, nonces: list[bytes]) -> list[bytes]:
    """Siblings from the leaf to the root."""
    if len(nonces) == 1:
        return []
    k = _split(len(nonces))
    if index < k:
        return path(index, nonces[:k]) + [root(nonces[k:])]
    return path(index - k, nonces[k:]) + [root(nonces[:k])]


def _root_from(nonce: bytes, index: int, size: int, siblings: list[bytes]) -> bytes | None:
    if size == 1:
        return _leaf(nonce) if not siblings else None
    if not siblings:
        return None
    k, top = _split(size), siblings[-1]
    if index < k:
        left = _root_from(nonce, index, k, siblings[:-1])
        return None if left is None else _node(left, top)
    right = _root_from(nonce, index - k, size - k, siblings[:-1])
    return None if right is None else _node(top, right)


def verify(nonce: bytes, index: int, size: int, siblings: list[bytes], expected_root: bytes) -> bool:
    """Size, index and the number of siblings must fit exactly."""
    if not (1 <= size <= MAX_NONCES and 0 <= index < size):
        return False
    return _root_from(nonce, index, size, siblings) == expected_root
