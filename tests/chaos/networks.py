# SPDX-License-Identifier: Apache-2.0
"""The networks that cases run on; each is made when first asked for, used by one
case after the other, and made anew after one that broke something."""

from __future__ import annotations

import pathlib
import tempfile

import case
from rig import Rig

KINDS: dict[str, dict] = {
    "plain": {},
    "rotating": {"rotate_every": "1s"},
    "tampered": {},  # with records of its own: some of them say that a receipt was forged
    "two workers": {"workers": 2},
    "small disk": {"small_disk": True},
    "shimmed": {"shimmed": True},
    "shimmed, rotating": {"shimmed": True, "rotate_every": "1s"},
    "busy": {"shimmed": True, "places": 16},
    "logged": {"shimmed": True, "logged": True, "places": 16},
}


class Networks:
    def __init__(self):
        self._running: dict[str, Rig] = {}

    def get(self, kind: str) -> Rig:
        if kind not in self._running:
            self.stop_all()  # one at a time: two would be in each other's way
            rig = Rig(pathlib.Path(tempfile.mkdtemp(prefix="aipg-chaos-")), **KINDS[kind])
            self._running[kind] = rig
            case.prepare(rig)
        return self._running[kind]

    def give_up(self, kind: str) -> pathlib.Path:
        """Stops one whose state is not to be trusted, and leaves its files to be looked at."""
        rig = self._running.pop(kind)
        rig.stop()
        return rig.folder

    def stop_all(self) -> None:
        for rig in self._running.values():
            rig.stop()
            rig.remove()
        self._running = {}
