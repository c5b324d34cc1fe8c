# SPDX-License-Identifier: Apache-2.0
"""A verdict as Python sees it: the fields of aipg.verdict.v1, and how it prints."""

from __future__ import annotations

import dataclasses
import functools
import html
import json
from datetime import datetime
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Type, Union

from . import _core

__all__ = ["Finding", "Verdict", "Written"]


class Written(NamedTuple):
    """What a verdict is stored and sent as."""

    json: str
    text: str


@dataclasses.dataclass(frozen=True)
class Finding:
    """One rule that was looked at."""

    code: str  # stable; docs/errors.md says what each means
    severity: str  # "passed", "note", "warning" or "failed"
    subject: str  # "cpu", "gpu 0", "keyset"
    detail: str  # for people
    expected: Optional[str] = None  # of a broken rule that compares
    actual: Optional[str] = None

    def __str__(self) -> str:
        return f"{self.code} ({self.subject}): {self.detail}" if self.detail else f"{self.code} ({self.subject})"


class Verdict:
    """What the verifier concluded about evidence, and why. Never a bare yes; nothing in it is secret.

    Printed, it is the text of `aipg verify`; in a notebook, a table.
    """

    def __init__(self, source: Union[_core.Verdict, Written]) -> None:
        self._source = source

    @functools.cached_property
    def _json(self) -> str:
        return self._source.json

    @functools.cached_property
    def _text(self) -> str:
        return self._source.text

    def __reduce__(self) -> Tuple[Type[Verdict], Tuple[Written]]:
        return Verdict, (Written(self._json, self._text),)

    @functools.cached_property
    def _document(self) -> Dict[str, Any]:
        """Read when somebody looks: each request makes verdicts, and few are looked at."""
        return dict(json.loads(self._json))

    @property
    def accepted(self) -> bool:
        """No rule failed, and the level is at least what the policy asks for."""
        return bool(self._document["accepted"])

    @property
    def level(self) -> Optional[str]:
        """ "L0" simulated, "L1" CPU TEE, "L2" with GPUs, "L3" on a known machine. None: rejected, or single evidence."""
        level = str(self._document["level"])
        return None if level == "none" else level

    @property
    def simulated(self) -> bool:
        """Judged under roots that are not the vendors': fine for development, proves nothing."""
        return bool(self._document["simulated"])

    @property
    def at(self) -> datetime:
        """The instant of judgement."""
        return datetime.fromisoformat(str(self._document["at"]).replace("Z", "+00:00"))

    @property
    def headline(self) -> str:
        return str(self._document["headline"])

    @property
    def worker(self) -> str:
        """Who it is about; empty for single evidence."""
        return str(self._document["identity"]["worker_id"])

    @property
    def workload(self) -> str:
        """The workload's hash in hexadecimal: what `expected_workload_hash` is compared with."""
        return str(self._document["identity"]["workload"])

    @property
    def cpu(self) -> str:
        return str(self._document["identity"]["cpu"])

    @property
    def devices(self) -> List[str]:
        return list(self._document["identity"]["devices"])

    @property
    def findings(self) -> List[Finding]:
        return [Finding(**each) for each in self._document["findings"]]

    @property
    def failed(self) -> List[Finding]:
        return [each for each in self.findings if each.severity == "failed"]

    @property
    def warnings(self) -> List[Finding]:
        return [each for each in self.findings if each.severity == "warning"]

    @property
    def json(self) -> str:
        """Canonical, by docs/schema/verdict.schema.json; what `aipg verify --json` prints."""
        return self._json

    def to_dict(self) -> Dict[str, Any]:
        return dict(json.loads(self._json))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        state = "accepted" if self.accepted else "rejected"
        about = f" {self.worker}" if self.worker else ""
        return f"<Verdict {state} {self.level or '-'}{about}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdict) and other._json == self._json

    def __hash__(self) -> int:
        return hash(self._json)

    def _repr_html_(self) -> str:
        rows = [each for each in self.findings if each.severity != "passed"]
        passed = len(self.findings) - len(rows)
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in (r.severity, r.code, r.subject, r.detail)) + "</tr>"
            for r in rows
        )
        identity = " · ".join(html.escape(each) for each in (self.worker, self.cpu, *self.devices) if each)
        return (
            f"<div><b>{html.escape(self.headline)}</b><br>{identity}<br>workload <code>{html.escape(self.workload)}</code>"
            f"<table><thead><tr><th>severity</th><th>code</th><th>subject</th><th>detail</th></tr></thead>"
            f"<tbody>{cells}</tbody></table>{passed} rules passed</div>"
        )
