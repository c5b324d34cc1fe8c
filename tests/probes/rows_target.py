# SPDX-License-Identifier: Apache-2.0
"""Whose request is it, for what, in which version? Other protocols are refused
as what they are not."""

from probe import Probe, kept
from request import CHAT

ONE = "RFC 9112, 3.2: no Host, more than one, or an invalid one: 400"
USERINFO = "RFC 9110, 4.2.4: a user in an authority is an error, often there to deceive"
ABSOLUTE = "RFC 9112, 3.2.2: servers are to take it, but whose name then counts is no question here"
ORIGIN = "RFC 9112, 3.2: no other form is for this method"
TARGET = "RFC 9112, 3.2: an invalid target is not to be mended"
VERSION = "RFC 9112, 2.3: HTTP/ and two digits"
OLD = "RFC 9112, C.2: no Host, no chunks, no lasting connections"
OTHER = "RFC 9110, 15.6.6: not spoken here"
PATH = "RFC 3986, 6: whether two paths are the same is decided in one place, by their bytes"
FOREIGN = "RFC 9112, 3: no request line"
NOT_SPOKEN = ((505, "malformed_request"),)
NOT_FOUND = (404, "not_found")

# The connection preface, and an empty SETTINGS frame.
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
TLS_HELLO = bytes((22, 3, 1, 0, 12, 1, 0, 0, 8, 3, 3)) + b"\n" * 6


def path(name: str, target: bytes) -> Probe:
    return kept(name, PATH, lambda r: r.target(target), NOT_FOUND)


HOSTS = (
    Probe("no Host", ONE, lambda r: r.without(b"Host")),
    Probe("Host twice, the same", ONE, lambda r: r.also(r.fields[0])),
    Probe("Host twice, another", ONE, lambda r: r.first(b"Host: evil.example")),
    Probe("Host without a value", ONE, lambda r: r.host(b"")),
    Probe("Host with a user", USERINFO, lambda r: r.host(b" user@gateway.example")),
    Probe("Host with a user and a password", USERINFO, lambda r: r.host(b" user:secret@gateway.example")),
    Probe("Host with a path", ONE, lambda r: r.host(b" gateway.example/v1")),
    Probe("Host with a scheme", ONE, lambda r: r.host(b" http://gateway.example")),
    Probe("Host with a space", ONE, lambda r: r.host(b" gateway.example evil.example")),
    Probe("Host that is a list", ONE, lambda r: r.host(b" gateway.example, evil.example")),
    Probe("Host with a fragment", ONE, lambda r: r.host(b" gateway.example#@evil.example")),
    Probe("Host with a backslash", ONE, lambda r: r.host(rb" gateway.example\evil.example")),
    Probe("Host with a port that is none", ONE, lambda r: r.host(b" gateway.example:80a")),
    Probe("Host with two ports", ONE, lambda r: r.host(b" gateway.example:80:90")),
    Probe("Host with a long port", ONE, lambda r: r.host(b" gateway.example:000080")),
    Probe("Host with an open bracket", ONE, lambda r: r.host(b" [::1")),
    Probe("Host with a NUL", ONE, lambda r: r.host(b" gateway.example\0.evil.example")),
    Probe("Host that is not ASCII", ONE, lambda r: r.host(" gätéway.example".encode())),
)

TARGETS = (
    Probe("absolute target, the same host", ABSOLUTE, lambda r: r.target(b"http://" + r.fields[0][6:] + CHAT)),
    Probe("absolute target, another host", ABSOLUTE, lambda r: r.target(b"http://evil.example" + CHAT)),
    Probe("absolute target, https", ABSOLUTE, lambda r: r.target(b"https://" + r.fields[0][6:] + CHAT)),
    Probe("absolute target with a user", USERINFO, lambda r: r.target(b"http://user@evil.example" + CHAT)),
    Probe("authority for a target", ORIGIN, lambda r: r.start(b"CONNECT evil.example:443 HTTP/1.1")),
    Probe("asterisk for a target", ORIGIN, lambda r: r.start(b"OPTIONS * HTTP/1.1")),
    Probe("target without its slash", TARGET, lambda r: r.target(CHAT[1:])),
    Probe("target of an at sign", TARGET, lambda r: r.target(b"@evil.example" + CHAT)),
    Probe("target with a space", TARGET, lambda r: r.target(CHAT + b" x")),
    Probe("target with a fragment", TARGET, lambda r: r.target(CHAT + b"#x")),
    Probe("target with a backslash", TARGET, lambda r: r.target(CHAT.replace(b"/", b"\\"))),
    Probe("target with a broken escape", TARGET, lambda r: r.target(CHAT + b"%zz")),
    Probe("target with half an escape", TARGET, lambda r: r.target(CHAT + b"%2")),
    Probe("target that is not ASCII", TARGET, lambda r: r.target(CHAT + "é".encode())),
    Probe("target with a NUL", TARGET, lambda r: r.target(CHAT + b"\0")),
    Probe("target with a quote", TARGET, lambda r: r.target(CHAT + b'"')),
    Probe("no target", TARGET, lambda r: r.start(b"POST HTTP/1.1")),
)

VERSIONS = (
    Probe("HTTP/1.0", OLD, lambda r: r.start(r.line[:-1] + b"0"), answers=NOT_SPOKEN),
    Probe("HTTP/1.0 that is to last", OLD, lambda r: r.start(r.line[:-1] + b"0").also(b"Connection: keep-alive"),
          answers=NOT_SPOKEN),
    Probe("HTTP/0.9", "RFC 1945, 4.1: no version, no head", lambda r: b"GET /healthz\r\n"),
    Probe("HTTP/0.9 by name", OTHER, lambda r: r.start(r.line[:-3] + b"0.9"), answers=NOT_SPOKEN),
    Probe("HTTP/1.2", OTHER, lambda r: r.start(r.line[:-1] + b"2"), answers=NOT_SPOKEN),
    Probe("HTTP/2.0", OTHER, lambda r: r.start(r.line[:-3] + b"2.0"), answers=NOT_SPOKEN),
    Probe("HTTP/1.10", VERSION, lambda r: r.start(r.line + b"0")),
    Probe("HTTP/1", VERSION, lambda r: r.start(r.line[:-2])),
    Probe("HTTP/01.1", VERSION, lambda r: r.start(r.line[:-3] + b"01.1")),
    Probe("HTTP in small letters", VERSION, lambda r: r.start(r.line.replace(b"HTTP", b"http"))),
    Probe("HTTP before a space", VERSION, lambda r: r.start(r.line.replace(b"HTTP", b"HTTP "))),
    Probe("HTTPS/1.1", VERSION, lambda r: r.start(r.line.replace(b"HTTP", b"HTTPS"))),
    Probe("no version", VERSION, lambda r: r.start(b"POST " + CHAT)),
)

PROTOCOLS = (
    Probe("HTTP/2 with prior knowledge", "RFC 9113, 3.4: the preface is made for HTTP/1.1 to refuse", lambda r: HTTP2,
          answers=NOT_SPOKEN),
    Probe("HTTP/2's preface before a request", "RFC 9113, 3.4: what follows is not for this version",
          lambda r: HTTP2 + r.raw(), answers=NOT_SPOKEN),
    Probe("TLS on the plain port", FOREIGN, lambda r: TLS_HELLO),
    Probe("PROXY protocol", "an address that anybody could claim", lambda r:
          b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + r.raw()),
    Probe("PROXY protocol, version 2", "an address that anybody could claim", lambda r:
          b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + r.raw()),
    Probe("SSH", FOREIGN, lambda r: b"SSH-2.0-OpenSSH_9.2\r\n"),
    Probe("SMTP", FOREIGN, lambda r: b"EHLO evil.example\r\nMAIL FROM:<a@b>\r\n"),
    Probe("an answer for a request", FOREIGN, lambda r: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
)

PROBES = HOSTS + TARGETS + VERSIONS + PROTOCOLS

# The gateway's own rules about paths, which no proxy before it knows.
OWN = (
    path("a path with a query", CHAT + b"?a=b"),
    path("a path with a slash behind it", CHAT + b"/"),
    path("a path with two slashes before it", b"/" + CHAT),
    path("a path with two slashes inside", CHAT.replace(b"/chat", b"//chat")),
    path("a path with a dot segment", b"/v1/../v1/chat/completions"),
    path("a path with an escaped dot segment", b"/v1/%2e%2e/v1/chat/completions"),
    path("a path with an escaped slash", b"/v1/chat%2fcompletions"),
    path("a path with an escaped letter", b"/v1/%63hat/completions"),
    path("a path with an escaped NUL", CHAT + b"%00"),
    path("a path with an escaped line end", CHAT + b"%0d%0aX:%20y"),
    path("a path in capitals", CHAT.upper()),
    path("a path with a parameter", CHAT + b";a=b"),
)
