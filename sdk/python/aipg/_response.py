# SPDX-License-Identifier: Apache-2.0
"""An answer that was sealed, as openai reads it."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from ._exchange import CONVERSATION, Conversation
from ._http import httpx

__all__ = ["SealedResponse"]

# As the core puts it into an answer: last, before the final brace, and base64.
_OPEN = b',"attestation":"'


class SealedResponse(httpx.Response):
    """The attestation is nearly all of most answers, and its letters say nothing to a reader of JSON: where the core has
    put it in, json() takes it out first, and puts it where it would have read it."""

    def json(self, **kwargs: Any) -> Any:
        conversation: Optional[Conversation] = self.extensions.get(CONVERSATION)
        if kwargs or conversation is None or not conversation.attested:
            return super().json(**kwargs)
        content = self.content
        begin, end = content.rfind(_OPEN), content.rfind(b'"')
        out: Dict[str, Any] = json.loads(content[:begin] + content[end + 1 :])
        out["attestation"] = content[begin + len(_OPEN) : end].decode("ascii")
        return out
