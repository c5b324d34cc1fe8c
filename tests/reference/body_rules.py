# SPDX-License-Identifier: Apache-2.0
"""What may be inside a sealed request: the Binary HTTP message and the rules for bodies.

The allow-lists are read from docs/protocol.md, so that the page stays true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import bhttp
import strict_json
from preamble import Routing
from primitives import from_base64url
from refusal import Refused
from strict_json import Number, is_plainly

PAGE = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
REFUSED = "known and refused"
HOLD_SCHEMAS = ("schemas", "caller_tools")
MAX_DEPTH = 64
MAX_CHOICES = 128
ADDRESSES = ("audio", "image", "uri", "url", "video")
REFUSED_INSIDE = ("audio_embeds", "file_id", "image_embeds", "prompt_embeds", "video_embeds")


@dataclass(frozen=True)
class InnerError:
    status: int
    code: str
    parameter: str = ""


@dataclass(frozen=True)
class InnerRequest:
    path: str
    model: str
    stream: bool
    cache_salt: bytes | None
    body: bytes
    max_tokens: int
    choices: int


class Bad(Exception):
    def __init__(self, code: str, parameter: str = "") -> None:
        super().__init__(code)
        cut = parameter.encode("utf-8")[:64].decode("utf-8", "ignore")
        self.error = InnerError(400, code, cut)


@cache
def allow_lists() -> dict[str, dict[str, str]]:
    """Path to member to rule; the names that are known and refused stand under REFUSED."""
    block = re.search(r"```allow-list\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "docs/protocol.md has no allow-list"
    lists: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    rule = ""
    for line in filter(None, block[1].split("\n")):
        if not line.startswith(" "):
            current = lists[line] = {}
            continue
        words = line.split()
        if line.startswith("   "):  # goes on with the rule of the line before
            pass
        elif current is lists.get(REFUSED):
            rule = "refused"
        else:
            rule = words.pop(0)
        current.update(dict.fromkeys(words, rule))
    return lists


def _is_address(name: str) -> bool:
    return name in ADDRESSES or name.endswith(("_uri", "_url"))


def _check_addresses(member: str, value: Any, is_address: bool) -> None:
    if isinstance(value, str):
        if is_address and not value.raw.startswith('"data:'):  # type: ignore[attr-defined]
            raise Bad("unsupported_parameter", member)
    elif isinstance(value, list):
        for element in value:
            _check_addresses(member, element, is_address)
    elif isinstance(value, dict):
        tool_call = is_plainly(value.get("type"), "tool_use")
        for name, inner in value.items():
            if tool_call and name == "input":
                continue
            if name in REFUSED_INSIDE and inner is not None:
                raise Bad("unsupported_parameter", member)
            _check_addresses(member, inner, _is_address(name))


def _whole_number(value: Any) -> int | None:
    number = value.uint() if isinstance(value, Number) else None
    return number if number is not None and number < 2**64 else None


class _Body:
    """Goes through the members in order and gathers what the routing is compared with."""

    def __init__(self, routing: Routing) -> None:
        self.routing = routing
        self.has_model = False
        self.stream = False
        self.limit: tuple[str, int] | None = None
        self.choices = 1
        self.prompts = 1

    def check(self, rule: str, name: str, value: Any) -> None:
        if rule not in ("any", "schemas"):
            getattr(self, "_" + rule)(name, value)
        if rule not in HOLD_SCHEMAS:
            _check_addresses(name, value, _is_address(name))

    def _model(self, name: str, value: Any) -> None:
        self.has_model = True
        if value != self.routing.model:
            raise Bad("routing_mismatch", name)

    def _stream(self, name: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, bool):
            raise Bad("invalid_request", name)
        self.stream = value

    def _output_tokens(self, name: str, value: Any) -> None:
        if value is None:
            return
        tokens = _whole_number(value)
        if tokens is None:
            raise Bad("invalid_request", name)
        if self.limit is None or tokens > self.limit[1]:
            self.limit = (name, tokens)

    def _choices(self, name: str, value: Any) -> None:
        if value is None:
            return
        count = _whole_number(value)
        if count is None or not 1 <= count <= MAX_CHOICES:
            raise Bad("invalid_request", name)
        self.choices = max(self.choices, count)

    def _prompts(self, name: str, value: Any) -> None:
        if not isinstance(value, list):
            return
        if not value:
            raise Bad("invalid_request", name)
        if not isinstance(value[0], Number):
            self.prompts = len(value)

    def _caller_tools(self, name: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, list):
            raise Bad("invalid_request", name)
        for tool in value:
            if not isinstance(tool, dict):
                raise Bad("invalid_request", name)
            if "type" in tool and not any(is_plainly(tool["type"], kind) for kind in ("custom", "function")):
                raise Bad("unsupported_parameter", name)

    def _template_flags(self, name: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, dict):
            raise Bad("invalid_request", name)
        for flag, setting in value.items():
            if flag not in ("enable_thinking", "thinking") or not isinstance(setting, bool):
                raise Bad("unsupported_parameter", name)

    def _text_output(self, name: str, value: Any) -> None:
        if value is not None and not (isinstance(value, list) and len(value) == 1 and is_plainly(value[0], "text")):
            raise Bad("unsupported_parameter", name)

    def _default_tier(self, name: str, value: Any) -> None:
        tiers = ("auto", "default", "standard_only")
        if value is not None and not any(is_plainly(value, tier) for tier in tiers):
            raise Bad("unsupported_parameter", name)

    def _off(self, name: str, value: Any) -> None:
        if value is not None and value is not False:
            raise Bad("unsupported_parameter", name)

    def _absent(self, name: str, value: Any) -> None:
        if value is not None:
            raise Bad("unsupported_parameter", name)

    def finish(self) -> tuple[int, int]:
        """(choices, max tokens of all of them or 0)"""
        if not self.has_model:
            raise Bad("routing_mismatch", "model")
        if self.stream != self.routing.stream:
            raise Bad("routing_mismatch", "stream")
        answers = self.prompts * self.choices
        if self.limit is None:
            return answers, 0
        if self.limit[1] * answers > self.routing.max_output_tokens:
            raise Bad("routing_mismatch", self.limit[0])
        return answers, self.limit[1] * answers


def check_body(path: str, body: bytes, routing: Routing) -> tuple[int, int]:
    try:
        document = strict_json.parse(body, MAX_DEPTH)
    except Refused as error:
        raise Bad("invalid_request") from error
    if not isinstance(document, dict):
        raise Bad("invalid_request")
    lists, checker = allow_lists(), _Body(routing)
    for name, value in document.items():
        rule = lists[path].get(name)
        if rule is None:
            raise Bad("unsupported_parameter" if name in lists[REFUSED] else "unknown_parameter", name)
        checker.check(rule, name, value)
    return checker.finish()


def _cache_salt(fields: bhttp.Fields) -> bytes | None:
    salt: bytes | None = None
    for name, value in fields:
        if name == "content-type" and not re.match(r"application/json([; ]|$)", value):
            raise Bad("invalid_request", name)
        if name != "aipg-cache-salt":
            continue
        try:
            decoded = from_base64url(value)
        except Refused:
            decoded = b""
        if len(decoded) != 32 or salt is not None:
            raise Bad("invalid_request", name)
        salt = decoded
    return salt


def validate(message: bytes, routing: Routing) -> InnerRequest | InnerError:
    try:
        request = bhttp.parse_request(message)
    except Refused:
        return InnerError(400, "malformed_seal")
    try:
        for what, inside, outside in (
            ("method", request.method, routing.method),
            ("path", request.path, routing.path),
        ):
            if inside != outside:
                raise Bad("routing_mismatch", what)
        salt = _cache_salt(request.fields)
        choices, max_tokens = check_body(routing.path, request.content, routing)
    except Bad as bad:
        return bad.error
    return InnerRequest(routing.path, routing.model, routing.stream, salt, request.content, max_tokens, choices)
