# SPDX-License-Identifier: Apache-2.0
"""An answer that was sealed, as openai reads it."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional, Tuple

from ._http import httpx

__all__ = ["SealedResponse"]

# As the core puts it into an answer: last, before the final brace.
_OPEN = b',"attestation":"'


def _apart(content: bytes) -> Optional[Tuple[bytes, str]]:
    """The object without its attestation, and that; None where it does not end in one."""
    begin = content.rfind(_OPEN)
    end = content.find(b'"', begin + len(_OPEN))
    if begin < 0 or end < 0 or content[end + 1 :].strip(b" \t\r\n") != b"}":
        return None
    attestation = content[begin + len(_OPEN) : end]
    if b"\\" in attestation:
        return None
    try:
        return content[:begin] + content[end + 1 :], attestation.decode("ascii")
    except UnicodeDecodeError:
        return None


class SealedResponse(httpx.Response):
    """The attestation is nearly all of most answers, and its letters say nothing to a reader of JSON: json() takes it
    out first, and puts it where it would have read it."""

    def json(self, **kwargs: Any) -> Any:
        apart = None if kwargs else _apart(self.content)
        if apart is not None:
            out: Dict[str, Any] = json.loads(apart[0])  # what ends in a brace is an object
            if out:
                out["attestation"] = apart[1]
                return out
        return super().json(**kwargs)
