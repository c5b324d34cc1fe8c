# SPDX-License-Identifier: Apache-2.0
"""How a client seals and whom it trusts: its options, and what follows from them."""

from __future__ import annotations

import collections
import copy
import dataclasses
import os
import threading
from typing import Any, Callable, Deque, Dict, Hashable, List, Optional, Tuple, TypeVar, Union

from . import _core
from ._verdict import Verdict

__all__ = ["Sealing", "SealOptions", "hash_of", "make_trust"]

Event = TypeVar("Event")
PolicySource = Union[str, "os.PathLike[str]"]
Bytes32 = Union[str, bytes]

# Enough to look back at; each is a few KiB.
_KEPT_VERDICTS = 64


def hash_of(value: Bytes32, parameter: str) -> bytes:
    """32 bytes, or the same in hexadecimal, with or without "sha256:"."""
    if isinstance(value, str):
        try:
            value = bytes.fromhex(value[7:] if value.startswith("sha256:") else value)
        except ValueError:
            raise ValueError(f"{parameter} is not hexadecimal") from None
    if len(value) != 32:
        raise ValueError(f"{parameter} is not 32 bytes")
    return value


def make_trust(
    policy: Optional[PolicySource],
    expected_workload_hash: Optional[Bytes32] = None,
    require_pq: bool = False,
    roots: Optional[PolicySource] = None,
) -> _core.Trust:
    """The policy that is named, or else the one in AIPG_POLICY, or else the network's."""
    named = os.environ.get("AIPG_POLICY", "") if policy is None else os.fspath(policy)
    workload = None if expected_workload_hash is None else hash_of(expected_workload_hash, "expected_workload_hash")
    return _core.Trust(named, workload=workload, require_pq=require_pq, roots="" if roots is None else os.fspath(roots))


@dataclasses.dataclass(frozen=True)
class SealOptions:
    """The keyword arguments that aipg.Client has and openai.OpenAI has not; they are described there."""

    confidential: bool = False
    policy: Optional[PolicySource] = None
    expected_workload_hash: Optional[Bytes32] = None
    roots: Optional[PolicySource] = None
    require_pq: bool = False
    recipients: int = 2
    padding: str = "p1"
    cache_salt: Optional[bytes] = None
    verify_attestation: bool = True
    on_verdict: Optional[Callable[[Verdict], None]] = None

    @classmethod
    def take_from(cls, options: Dict[str, Any]) -> Dict[str, Any]:
        """Removes and returns those that are in `options`."""
        return {each.name: options.pop(each.name) for each in dataclasses.fields(cls) if each.name in options}

    def sessions_differ(self, other: SealOptions) -> bool:
        """Does what was verified under `other` mean nothing here?"""
        return any(
            getattr(self, name) != getattr(other, name)
            for name in ("policy", "expected_workload_hash", "roots", "require_pq", "recipients", "padding")
        )


class _Flights:
    """Those who come while another one verifies workers wait for it, once, instead of doing the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leaders: Dict[Hashable, Any] = {}

    def enter(self, key: Hashable, make: Callable[[], Event]) -> Tuple[Event, bool]:
        """The event that the leader sets, and whether that is the caller."""
        with self._lock:
            if key in self._leaders:
                return self._leaders[key], False
            event = make()
            self._leaders[key] = event
            return event, True

    def leave(self, key: Hashable) -> None:
        with self._lock:
            event = self._leaders.pop(key)
        event.set()


class Sealing:
    """One client's options at work, shared by its copies as far as they agree. From any thread."""

    def __init__(self, options: SealOptions) -> None:
        self.options = options
        self.cache_salt = os.urandom(32) if options.cache_salt is None else hash_of(options.cache_salt, "cache_salt")
        self.verdicts: Deque[Verdict] = collections.deque(maxlen=_KEPT_VERDICTS)
        self._open()

    def _open(self) -> None:
        options = self.options
        self._trust = make_trust(options.policy, options.expected_workload_hash, options.require_pq, options.roots)
        self._new_session()  # refuses what cannot be sealed with now, not at the first request
        self._sessions: Dict[str, _core.Session] = {}
        self._lock = threading.Lock()
        self.flights = _Flights()

    def _new_session(self) -> _core.Session:
        return _core.Session(self._trust, recipients=self.options.recipients, padding=self.options.padding)

    def changed(self, changes: Dict[str, Any]) -> Sealing:
        """With other options; what was verified stays known unless they ask for something else."""
        options = dataclasses.replace(self.options, **changes)
        out = copy.copy(self)
        out.options = options
        if options.cache_salt != self.options.cache_salt:
            salt = options.cache_salt
            out.cache_salt = os.urandom(32) if salt is None else hash_of(salt, "cache_salt")
        if options.sessions_differ(self.options):
            out._open()
        return out

    def session(self, gateway: str) -> _core.Session:
        """What is known of the workers behind this gateway."""
        with self._lock:
            if gateway not in self._sessions:
                self._sessions[gateway] = self._new_session()
            return self._sessions[gateway]

    def note(self, verdicts: List[_core.Verdict]) -> None:
        for each in verdicts:
            verdict = Verdict(each)
            self.verdicts.append(verdict)
            if self.options.on_verdict is not None:
                self.options.on_verdict(verdict)
