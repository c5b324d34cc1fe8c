# SPDX-License-Identifier: Apache-2.0
"""A person at a terminal: a pseudo-terminal with `aipg` in it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from network import PROGRAMS, Network

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
PASTE = "\x1b[200~{}\x1b[201~"


class Terminal:
    def __init__(self, network: Network, *arguments: str, rows: int = 30, columns: int = 100,
                 shell: str = "", **environment: str):
        self.raw = ""
        self._seen = 0  # what expect() has passed
        self.keyboard, terminal = pty.openpty()
        self.resize(rows, columns, tell=False)
        self.before = termios.tcgetattr(terminal)
        self._terminal = terminal
        command = [str(PROGRAMS / "aipg"), *arguments]
        if shell:  # one with job control, which runs this line; "$@" in it is the command
            command = ["bash", "-mc", shell, "bash", *command]
        self.process = subprocess.Popen(
            command,
            env={**network.environment, "TERM": "xterm-256color", **environment},
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.keyboard)
        os.close(self._terminal)

    def settings(self) -> list:
        return termios.tcgetattr(self._terminal)

    def resize(self, rows: int, columns: int, tell: bool = True) -> None:
        fcntl.ioctl(self.keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            os.killpg(self.process.pid, signal.SIGWINCH)

    def type(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self.keyboard, data[:1024]):]

    def say(self, text: str) -> None:
        self.type(text + "\r")

    def paste(self, text: str) -> None:
        self.type(PASTE.format(text.replace("\n", "\r")))

    def pump(self, seconds: float) -> bool:
        if not select.select([self.keyboard], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self.keyboard, 65536)
        except OSError:  # the other side is gone
            return False
        self.raw += piece.decode(errors="replace")
        return bool(piece)

    def text(self) -> str:
        """All that was shown, without what moves and colours it."""
        return ESCAPE.sub("", self.raw).replace("\r\n", "\n")

    def expect(self, *words: str, seconds: float = 30) -> str:
        """What was shown from where the last one ended until all words, in this order."""
        end = time.monotonic() + seconds
        while True:
            text, at = self.text(), self._seen
            for word in words:
                at = text.find(word, at)
                if at < 0:
                    break
                at += len(word)
            if at >= 0:
                out, self._seen = text[self._seen:at], at
                return out
            if time.monotonic() > end or (not self.pump(0.1) and self.process.poll() is not None):
                while self.pump(0):
                    pass
                raise AssertionError(f"{words} not shown; since the last: {self.text()[self._seen:]!r}")

    def wait(self, seconds: float = 20) -> int:
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.pump(0.1)
        while self.pump(0):
            pass
        return self.process.wait(1)
