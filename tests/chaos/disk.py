# SPDX-License-Identifier: Apache-2.0
"""A disk so small that a case can fill it: a tmpfs of its own where one may be
mounted, else a limit on how large the gateway's files may grow."""

from __future__ import annotations

import pathlib
import resource
import subprocess

SIZE = 2 << 20
BALLAST = "ballast"


class SmallDisk:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        self.is_mounted = mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder))
        self.how = "tmpfs of 2 MiB" if self.is_mounted else "prlimit --fsize, as no tmpfs may be mounted here"

    def fill(self, pid: int) -> None:
        if not self.is_mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        with open(self.folder / BALLAST, "ab", buffering=0) as ballast:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        ballast.write(b"\0" * size)
                except OSError:
                    pass  # no more of this size

    def free(self, pid: int) -> None:
        (self.folder / BALLAST).unlink(missing_ok=True)
        if not self.is_mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def make_read_only(self, yes: bool) -> bool:
        """Only while nobody has a file of it open to write."""
        return self.is_mounted and mount("-o", f"remount,{'ro' if yes else 'rw'}", str(self.folder))

    def remove(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


def mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        return False
