# SPDX-License-Identifier: Apache-2.0
"""What is for the connection, not for the request; what waits behind a request;
and what only this gateway knows about heads."""

from probe import Probe, REFUSED, RUN, good, kept
from request import CHAT, SEALED, chunk, chunks

NAMED = "RFC 9110, 7.6.1: who passes it on takes out what Connection names, and we would read it"
EXPECT = "RFC 9110, 10.1.1: an expectation that cannot be met: 417"
FAILED = ((417, "malformed_request"),)
IGNORED = "RFC 9110, 7.8: an upgrade may be ignored"
UPGRADE = "RFC 6455, 4.2.2: no WebSocket without its version and key, and none that was taken for one"
ORDER = "RFC 9112, 9.3.2: answered in their order"
AFTER = "RFC 9112, 9.6: nothing is read behind a request that says close"
LENGTHY = "RFC 9112, 6.3: a length is a length, whatever the method"
ONCE = "one header, one value: nobody else on the way may have read another"
WORKERS = b"/v1/workers/ws"
HEADER = b"X-AIPG-Confidential"
NOT_ALLOWED = (405, "method_not_allowed")
NO_KEY = (401, "invalid_api_key")
HEADER_INVALID = (400, "invalid_confidential_header")
NOT_SEALED = (400, "sealing_required")


def websocket(r, *fields: bytes, path: bytes = WORKERS) -> bytes:
    lines = b"GET " + path + b" HTTP/1.1", r.fields[0], b"Connection: Upgrade", b"Upgrade: websocket", *fields
    return b"\r\n".join([*lines, b"", b""])


def follow(r) -> bytes:
    """The concealed request, behind the first."""
    return r.raw() + r.hidden


PROBES = (
    Probe("Connection names the confidential header", NAMED,
          lambda r: r.also(b"Connection: keep-alive, X-AIPG-Confidential")),
    Probe("Connection names the length", NAMED, lambda r: r.also(b"Connection: Content-Length")),
    Probe("Connection names the coding", NAMED, lambda r: r.chunked().also(b"Connection: transfer-encoding")),
    Probe("Connection names the key", NAMED, lambda r: r.also(b"Connection: close, Authorization")),
    Probe("Connection names the content's type", NAMED, lambda r: r.also(b"Connection: close,\tcontent-type")),
    Probe("Connection names Host", NAMED, lambda r: r.first(b"Connection: host")),
    Probe("a second Connection names the key", NAMED,
          lambda r: r.also(b"Connection: keep-alive", b"connection: authorization")),
    Probe("Connection names a field of nobody's", NAMED, lambda r: r.also(b"X: y", b"Connection: x")),
    Probe("Connection of 17 options", "each is looked for among all fields",
          lambda r: r.also(b"Connection: " + b",".join([b"a"] * 17))),
    Probe("Expect: another", EXPECT, lambda r: r.also(b"Expect: 200-ok"), answers=FAILED),
    Probe("Expect: another beside 100-continue", EXPECT, lambda r: r.also(b"Expect: x 100-continue"), answers=FAILED),
    Probe("Expect: a list", EXPECT, lambda r: r.also(b"Expect: 100-continue, 100-continue"), answers=FAILED),
    Probe("Expect twice", EXPECT, lambda r: r.also(b"Expect: 100-continue", b"Expect: 100-continue"), answers=FAILED),
    Probe("Expect without a value", EXPECT, lambda r: r.also(b"Expect:"), answers=FAILED),
)

OWN = (
    kept("confidential header twice", ONCE, lambda r: r.also(b"X-AIPG-Confidential: required"), HEADER_INVALID),
    kept("confidential header twice, the first another", ONCE, lambda r: r.first(b"x-aipg-confidential: no"),
         HEADER_INVALID),
    kept("confidential header as a list", ONCE, lambda r: r.field(HEADER, HEADER + b": required, required"),
         HEADER_INVALID),
    kept("confidential header in capitals", ONCE, lambda r: r.field(HEADER, HEADER + b": REQUIRED"), HEADER_INVALID),
    kept("confidential header without a value", ONCE, lambda r: r.field(HEADER, HEADER + b":"), HEADER_INVALID),
    kept("confidential header under another name", "names with _ and - are the same to some, not here",
         lambda r: r.field(HEADER, b"X_AIPG_Confidential: required"), HEADER_INVALID),
    kept("confidential header taken out on the way", NAMED, lambda r: r.without(HEADER), HEADER_INVALID),
    kept("content's type twice", ONCE, lambda r: r.also(b"Content-Type: application/json"), NOT_SEALED),
    kept("content's type with a parameter", ONCE,
         lambda r: r.field(b"Content-Type", b"Content-Type: " + SEALED + b"; charset=utf-8"), NOT_SEALED),
    kept("key twice", ONCE, lambda r: r.also(r.fields[1]), NO_KEY),
    kept("key in two headers", ONCE,
         lambda r: r.also(r.fields[1].replace(b"Authorization: Bearer", b"apikey:")), NO_KEY),
    kept("method in small letters", "RFC 9110, 9.1: methods differ by case",
         lambda r: r.start(b"post " + CHAT + b" HTTP/1.1"), NOT_ALLOWED),
    kept("GET with a request for a body", LENGTHY,
         lambda r: r.start(b"GET " + CHAT + b" HTTP/1.1").holding(r.hidden), NOT_ALLOWED),
    kept("GET with a request in a chunk", LENGTHY,
         lambda r: r.start(b"GET " + CHAT + b" HTTP/1.1").chunked(chunks(r.hidden)), NOT_ALLOWED),
    kept("HEAD with a request for a body", LENGTHY,
         lambda r: r.start(b"HEAD " + CHAT + b" HTTP/1.1").holding(r.hidden), (405, "")),
    kept("TRACE", "RFC 9110, 9.3.8: no request is told to its sender", lambda r:
         r.start(b"TRACE " + CHAT + b" HTTP/1.1"), NOT_ALLOWED),
    kept("a request for a body, to a path that is not there", LENGTHY,
         lambda r: r.target(b"/v1/nothing").holding(r.hidden), (404, "not_found")),
    Probe("HEAD that expects, with a request for a body",
          "RFC 9110, 10.1.1: who is not told to go on may send its body or not",
          lambda r: r.start(b"HEAD " + CHAT + b" HTTP/1.1").holding(r.hidden).also(b"Expect: 100-continue"),
          answers=((405, ""),)),
    Probe("refused key that expects, with a request for a body",
          "RFC 9110, 10.1.1: who is not told to go on may send its body or not",
          lambda r: r.holding(r.hidden).without(b"Authorization").also(b"Expect: 100-continue"), answers=(NO_KEY,)),
    kept("WebSocket without a key", UPGRADE, lambda r: websocket(r, b"Sec-WebSocket-Version: 13"), REFUSED),
    kept("WebSocket of version 12", UPGRADE,
         lambda r: websocket(r, b"Sec-WebSocket-Version: 12", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), REFUSED),
    kept("WebSocket with a request for a body", UPGRADE,
         lambda r: websocket(r, b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                             b"Content-Length: %d" % len(r.hidden)) + r.hidden, REFUSED),
    kept("WebSocket where there is none", UPGRADE,
         lambda r: websocket(r, b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                             path=CHAT), NOT_ALLOWED),
)

CONTROLS = (
    good("the request as it is", "so that a refusal means something", lambda r: r),
    good("a request that says close, and one behind it", AFTER, lambda r: r.also(b"Connection: close"), closes=True),
    good("one chunk", "RFC 9112, 7.1", lambda r: r.chunked()),
    good("a chunk for each 100 bytes", "RFC 9112, 7.1",
         lambda r: r.chunked(chunks(*(r.body[i:i + 100] for i in range(0, r.size, 100))))),
    good("chunk size in capitals, zeros in front", "RFC 9112, 7.1",
         lambda r: r.chunked(chunk(r.body, b"%08X" % r.size) + chunks())),
    good("coding in capitals", "RFC 9112, 7: names of codings have no case", lambda r: r.coded(b"CHUNKED")),
    good("space around values", "RFC 9112, 5.1", lambda r: r.length(b" \t%d \t" % r.size)),
    good("names in capitals", "RFC 9110, 5.1",
         lambda r: r.field(b"Content-Length", b"CONTENT-LENGTH:%d" % r.size)),
    good("a value that is empty, one that is not ASCII", "RFC 9110, 5.5", lambda r: r.also(b"X:", "Y: ü".encode())),
    good("100 fields", "the limit", lambda r: r.also(*(b"X: %d" % n for n in range(100 - len(r.fields))))),
    good("a head of 16 KiB", "the limit",
         lambda r: r.also(b"X: " + b"a" * (16384 - len(r.head) - len(b"X: \r\n")))),
    good("Host by an IPv6 address", "RFC 9110, 7.2", lambda r: r.host(b" [::1]:8443")),
    good("Connection: keep-alive, TE", "RFC 9110, 7.6.1",
         lambda r: r.also(b"Connection: keep-alive, TE", b"TE: trailers", b"Keep-Alive: timeout=5")),
    good("upgrade to h2c", IGNORED, lambda r: r.also(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
                                                     b"HTTP2-Settings: AAMAAABkAAQAAP__")),
    good("upgrade to WebSocket of a POST", IGNORED, lambda r: r.also(b"Connection: Upgrade", b"Upgrade: websocket")),
    good("another path and method beside the line's", "nobody but the request line says these",
         lambda r: r.also(b"X-Original-URL: /metrics", b"X-HTTP-Method-Override: GET")),
    good("Expect of a body that is there", "RFC 9110, 10.1.1", lambda r: r.also(b"Expect: 100-Continue")),
    good("two at once", ORDER, follow, RUN, RUN),
    good("two at once, the first in chunks", ORDER, lambda r: follow(r.chunked()), RUN, RUN),
)
