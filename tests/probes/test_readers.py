# SPDX-License-Identifier: Apache-2.0
"""Our gateway beside the second reader of its grammar, on thousands of heads
that are nearly right: they find the same ones clear."""

import random
import unittest

import strict
from cases import ScriptedCase
from wire import Wire

HEADS = 5000
SEED = 9112

RIGHT = tuple(b"\r\n".join([*lines, b"", b""]) for lines in (
    (b"GET /healthz HTTP/1.1", b"Host: gateway.example:80", b"Connection: keep-alive, te", b"TE: trailers", b"X: y"),
    (b"POST /v1/chat/completions HTTP/1.1", b"Host: [::1]:8443", b"Content-Length: 12", b"Content-Type: a/b"),
    (b"GET /a%20b?c=d HTTP/1.1", b"host:x", b"Transfer-Encoding: chunked", b"Expect: 100-continue",
     b"Connection:close"),
    (b"PUT / HTTP/1.1", b"Host:\tx ", b"transfer-encoding:\tchunked ", b"Connection: a,b , c", b"X-Y: z",
     b"Upgrade: h2c"),
))
PIECES = (b" ", b"\t", b"\r", b"\n", b"\r\n", b"\r\n ", b":", b",", b";", b"\0", b"\x0b", b"\x7f", b"\x80", b"\xff",
          b"%", b"#", b"@", b"[", b"]", b"/", b"_", b"-", b"+", b'"', b"0", b"9", b"GET", b"HTTP/1.0", b"chunked",
          b"close", b"gzip, ", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n",
          b"Connection: x\r\n", b"Expect: x\r\n")


def nearly_right(chance: random.Random) -> bytes:
    head = bytearray(chance.choice(RIGHT))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(head))
        way = chance.randrange(4)
        if way == 0:
            head[at:at] = chance.choice(PIECES)
        elif way == 1:
            head[at : at + 1] = chance.choice(PIECES)
        elif way == 2:
            del head[at : at + chance.choice((1, 1, 2, 5))]
        else:
            head[at] = chance.randrange(256)
    return bytes(head) + b"\r\n\r\n"  # so that it ends


def is_clear(head: bytes) -> bool:
    """As far as the head goes."""
    try:
        strict.read_request(head[: head.index(b"\r\n\r\n") + 4], strict.OURS)
    except strict.Unfinished:
        return True
    except strict.Unclear:
        return False
    return True


class Readers(ScriptedCase):
    def is_clear_to_the_gateway(self, head: bytes) -> bool:
        with Wire(self.network.port) as wire:
            wire.send(head)
            return wire.answer(to_head=head.startswith(b"HEAD ")).code != "malformed_request"

    def test_both_readers_find_the_same_heads_clear(self):
        chance = random.Random(SEED)
        clear = 0
        for _ in range(HEADS):
            head = nearly_right(chance)
            clear += is_clear(head)
            self.assertEqual(self.is_clear_to_the_gateway(head), is_clear(head), head)
        print(f"{clear} of {HEADS} heads are clear", flush=True)
        self.assertGreater(clear, HEADS // 10)
        self.assertLess(clear, HEADS // 2)


if __name__ == "__main__":
    unittest.main()
