# SPDX-License-Identifier: Apache-2.0
"""A refusal with its stable code. Every module here raises only this for bad input."""

from __future__ import annotations


class Refused(Exception):
    """Input broke a rule of docs/protocol.md; `code` says which kind of rule."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} ({where})" if where else code)
        self.code = code
        self.where = where
