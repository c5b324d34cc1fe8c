# SPDX-License-Identifier: Apache-2.0
"""Seeded damage to evidence and to what stands beside it. Every mutation says
in words what it did; the same seed gives the same mutations."""

from __future__ import annotations

import base64
import datetime
import random
import re

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P384_ORDER = int("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
                 "581a0db248b0a77aecec196accc52973", 16)

Change = tuple[str, bytes]


# --- any bytes ------------------------------------------------------------------------


def flip(data: bytes, rng: random.Random) -> Change:
    at, bit = rng.randrange(len(data)), rng.randrange(8)
    return f"bit {bit} of byte {at} flipped", data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def set_byte(data: bytes, rng: random.Random) -> Change:
    at, value = rng.randrange(len(data)), rng.choice([0, 0xFF, 0x20, rng.randrange(256)])
    return f"byte {at} set to {value}", data[:at] + bytes([value]) + data[at + 1:]


def truncate(data: bytes, rng: random.Random) -> Change:
    size = rng.choice([rng.randrange(len(data)), max(0, len(data) - rng.randrange(1, 100))])
    return f"cut to {size} bytes", data[:size]


def extend(data: bytes, rng: random.Random) -> Change:
    more = rng.choice([b"\0", b"\0" * 70, b" ", b"\n", b"\r\n", b"x", rng.randbytes(39)])
    return f"{len(more)} bytes {more[:4]!r} appended", data + more


def insert(data: bytes, rng: random.Random) -> Change:
    at, value = rng.randrange(len(data)), rng.choice(b"\0 \n0")
    return f"byte {value} inserted at {at}", data[:at] + bytes([value]) + data[at:]


def remove(data: bytes, rng: random.Random) -> Change:
    at = rng.randrange(len(data))
    return f"byte {at} removed", data[:at] + data[at + 1:]


def swap(data: bytes, rng: random.Random) -> Change:
    size = rng.choice([1, 4, 16, 48])
    a, b = sorted(rng.randrange(max(1, len(data) - size)) for _ in range(2))
    if b - a < size:
        return flip(data, rng)
    swapped = data[:a] + data[b:b + size] + data[a + size:b] + data[a:a + size] + data[b + size:]
    return f"{size} bytes at {a} and {b} swapped", swapped


ANY = [flip, flip, flip, set_byte, truncate, extend, insert, remove, swap]


def field(offset: int, size: int, *values: bytes, name: str):
    """Sets one of the values, or anything, in a field."""

    def change(data: bytes, rng: random.Random) -> Change:
        value = rng.choice([*values, bytes(size), b"\xff" * size, rng.randbytes(size)])
        return f"{name} set to {value.hex()[:16]}", data[:offset] + value + data[offset + size:]

    return change


def mirrored(offset: int, size: int, order: int, byteorder: str, room: int = 0):
    """The other S of an ECDSA signature: as valid as the first."""

    def change(data: bytes, _: random.Random) -> Change:
        at = offset + size + room
        s = order - int.from_bytes(data[at:at + size], byteorder)
        return "signature with the other S", data[:at] + (s % 2**(8 * size)).to_bytes(size, byteorder) + data[at + size:]

    return change


# --- Intel's quotes ---------------------------------------------------------------------


def quote_signature_at(quote: bytes) -> int:
    if int.from_bytes(quote[:2], "little") == 3:
        return 48 + 384 + 4
    if int.from_bytes(quote[:2], "little") == 4:
        return 48 + 584 + 4
    return 54 + int.from_bytes(quote[50:54], "little") + 4


def other_s_of_quote(quote: bytes, rng: random.Random) -> Change:
    return mirrored(quote_signature_at(quote), 32, P256_ORDER, "big")(quote, rng)


def pem_of_quote(quote: bytes, rng: random.Random) -> Change:
    """White space and other spellings in the PEM chain, with the lengths as they were."""
    begin, end = quote.find(b"-----BEGIN"), quote.rfind(b"-----END CERTIFICATE-----")
    if begin < 0:
        return flip(quote, rng)
    kind = rng.randrange(3)
    if kind == 0:
        after = end + len(b"-----END CERTIFICATE-----")
        at = rng.randrange(after, min(len(quote), after + 3))
        return f"byte {at} behind the PEM chain is a space", quote[:at] + b" " + quote[at + 1:]
    at = rng.randrange(begin, end)
    if kind == 1:
        at = quote.find(b"\n", at)
        return f"line end {at} of the PEM chain is a space", quote[:at] + b" " + quote[at + 1:]
    return f"byte {at} of the PEM chain set", quote[:at] + rng.choice([b"\n", b" ", b"=", b"A"]) + quote[at + 1:]


QUOTE = ANY + [
    other_s_of_quote,
    pem_of_quote,
    field(0, 2, b"\3\0", b"\4\0", b"\5\0", b"\6\0", name="version"),
    field(2, 2, b"\3\0", name="key type"),
    field(4, 4, b"\x81\0\0\0", name="TEE type"),
    field(8, 4, name="QE and PCE SVN"),
    field(12, 16, name="QE vendor"),
    field(28, 20, name="user data"),
    field(48 + 120, 8, b"\1" + bytes(7), name="TD attributes (v4)"),
    field(48 + 520, 64, name="REPORTDATA (v4)"),
]


# --- text and signatures ------------------------------------------------------------------


def upper(data: bytes, _: random.Random) -> Change:
    return "in upper case", data.upper()


def date(text: bytes, rng: random.Random) -> Change:
    found = list(re.finditer(rb"20\d\d-", text))
    if not found:
        return flip(text, rng)
    at = rng.choice(found).start()
    return f"the year at {at}", text[:at] + rng.choice([b"2024", b"2030", b"9999"]) + text[at + 4:]


def white_space(text: bytes, rng: random.Random) -> Change:
    places = [i for i, c in enumerate(text) if c in b",:{}[]"]
    at = rng.choice(places) if places else 0
    return f"a space at {at}", text[:at] + b" " + text[at:]


def number(text: bytes, rng: random.Random) -> Change:
    found = list(re.finditer(rb":\s*(\d+)", text))
    if not found:
        return flip(text, rng)
    match = rng.choice(found)
    new = str(rng.choice([0, 1, 255, 2**32])).encode()
    return f"the number at {match.start(1)} set to {new.decode()}", text[:match.start(1)] + new + text[match.end(1):]


def pem_der(pem: bytes, rng: random.Random) -> Change:
    """A bit of one of the certificates."""
    blocks = list(re.finditer(rb"-----BEGIN CERTIFICATE-----\n(.*?)\n-----END", pem, re.S))
    if not blocks:
        return flip(pem, rng)
    which = rng.randrange(len(blocks))
    block = blocks[which]
    what, der = flip(base64.b64decode(block[1]), rng)
    encoded = base64.b64encode(der)
    lines = b"\n".join(encoded[i:i + 64] for i in range(0, len(encoded), 64))
    return f"certificate {which + 1}: {what}", pem[:block.start(1)] + lines + pem[block.end(1):]


def pem_order(pem: bytes, rng: random.Random) -> Change:
    blocks = re.findall(rb"-----BEGIN.*?END CERTIFICATE-----\n?", pem, re.S)
    kind = rng.randrange(3)
    if kind == 0:
        return "certificates in the other order", b"\n".join(reversed(blocks))
    if kind == 1:
        return "first certificate alone", blocks[0] if blocks else b""
    return "first certificate twice", blocks[0] + b"\n" + pem if blocks else pem + pem


DOCUMENT = ANY + [date, white_space, number]
CHAIN = ANY + [pem_der, pem_der, pem_order]
SIGNATURE = ANY + [mirrored(0, 32, P256_ORDER, "big")]

# --- AMD's reports --------------------------------------------------------------------------

SNP_REPORT = ANY + [
    mirrored(0x2A0, 48, P384_ORDER, "little", room=24),
    field(0x00, 4, b"\2\0\0\0", b"\3\0\0\0", b"\5\0\0\0", b"\6\0\0\0", name="version"),
    field(0x08, 8, name="policy"),
    field(0x30, 4, b"\1\0\0\0", name="VMPL"),
    field(0x34, 4, b"\2\0\0\0", name="signature algorithm"),
    field(0x48, 4, b"\4\0\0\0", name="key word"),
    field(0x4C, 4, name="reserved word"),
    field(0x180, 8, name="reported TCB"),
    field(0x188, 3, name="CPUID"),
    field(0x1A0, 64, name="chip id"),
    field(0x2D0, 24, b"\1" + bytes(23), name="room behind R"),
    field(0x318, 24, b"\1" + bytes(23), name="room behind S"),
    field(0x330, 0x170, b"\1" + bytes(0x16F), name="room behind the signature"),
]


# --- instants ---------------------------------------------------------------------------------


def instants_in(*items: bytes) -> list[int]:
    """Every date in certificates, lists (DER or PEM) and documents, as seconds."""
    out = set()
    for item in items:
        ders = [item] + [base64.b64decode(re.sub(rb"\s", b"", block)) for block in
                         re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", item, re.S)]
        for der in ders:
            for text in re.findall(rb"\x17\x0d(\d{12})Z", der):
                out.add(_seconds("20" + text.decode()))
            for text in re.findall(rb"\x18\x0f(\d{14})Z", der):
                out.add(_seconds(text.decode()))
        for text in re.findall(rb"(?:issueDate|nextUpdate)\":\s*\"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z", item):
            out.add(_seconds(re.sub(r"[-:T]", "", text.decode())))
    return sorted(out)


def _seconds(digits: str) -> int:
    parsed = datetime.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=datetime.timezone.utc)
    return int(parsed.timestamp())
