# SPDX-License-Identifier: Apache-2.0
"""How long is the body? Two readers must not give two answers. Bodies conceal
a second request wherever one reader would end the first before the other."""

from probe import Probe
from request import chunks

BOTH = "RFC 9112, 6.3: maybe smuggling, and ought to be an error"
DIFFER = "RFC 9112, 6.3: lengths that differ make the message invalid"
EQUALS = "RFC 9112, 6.3: may be mended or refused, and the next reader may choose otherwise"
DIGITS = "RFC 9110, 8.6: a length is digits"
LARGE = "RFC 9110, 8.6: anticipate large numbers, prevent overflow"
MISSING = "RFC 9112, 6.3: no body then; who lost the length on the way passes the body on as a request"
CODING = b"Transfer-Encoding: chunked"
WANTED = ((411, "malformed_request"),)


def written(name: str, text: bytes, why: str = DIGITS) -> Probe:
    """Another way of writing the right length, for which N stands."""
    return Probe(name, why, lambda r: r.length(text.replace(b"N", b"%d" % r.size)))


def sum_of_both(r) -> bytes:
    return b"%d" % (r.size + len(r.hidden))


def ends_by_its_coding(r):
    """To who reads the coding an empty body and a request; to who reads the length one body."""
    return r.holding(chunks() + r.hidden)


def ends_by_its_length(r):
    """To who reads the length the first line of a chunk and a request; to who reads the coding one chunk."""
    return r.containing(chunks(r.hidden)).length(b"%d" % len(b"%x\r\n" % len(r.hidden)))


def runs_on(r):
    """A second request behind the body, which a longer length would take in."""
    return r.containing(r.body + r.hidden)


PROBES = (
    Probe("length and coding, CL.TE", BOTH, lambda r: ends_by_its_coding(r).also(CODING)),
    Probe("coding and length, CL.TE", BOTH, lambda r: ends_by_its_coding(r).first(CODING)),
    Probe("length and coding, TE.CL", BOTH, lambda r: ends_by_its_length(r).also(CODING)),
    Probe("coding and length, TE.CL", BOTH, lambda r: ends_by_its_length(r).first(CODING)),
    Probe("length of nothing and a coding", BOTH,
          lambda r: r.containing(chunks(r.hidden)).length(b"0").also(CODING)),
    Probe("length and a coding that is unknown", BOTH,
          lambda r: ends_by_its_coding(r).also(b"Transfer-Encoding: xchunked")),
    Probe("the same length twice", EQUALS, lambda r: r.also(b"Content-Length: %d" % r.size)),
    Probe("two lengths, the second longer", DIFFER,
          lambda r: runs_on(r).also(b"Content-Length: " + sum_of_both(r))),
    Probe("two lengths, the first longer", DIFFER,
          lambda r: runs_on(r).first(b"Content-Length: " + sum_of_both(r))),
    Probe("two lengths, one in another case", DIFFER,
          lambda r: runs_on(r).also(b"cONTENT-lENGTH: " + sum_of_both(r))),
    Probe("two lengths, one with a space before its colon", DIFFER,
          lambda r: runs_on(r).also(b"Content-Length : " + sum_of_both(r))),
    Probe("a list of equal lengths", EQUALS, lambda r: r.length(b"%d, %d" % (r.size, r.size))),
    Probe("a list of two lengths", DIFFER,
          lambda r: runs_on(r).length(b"%d, %s" % (r.size, sum_of_both(r)))),
    written("length with a plus", b"+N"),
    written("length with a minus", b"-N"),
    Probe("length in hex", DIGITS, lambda r: r.length(b"0x%x" % r.size)),
    Probe("length in hex without a prefix", DIGITS, lambda r: r.holding(r.body.ljust(0xabc)).length(b"abc")),
    written("length with zeros in front", b"00N", "RFC 9110, 8.6 allows it; some readers take it for octal"),
    written("length with a fraction", b"N.0"),
    written("length with an exponent", b"Ne0"),
    Probe("length with an underscore", DIGITS, lambda r: r.holding(r.body.ljust(3000)).length(b"3_000")),
    Probe("length with a space inside", DIGITS, lambda r: r.holding(r.body.ljust(3000)).length(b"3 000")),
    written("length in quotes", b'"N"'),
    written("length with a parameter", b"N;q=1"),
    written("length with a comma behind it", b"N,", EQUALS),
    written("length with a NUL behind it", b"N\0", "RFC 9110, 5.5: a NUL in a value is dangerous"),
    written("length behind a vertical tab", b"\x0bN", "RFC 9110, 5.5: no space, but some readers strip it"),
    written("length behind a no-break space", b"\xa0N"),
    Probe("length in another script's digits", DIGITS,
          lambda r: r.length("".join(chr(0x660 + int(d)) for d in str(r.size)).encode())),
    Probe("length without a value", DIGITS, lambda r: r.length(b"")),
    Probe("length that wraps at 64 bits", LARGE, lambda r: r.length(b"%d" % (2**64 + r.size))),
    Probe("length that wraps at 32 bits", LARGE, lambda r: r.length(b"%d" % (2**32 + r.size)),
          answers=((413, "request_too_large"),)),
    Probe("length that is negative at 64 bits", LARGE, lambda r: r.length(b"%d" % 2**63)),
    Probe("length over the limit", LARGE, lambda r: r.length(b"%d" % (40 * 2**20 + 1)),
          answers=((413, "request_too_large"),)),
    Probe("no length, and a body that is a request", MISSING,
          lambda r: r.without(b"Content-Length").containing(r.hidden), answers=WANTED),
    Probe("no length and no body", MISSING, lambda r: r.without(b"Content-Length").containing(b""), answers=WANTED),
    Probe("length under another name", MISSING,
          lambda r: r.field(b"Content-Length", b"Content_Length: %d" % r.size), answers=WANTED),
)
