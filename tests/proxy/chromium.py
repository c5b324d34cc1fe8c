# SPDX-License-Identifier: Apache-2.0
"""A page as headless Chromium shows it: a screenshot, the document, the console."""

from __future__ import annotations

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib


def find() -> str | None:
    named = os.environ.get("AIPG_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def run(url: str, *flags: str) -> tuple[str, str]:
    """Standard output, and what the page wrote to its console."""
    with tempfile.TemporaryDirectory(prefix="aipg-chromium-", ignore_cleanup_errors=True) as profile:
        # No sandbox: tests may run as root, and the only page is ours.
        command = [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--force-device-scale-factor=1",
                   "--enable-logging=stderr", f"--user-data-dir={profile}", *flags, url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": profile})
    if done.returncode != 0:
        raise AssertionError(f"chromium ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if ":CONSOLE" in line)


def document(url: str) -> tuple[str, str]:
    return run(url, "--dump-dom")


def screenshot(url: str, path: pathlib.Path, dark: bool, size: tuple[int, int]) -> "Picture":
    run(url, f"--screenshot={path}", f"--window-size={size[0]},{size[1]}",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}")
    return Picture(path.read_bytes())


class Picture:
    """A PNG of 8 bits a channel, without interlacing, as Chromium writes it."""

    def __init__(self, png: bytes):
        assert png.startswith(b"\x89PNG\r\n\x1a\n"), "no PNG"
        data, at = b"", 8
        while at < len(png):
            (length,) = struct.unpack(">I", png[at : at + 4])
            kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", content)
                assert depth == 8 and colours in (2, 6) and not interlaced
                self.channels = 3 if colours == 2 else 4
            elif kind == b"IDAT":
                data += content
            at += 12 + length
        self.rows = self._unfilter(zlib.decompress(data))

    def _unfilter(self, raw: bytes) -> list[bytearray]:
        n, stride = self.channels, self.width * self.channels
        rows, above = [], bytearray(stride)
        for y in range(self.height):
            kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
            for x in range(stride):
                left, up = (row[x - n] if x >= n else 0), above[x]
                if kind == 1:
                    row[x] = (row[x] + left) & 255
                elif kind == 2:
                    row[x] = (row[x] + up) & 255
                elif kind == 3:
                    row[x] = (row[x] + (left + up) // 2) & 255
                elif kind == 4:
                    corner = above[x - n] if x >= n else 0
                    guess = left + up - corner
                    distances = abs(guess - left), abs(guess - up), abs(guess - corner)
                    row[x] = (row[x] + (left, up, corner)[distances.index(min(distances))]) & 255
            rows.append(row)
            above = row
        return rows

    def pixel(self, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.rows[y][x * self.channels : x * self.channels + 3])

    def lightness(self, x: int, y: int) -> float:
        return sum(self.pixel(x, y)) / 765

    def drawn_rows(self) -> int:
        """Rows in which something stands that is not the background."""
        background = bytes(self.pixel(2, 2))
        blank = (background + b"\xff" if self.channels == 4 else background) * self.width
        return sum(1 for row in self.rows if bytes(row) != blank)

    def has_colour(self, test) -> bool:
        step = 1
        return any(test(*self.pixel(x, y)) for y in range(0, self.height, step) for x in range(0, self.width, step))
