# SPDX-License-Identifier: Apache-2.0
"""Control messages of the worker link: JSON text, closed lists of members."""

from __future__ import annotations

import re
from typing import Any, Callable

import canonical_json
import strict_json
from primitives import to_base64url
from refusal import Refused
from strict_json import Number

MAX_EVIDENCE = 2 << 20
MAX_RECEIPT = 8192
MAX_JOBS = 1024
MAX_MODELS = 64
MAX_PATHS = 16

Message = dict[str, Any]


def _plain(value: Any) -> Any:
    """Numbers in plain digits as integers; others stay what no member takes."""
    if isinstance(value, Number):
        return value if value.uint() is None else value.uint()
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return value


def _refuse_unless(good: object, where: str) -> None:
    if not good:
        raise Refused("link_control", where)


def _keyset_id(members: canonical_json.Members) -> str:
    text = members.string("keyset", 64)
    _refuse_unless(re.fullmatch(r"[0-9a-f]{64}", text), "keyset")
    return text


def _hello(members: canonical_json.Members) -> Message:
    _refuse_unless(members.uint("v") == 1, "v")
    nonce = members.bytes("nonce", exactly=32)
    members.finish()
    return {"nonce": nonce.hex()}


def _amount(members: canonical_json.Members, name: str) -> int:
    text = members.string(name, 20)
    _refuse_unless(re.fullmatch(r"0|[1-9][0-9]*", text) and int(text) < 2**64, "price")
    return int(text)


def _model(value: Any) -> Message:
    members = canonical_json.Members(value)
    name, paths = members.string("name", 128), members.array("paths")
    price = canonical_json.Members(members.object("price"))
    members.skip("ext")
    members.finish()
    micro_usd = {"input": _amount(price, "input"), "output": _amount(price, "output")}
    price.finish()
    _refuse_unless(re.fullmatch(r"[!-~]{1,128}", name), "model")
    _refuse_unless(1 <= len(paths) <= MAX_PATHS, "paths")
    for path in paths:
        _refuse_unless(isinstance(path, str) and re.fullmatch(r"/v1/[!-~]{0,60}", path), "paths")
    _refuse_unless(all(a < b for a, b in zip(paths, paths[1:])), "paths")
    return {"name": name, "paths": paths, **micro_usd}


def _models(values: list[Any]) -> list[Message]:
    """The directory's form; whatever is wrong with it has one code."""
    try:
        models = [_model(value) for value in values]
    except Refused as error:
        raise Refused("link_control", "models") from error
    names = [model["name"] for model in models]
    _refuse_unless(1 <= len(models) <= MAX_MODELS and all(a < b for a, b in zip(names, names[1:])), "models")
    return models


def _register(members: canonical_json.Members) -> Message:
    _refuse_unless(members.uint("v") == 1, "v")
    keyset, jws, stake = members.bytes("keyset"), members.string("jws", 2048), members.string("stake", 64)
    jobs = members.uint("jobs", MAX_JOBS)
    tiers, models = members.array("tiers"), members.array("models")
    members.finish()
    _refuse_unless(jobs >= 1, "jobs")
    _refuse_unless(tiers == ["confidential"], "tiers")
    _refuse_unless(re.fullmatch(r"[A-Za-z0-9-]{0,64}", stake), "stake")
    return {"keyset": keyset.hex(), "jws": jws, "stake": stake, "jobs": jobs, "models": _models(models)}


def _only_keyset(members: canonical_json.Members) -> Message:
    keyset = _keyset_id(members)
    members.finish()
    return {"keyset": keyset}


def _refused(members: canonical_json.Members) -> Message:
    code = members.string("code", 64)
    members.finish()
    _refuse_unless(re.fullmatch(r"[a-z_]{1,64}", code), "code")
    return {"code": code}


def _challenge(members: canonical_json.Members) -> Message:
    keyset = _keyset_id(members)
    number, kind, value = members.uint("id"), members.uint("kind"), members.bytes("value", exactly=32)
    members.finish()
    _refuse_unless(kind == 2, "kind")
    return {"keyset": keyset, "id": number, "challenge_kind": kind, "value": value.hex()}


def _evidence(members: canonical_json.Members) -> Message:
    keyset = _keyset_id(members)
    number, size = members.uint("id"), members.uint("bytes")
    members.finish()
    _refuse_unless(1 <= size <= MAX_EVIDENCE, "bytes")
    return {"keyset": keyset, "id": number, "bytes": size}


def _drain(members: canonical_json.Members) -> Message:
    members.finish()
    return {}


def _receipt(members: canonical_json.Members) -> Message:
    jws = members.string("jws", MAX_RECEIPT)
    members.finish()
    _refuse_unless(re.fullmatch(r"[A-Za-z0-9_.-]+", jws), "jws")
    return {"jws": jws}


def _receipt_recorded(members: canonical_json.Members) -> Message:
    job = members.bytes("job", exactly=16)
    members.finish()
    return {"job": job.hex()}


_READERS: dict[str, Callable[[canonical_json.Members], Message]] = {
    "hello": _hello,
    "register": _register,
    "registered": _only_keyset,
    "refused": _refused,
    "challenge": _challenge,
    "evidence": _evidence,
    "retire": _only_keyset,
    "drain": _drain,
    "receipt": _receipt,
    "receipt_recorded": _receipt_recorded,
}


def parse(text: str) -> Message:
    members = canonical_json.Members(_plain(strict_json.parse(text.encode("utf-8"), 6)))
    kind = members.string("type", 16)
    _refuse_unless(kind in _READERS, "type")
    return {"type": kind, **_READERS[kind](members)}


def write(message: Message) -> str:
    """The canonical text of a message as parse() gives it."""
    out: dict[str, Any] = {"type": message["type"]}
    for name, value in message.items():
        if name == "models":
            out[name] = [_written_model(model) for model in value]
        elif name == "challenge_kind":
            out["kind"] = value
        elif name in ("nonce", "value", "job") or (name == "keyset" and message["type"] == "register"):
            out[name] = to_base64url(bytes.fromhex(value))
        else:
            out[name] = value
    if message["type"] in ("hello", "register"):
        out["v"] = 1
    if message["type"] == "register":
        out["tiers"] = ["confidential"]
    return canonical_json.write(out).decode("ascii")


def _written_model(model: Message) -> Message:
    return {
        "name": model["name"],
        "paths": model["paths"],
        "price": {"input": str(model["input"]), "output": str(model["output"])},
    }
