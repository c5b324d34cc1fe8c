# SPDX-License-Identifier: Apache-2.0
from typing import List, Literal, Optional, Sequence, Tuple, Union

Fields = List[Tuple[str, str]]
Send = Tuple[Literal["send"], str, str, Fields, bytes, Optional[float]]
Step = Union[Send, Tuple[Literal["read"]], Tuple[Literal["pause"], float], Tuple[Literal["done"]]]
# (workers that it is sealed to, head, more of the body, what to do next)
Turn = Tuple[List[Verdict], Optional[Tuple[int, Fields]], bytes, Step]

SEALABLE_PATHS: Tuple[str, ...]
NRAS_KEYS_URL: str
MAX_NRAS_BYTES: int

class Verdict:
    @property
    def json(self) -> str: ...
    @property
    def text(self) -> str: ...

class Trust:
    def __init__(
        self, policy: str, *, workload: Optional[bytes] = None, require_pq: bool = False, roots: str = ""
    ) -> None: ...
    @property
    def source(self) -> str: ...
    @property
    def simulated(self) -> bool: ...

class Session:
    def __init__(self, trust: Trust, *, recipients: int = 2, padding: str = "p1") -> None: ...

class Failure:
    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def retry(self) -> bool: ...
    @property
    def prompt_sent(self) -> bool: ...
    @property
    def verdicts(self) -> List[Verdict]: ...

class Call:
    def __init__(
        self,
        session: Session,
        path: str,
        body: bytes,
        *,
        cache_salt: Optional[bytes] = None,
        verify_answer: bool = True,
    ) -> None: ...
    def start(self) -> Turn: ...
    def answered(self, status: int, content_type: str) -> Turn: ...
    def piece(self, bytes: bytes) -> Turn: ...
    def ended(self) -> Turn: ...
    def failed(self, code: str, reason: str) -> Turn: ...
    def paused(self) -> Turn: ...
    def cancel(self) -> None: ...
    def failure(self, gateway: str) -> Optional[Failure]: ...
    @property
    def attested(self) -> bool: ...
    @property
    def answer_verdict(self) -> Optional[Verdict]: ...

def verify_file(
    file: bytes,
    trust: Trust,
    *,
    at_ms: int,
    question: Optional[bytes] = None,
    answer: Optional[bytes] = None,
    status: int = 200,
    collateral: Sequence[bytes] = ...,
    nonce: Optional[bytes] = None,
    service: Optional[Sequence[bytes]] = None,
) -> Verdict: ...

# (url, body)
def nras_requests(file: bytes) -> List[Tuple[str, bytes]]: ...
def verify_evidence(
    kind: str,
    evidence: bytes,
    trust: Trust,
    *,
    at_ms: int,
    collateral: Sequence[bytes] = ...,
    chain: Optional[bytes] = None,
    nonce: Optional[bytes] = None,
    report_data: Optional[bytes] = None,
    runtime_data: Optional[bytes] = None,
) -> Verdict: ...
