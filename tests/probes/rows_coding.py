# SPDX-License-Identifier: Apache-2.0
"""Transfer codings, and chunks. One coding is known, and its name is written
in one way; a chunk's size is digits and a line end."""

from typing import Callable

from probe import Probe
from request import chunk, chunks

LAST = "RFC 9112, 6.3: where chunked is not last, the length is not known: 400 and close"
UNKNOWN = "RFC 9112, 6.1: a coding that is not understood: 501"
ONCE = "RFC 9112, 6.1: chunked is not applied twice"
EMPTY = "RFC 9110, 5.6.1: empty elements may be skipped, and not every reader does"
VALUE = "RFC 9110, 5.5: no control characters in a value"
NOT_IMPLEMENTED = ((501, "malformed_request"),)

SIZE = "RFC 9112, 7.1: a chunk's size is hex digits"
EXTENSION = "RFC 9112, 7.1.1: extensions may be ignored or limited; here the limit is none"
ENDS = "RFC 9112, 7.1: CR LF ends each line and each chunk"
TRAILER = "RFC 9112, 7.1.2: fields after the body must not change what was read before it"


def coded(name: str, why: str, coding: bytes, **more) -> Probe:
    """A body that one reader takes for chunks, and another for nothing: a request follows it."""
    return Probe(name, why, lambda r: r.coded(coding, chunks(r.body) + r.hidden), **more)


def line(name: str, why: str, text: bytes) -> Probe:
    """A coding in a line of its own, behind the length that others would read."""
    return Probe(name, why, lambda r: r.holding(chunks() + r.hidden).also(text))


def size(name: str, text: bytes, why: str = SIZE, **more) -> Probe:
    """The first chunk's size, for which N stands, and its line end."""
    return Probe(name, why, lambda r: r.chunked(
        chunk(r.body, text.replace(b"N", b"%x" % r.size), after_size=b"") + b"0\r\n\r\n"), **more)


def late(name: str, why: str, framed: Callable[[bytes, bytes], bytes]) -> Probe:
    """A fault behind content, which is all that a worker needs."""
    return Probe(name, why, lambda r: r.chunked(framed(r.body, r.hidden)), late=True)


CODINGS = (
    coded("coding: gzip", LAST, b"gzip"),
    coded("coding: identity", LAST, b"identity"),
    coded("coding: gzip, chunked", UNKNOWN, b"gzip, chunked", answers=NOT_IMPLEMENTED),
    coded("coding: chunked, gzip", LAST, b"chunked, gzip"),
    coded("coding: chunked, identity", LAST, b"chunked, identity"),
    coded("coding: chunked, chunked", ONCE, b"chunked, chunked"),
    coded("coding: identity, chunked", UNKNOWN, b"identity, chunked", answers=NOT_IMPLEMENTED),
    coded("coding: chunked with a comma behind it", EMPTY, b"chunked,"),
    coded("coding: chunked with a comma before it", EMPTY, b",chunked", answers=NOT_IMPLEMENTED),
    coded("coding: xchunked", LAST, b"xchunked"),
    coded("coding: chunked with a parameter", LAST, b"chunked;q=1"),
    coded("coding: chunked in quotes", LAST, b'"chunked"'),
    coded("coding: chunked in single quotes", LAST, b"'chunked'"),
    coded("coding: chunk", LAST, b"chunk"),
    coded("coding: nothing", LAST, b""),
    coded("coding: chunked behind a vertical tab", VALUE, b"\x0bchunked"),
    coded("coding: chunked before a form feed", VALUE, b"chunked\x0c"),
    coded("coding: chunked before a NUL", VALUE, b"chunked\0"),
    coded("coding: chunked behind a no-break space", LAST, b"\xa0chunked"),
    coded("coding: chunked with a Kelvin sign", "RFC 9110, 5.6.2: a token is ASCII; in Unicode this sign is a k, too",
          "chun\u212aed".encode()),
    Probe("coding twice, both chunked", ONCE, lambda r: r.chunked().also(b"Transfer-Encoding: chunked")),
    Probe("coding twice, the second unknown", LAST, lambda r: r.chunked().also(b"Transfer-Encoding: cow")),
    Probe("coding twice, the first unknown", UNKNOWN, lambda r: r.chunked().first(b"Transfer-Encoding: cow")),
    Probe("coding in HTTP/1.0", "RFC 9112, 6.1: faulty framing, even with chunked",
          lambda r: r.chunked().start(r.line.replace(b"1.1", b"1.0")), answers=((505, "malformed_request"),)),
    line("coding with a space before its colon", "RFC 9112, 5.1: 400", b"Transfer-Encoding : chunked"),
    line("coding behind a space", "RFC 9112, 5.2: a folded line", b" Transfer-Encoding: chunked"),
    line("coding folded", "RFC 9112, 5.2: a folded line", b"Transfer-Encoding:\r\n chunked"),
    line("coding behind a bare CR", "RFC 9112, 2.2: a bare CR is invalid", b"X: y\rTransfer-Encoding: chunked"),
    line("coding behind a bare LF", "RFC 9112, 2.2: who takes a bare LF sees another field",
         b"X: y\nTransfer-Encoding: chunked"),
    line("coding with a NUL in its name", "RFC 9110, 5.1: a name is a token", b"Transfer-\0Encoding: chunked"),
    line("coding without a colon", "RFC 9112, 5: a field has a colon", b"Transfer-Encoding chunked"),
)

CHUNKS = (
    size("chunk size behind 0x", b"0xN\r\n"),
    size("chunk size behind a plus", b"+N\r\n"),
    size("chunk size behind a minus", b"-N\r\n"),
    size("chunk size behind a space", b" N\r\n"),
    size("chunk size before a space", b"N \r\n"),
    size("chunk size with an underscore", b"0_N\r\n"),
    size("chunk size that is none", b"\r\n"),
    size("chunk size that is no hex", b"g\r\n"),
    size("chunk size in quotes", b'"N"\r\n'),
    size("chunk size that wraps at 64 bits", b"10000000000000N\r\n", "RFC 9112, 7.1: anticipate large numbers"),
    size("chunk size of 256 digits", b"0" * 252 + b"N\r\n", "RFC 9112, 7.1: anticipate large numbers"),
    size("chunk size before a bare LF", b"N\n", ENDS),
    size("chunk size before a bare CR", b"N\r", ENDS),
    size("chunk size before two CRs", b"N\r\r\n", ENDS),
    size("chunk extension", b"N;a=b\r\n", EXTENSION),
    size("chunk extension without a name", b"N;\r\n", EXTENSION),
    size("chunk extension in quotes, with a line end", b'N;a="\r\n"\r\n', EXTENSION),
    size("chunk extension with a bare LF", b"N;\n\r\n", "RFC 9112, 7.1.1: one reader ends the line at the LF"),
    size("chunk extension with a bare CR", b"N;a\rb\r\n", "RFC 9112, 2.2: a bare CR is invalid"),
    size("chunk extension of 8 KiB", b"N;" + b"a" * 8192 + b"\r\n", "RFC 9112, 7.1.1: limit their length"),
    late("chunk longer than its size", ENDS,
         lambda part, hidden: chunk(part, b"%x" % (len(part) - 2)) + chunks() + hidden),
    late("chunk shorter than its size", ENDS,
         lambda part, hidden: chunk(part, b"%x" % (len(part) + 1)) + chunks() + hidden),
    late("chunk that ends in a bare LF", ENDS, lambda part, hidden: chunk(part, after_data=b"\n") + chunks()),
    late("chunk that ends in a bare CR", ENDS, lambda part, hidden: chunk(part, after_data=b"\r") + chunks()),
    late("chunk that ends in any two bytes", ENDS, lambda part, hidden: chunk(part, after_data=b"XX") + chunks()),
    late("chunk without an end", ENDS, lambda part, hidden: chunk(part, after_data=b"") + chunks()),
    late("second chunk's size behind 0x", SIZE,
         lambda part, hidden: chunk(part) + chunk(b"more", b"0x4") + chunks()),
    late("second chunk with an extension", EXTENSION,
         lambda part, hidden: chunk(part) + chunk(b"more", b"4;a") + chunks()),
    late("last chunk with an extension", EXTENSION, lambda part, hidden: chunk(part) + b"0;a=b\r\n\r\n"),
    late("last chunk of twelve zeros", SIZE, lambda part, hidden: chunk(part) + b"0" * 12 + b"\r\n\r\n"),
    late("last chunk before a bare LF", ENDS, lambda part, hidden: chunk(part) + b"0\n\r\n"),
    late("chunks that end in a bare LF", ENDS, lambda part, hidden: chunk(part) + b"0\r\n\n"),
    late("trailer field", TRAILER, lambda part, hidden: chunk(part) + b"0\r\nX: y\r\n\r\n"),
    late("trailer field: a length", TRAILER, lambda part, hidden:
         chunk(part) + b"0\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden),
    late("trailer field: the confidential header", TRAILER,
         lambda part, hidden: chunk(part) + b"0\r\nX-AIPG-Confidential: no\r\n\r\n"),
    late("trailer that is a request", TRAILER, lambda part, hidden: chunk(part) + b"0\r\n" + hidden),
)

PROBES = CODINGS + CHUNKS
