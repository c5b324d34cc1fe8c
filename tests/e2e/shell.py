# SPDX-License-Identifier: Apache-2.0
"""An interactive shell on a terminal of its own, to press keys in."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time

ANSI = re.compile(r"\x1b\[[0-9;?]*[@-~]|\x1b[=>]|\x1b\][^\x07]*\x07|\r(?!\n)")


class Shell:
    def __init__(self, argv: list[str], environment: dict[str, str], folder: str):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, environment)
        self.text = ""

    def press(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def wait_for(self, pattern: str, seconds: float = 20) -> re.Match:
        """What the shell writes until the pattern is there, without colours and cursor movements."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := re.search(pattern, ANSI.sub("", self.text), re.MULTILINE):
                self.text = ""
                return found
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.terminal, 65536).decode(errors="replace")
                except OSError:
                    break
        raise AssertionError(f"{pattern!r} does not come:\n{self.text!r}")

    def completed(self, typed: str) -> str:
        """The line that stands there after a tab, as the shell itself prints it."""
        self.press(typed + "\t")
        time.sleep(0.3)  # zsh takes keys that wait behind a tab for more of the word
        self.press("\x01echo st''ood \x05\n")  # the quotes tell what is typed from what is printed
        return self.wait_for(r"^stood ([^\r\n]*?) *\r?\n").group(1)

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
