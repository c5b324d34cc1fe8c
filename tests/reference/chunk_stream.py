# SPDX-License-Identifier: Apache-2.0
"""Sealed chunks: len u32 (bit 31 = last) ‖ AES-256-GCM(n u32 ‖ content ‖ zeros)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from primitives import Reader, aead_open, aead_seal, nonce_at, uint
from refusal import Refused

LAST = 1 << 31
MIN_CIPHERTEXT = 20
MAX_CIPHERTEXT = 65_552
MAX_PLAINTEXT = 65_536
MAX_CONTENT = MAX_PLAINTEXT - 4
CHUNKS_STEP = 16  # of an answer at a constant rate


@dataclass(frozen=True)
class Chunk:
    header: bytes
    ciphertext: bytes

    @property
    def last(self) -> bool:
        return bool(int.from_bytes(self.header, "big") & LAST)

    @property
    def wire(self) -> bytes:
        return self.header + self.ciphertext


@dataclass(frozen=True)
class Keys:
    key: bytes
    base_nonce: bytes

    def seal(self, number: int, plaintext: bytes, last: bool) -> Chunk:
        header = uint(len(plaintext) + 16 | (LAST if last else 0), 4)
        return Chunk(header, aead_seal(self.key, nonce_at(self.base_nonce, number), header, plaintext))

    def open(self, number: int, chunk: Chunk) -> bytes:
        """Raises InvalidTag."""
        return aead_open(self.key, nonce_at(self.base_nonce, number), chunk.header, chunk.ciphertext)


class Truncated(Exception):
    """The stream ended without a whole last chunk; `chunks` are those that were whole."""

    def __init__(self, chunks: list[Chunk]) -> None:
        super().__init__("truncated")
        self.chunks = chunks


def parse_header(header: bytes, code: str) -> tuple[int, bool]:
    value = int.from_bytes(header, "big")
    length = value & ~LAST
    if not MIN_CIPHERTEXT <= length <= MAX_CIPHERTEXT:
        raise Refused(code, "chunk length")
    return length, bool(value & LAST)


def pad(content: bytes, plaintext_bytes: int) -> bytes:
    plain = uint(len(content), 4) + content
    return plain + bytes(plaintext_bytes - len(plain))


def unpad(plaintext: bytes, code: str) -> bytes:
    length = int.from_bytes(plaintext[:4], "big")
    if length > len(plaintext) - 4 or any(plaintext[4 + length :]):
        raise Refused(code, "padding")
    return plaintext[4 : 4 + length]


def power_of_two_at_least(value: int) -> int:
    return 1 << max(0, value - 1).bit_length()


def request_plaintext_bytes(content: int, last: bool) -> int:
    """Full chunks of 64 KiB, the last padded to 1, 2, 4 … 64 KiB."""
    return max(1024, power_of_two_at_least(content + 4)) if last else MAX_PLAINTEXT


def constant_rate_bytes(padding: str) -> int | None:
    """p2:N: N KiB, for every chunk."""
    return int(padding[3:]) * 1024 if padding.startswith("p2:") else None


def response_room(padding: str) -> int:
    """How many bytes of content fit into one chunk."""
    return (constant_rate_bytes(padding) or MAX_PLAINTEXT) - 4


def response_plaintext_bytes(padding: str, content: int) -> int:
    """p0: the next multiple of 256; p1: the next power of two, at least 512; p2:N: N KiB."""
    if constant := constant_rate_bytes(padding):
        assert content + 4 <= constant, "more than a chunk holds"
        return constant
    if padding == "p0":
        return (content + 4 + 255) // 256 * 256
    return max(512, power_of_two_at_least(content + 4))


def _check_padding(padding: str, plaintext: int, number: int, last: bool, code: str) -> None:
    """Sizes that the class has, and at a constant rate a multiple of 16 chunks."""
    constant = constant_rate_bytes(padding)
    if constant:
        good = plaintext == constant
    elif padding == "p0":
        good = plaintext % 256 == 0
    else:
        good = plaintext >= 512 and plaintext & (plaintext - 1) == 0
    if not good:
        raise Refused(code, "chunk size")
    if constant and last and (number + 1) % CHUNKS_STEP:
        raise Refused(code, "chunk count")


def open_chunks(keys: Keys, stream: bytes, codes: "Codes") -> list[tuple[Chunk, bytes]]:
    """Every chunk with its content, in order; raises at the first that is wrong, as a streaming reader would."""
    reader, out = Reader(stream), []
    while True:
        try:
            header = reader.take(4)
            length, last = parse_header(header, codes.malformed)
            chunk = Chunk(header, reader.take(length))
        except Reader.Short as error:
            raise Truncated([c for c, _ in out]) from error
        try:
            plaintext = keys.open(len(out), chunk)
        except InvalidTag as error:
            raise Refused(codes.open_failed, "chunk") from error
        content = unpad(plaintext, codes.malformed)
        if not content and not last and not codes.empty_allowed:
            raise Refused(codes.malformed, "empty chunk")
        if codes.padding:
            _check_padding(codes.padding, len(plaintext), len(out), last, codes.malformed)
        out.append((chunk, content))
        if last:
            break
    if reader.left():
        raise Refused(codes.malformed, "after the last chunk")
    return out


@dataclass(frozen=True)
class Codes:
    """What a broken stream is called, by direction."""

    malformed: str
    open_failed: str
    empty_allowed: bool
    padding: str | None = None  # the class whose sizes the chunks must have


REQUEST = Codes("malformed_seal", "malformed_seal", False)


def response_codes(padding: str) -> Codes:
    """Only a constant rate has a use for chunks without content."""
    return Codes("response_malformed", "response_open_failed", constant_rate_bytes(padding) is not None, padding)
