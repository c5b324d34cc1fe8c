# SPDX-License-Identifier: Apache-2.0
"""Lines, names and values: where does a line end, which field is it, whose is
it?"""

from probe import Probe
from request import CHAT, chunks

LF = "RFC 9112, 2.2: a bare LF may be taken for a line end, so not everybody does"
CR = "RFC 9112, 2.2: a bare CR is invalid, or a space"
FOLD = "RFC 9112, 5.2: a folded line is refused, or made a space"
FIRST = "RFC 9112, 2.2: space before the first field is refused, or that line dropped"
COLON = "RFC 9112, 5.1: space before a colon: 400"
NAME = "RFC 9110, 5.1: a name is a token"
VALUE = "RFC 9110, 5.5: CR, LF and NUL are dangerous; other control characters are invalid"
SPACES = "RFC 9112, 3: exactly one space between the parts"
LIMIT = "RFC 9110, 5.4: a head larger than is wished for: 4xx"
TOO_LARGE = ((431, "malformed_request"),)
TOO_LONG = ((414, "malformed_request"),)


def conceal(name: str, why: str, line: bytes) -> Probe:
    """A line that holds a transfer coding for who reads it otherwise; a request follows what that would end."""
    return Probe(name, why, lambda r: r.holding(chunks() + r.hidden).also(line))


LINES = (
    Probe("every line ends in a bare LF", LF, lambda r: r.head.replace(b"\r\n", b"\n") + r.body),
    Probe("the request line ends in a bare LF", LF, lambda r: r.raw().replace(b"\r\n", b"\n", 1)),
    Probe("a field ends in a bare LF", LF, lambda r: r.raw().replace(b"required\r\n", b"required\n", 1)),
    Probe("the head ends in a bare LF", LF, lambda r: r.head[:-2] + b"\n" + r.body),
    Probe("the request line ends in a bare CR", CR, lambda r: r.raw().replace(b"\r\n", b"\r", 1)),
    Probe("a field ends in a bare CR", CR, lambda r: r.raw().replace(b"required\r\n", b"required\r", 1)),
    Probe("a line ends in two CRs", CR, lambda r: r.raw().replace(b"required\r\n", b"required\r\r\n", 1)),
    Probe("a line ends in LF CR", LF, lambda r: r.raw().replace(b"required\r\n", b"required\n\r", 1)),
    Probe("an empty line before the request", "RFC 9112, 2.2: a server should pass over one; here it passes over none",
          lambda r: b"\r\n" + r.raw()),
    Probe("a space before the request", "RFC 9112, 3: a request begins with its method", lambda r: b" " + r.raw()),
    Probe("a byte order mark before the request", "RFC 9112, 2.2: octets, in a superset of ASCII",
          lambda r: b"\xef\xbb\xbf" + r.raw()),
    Probe("a NUL before the request", "RFC 9112, 3: a request begins with its method", lambda r: b"\0" + r.raw()),
    conceal("a folded field, by a space", FOLD, b"X: y\r\n Transfer-Encoding: chunked"),
    conceal("a folded field, by a tab", FOLD, b"X: y\r\n\tTransfer-Encoding: chunked"),
    Probe("a first field behind a space", FIRST, lambda r: r.first(b" X: y")),
    Probe("a line of spaces before the first field", FIRST, lambda r: r.first(b"  ")),
    conceal("a line of a space, for an end of the head", FOLD, b" \r\nTransfer-Encoding: chunked"),
)

FIELDS = (
    Probe("a space before a colon", COLON, lambda r: r.also(b"X : y")),
    Probe("a tab before a colon", COLON, lambda r: r.also(b"X\t: y")),
    Probe("a length with a tab before its colon", COLON,
          lambda r: r.field(b"Content-Length", b"Content-Length\t: %d" % r.size)),
    Probe("a field without a colon", "RFC 9112, 5: a field has a colon", lambda r: r.also(b"X")),
    Probe("a field without a name", NAME, lambda r: r.also(b": y")),
    Probe("a name with a space", NAME, lambda r: r.also(b"X Y: z")),
    Probe("a name with a NUL", NAME, lambda r: r.also(b"X\0: y")),
    Probe("a name with a control character", NAME, lambda r: r.also(b"X\x01: y")),
    Probe("a name that is not ASCII", NAME, lambda r: r.also("Ü: y".encode())),
    Probe("a name in brackets", NAME, lambda r: r.also(b"(X): y")),
    Probe("a name in quotes", NAME, lambda r: r.also(b'"X": y')),
    Probe("a name with a slash", NAME, lambda r: r.also(b"X/Y: z")),
    Probe("a value with a NUL", VALUE, lambda r: r.also(b"X: y\0z")),
    Probe("a value with a bare CR", VALUE, lambda r: r.also(b"X: y\rz")),
    Probe("a value with a bare LF", VALUE, lambda r: r.also(b"X: y\nZ: z")),
    Probe("a value with a bell", VALUE, lambda r: r.also(b"X: y\x07")),
    Probe("a value with an escape", VALUE, lambda r: r.also(b"X: \x1b[2J")),
    Probe("a value with DEL", VALUE, lambda r: r.also(b"X: y\x7f")),
    Probe("the confidential header behind a NUL", VALUE,
          lambda r: r.field(b"X-AIPG-Confidential", b"X-AIPG-Confidential: \0required")),
)

REQUEST_LINES = (
    Probe("two spaces before the target", SPACES, lambda r: r.start(b"POST  " + CHAT + b" HTTP/1.1")),
    Probe("two spaces before the version", SPACES, lambda r: r.start(b"POST " + CHAT + b"  HTTP/1.1")),
    Probe("a space behind the version", SPACES, lambda r: r.start(r.line + b" ")),
    Probe("tabs for spaces", SPACES, lambda r: r.start(r.line.replace(b" ", b"\t"))),
    Probe("a NUL for a space", SPACES, lambda r: r.start(r.line.replace(b" ", b"\0"))),
    Probe("a no-break space for a space", SPACES, lambda r: r.start(r.line.replace(b" ", b"\xa0"))),
    Probe("a request inside the target", SPACES,
          lambda r: r.target(CHAT + b" HTTP/1.1 POST " + CHAT)),
    Probe("a method with a bracket", "RFC 9110, 9.1: a method is a token",
          lambda r: r.start(b"PO(ST " + CHAT + b" HTTP/1.1")),
    Probe("a method of 33 letters", "RFC 9112, 3: longer than any that is known",
          lambda r: r.start(b"P" * 33 + b" " + CHAT + b" HTTP/1.1")),
    Probe("no method", "RFC 9112, 3: a request begins with its method", lambda r: r.start(CHAT + b" HTTP/1.1")),
)

SIZES = (
    Probe("a target of 16 KiB", "RFC 9112, 3: too long a target is refused with 414",
          lambda r: r.target(CHAT + b"?" + b"a" * 16384), answers=TOO_LONG),
    Probe("a field of 16 KiB", LIMIT, lambda r: r.also(b"X: " + b"a" * 16384), answers=TOO_LARGE),
    Probe("a name of 16 KiB", LIMIT, lambda r: r.also(b"X" * 16384 + b": y"), answers=TOO_LARGE),
    Probe("a head one byte over the limit", LIMIT,
          lambda r: r.also(b"X: " + b"a" * (16384 + 1 - len(r.head) - len(b"X: \r\n"))), answers=TOO_LARGE),
    Probe("101 fields", LIMIT, lambda r: r.also(*(b"X: %d" % n for n in range(101 - len(r.fields)))),
          answers=TOO_LARGE),
    Probe("a head without an end", LIMIT, lambda r: r.line + b"\r\n" + b"X: y\r\n" * 4000, answers=TOO_LARGE),
    Probe("a line without an end", LIMIT, lambda r: b"a" * 20000, answers=TOO_LONG),
)

PROBES = LINES + FIELDS + REQUEST_LINES + SIZES
