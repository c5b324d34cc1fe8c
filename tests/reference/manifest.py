# SPDX-License-Identifier: Apache-2.0
"""The workload manifest: what a worker's guest runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import canonical_json
from primitives import sha256
from refusal import Refused

LEAST_DRIVER = 570
MOST_GPUS = 16


@dataclass
class Manifest:
    components: list[str]
    models: list[tuple[str, list[str]]]
    arch: str
    count: int
    mode: str
    min_driver: int
    workload_hash: bytes


def _texts(values: list[Any]) -> list[str]:
    if not all(isinstance(value, str) for value in values):
        raise Refused("json_wrong_type")
    return values


def _component(value: Any) -> str:
    members = canonical_json.Members(value)
    name = members.string("name", 256)
    members.uint("size")
    members.bytes("sha384", exactly=48)
    members.bytes("verity_root", exactly=32, required=False)
    members.skip("ext")
    members.finish()
    return name


def _model(value: Any) -> tuple[str, list[str]]:
    members = canonical_json.Members(value)
    name, paths = members.string("name", 256), members.array("paths")
    members.bytes("sha384", exactly=48)
    members.skip("ext")
    members.finish()
    paths = _texts(paths)
    if not paths or len(set(paths)) != len(paths) or not all(path.startswith("/") for path in paths):
        raise Refused("manifest_model", "paths")
    return name, paths


def _distinct(names: list[str], code: str) -> None:
    if not names or "" in names or len(set(names)) != len(names):
        raise Refused(code, "name")


def _devices(value: Any) -> tuple[str, int, str]:
    members = canonical_json.Members(value)
    arch, count, mode = members.string("arch", 16), members.uint("count", MOST_GPUS), members.string("mode", 16)
    members.finish()
    good = {
        "none": (arch, count) == ("none", 0),
        "spt": arch in ("hopper", "blackwell") and count == 1,
        "ppcie": arch == "hopper" and count > 0,
        "mpt": arch == "blackwell" and count > 0,
    }
    if not good.get(mode, False):
        raise Refused("manifest_devices")
    return arch, count, mode


def _engine(value: Any) -> None:
    members = canonical_json.Members(value)
    argv, environment = members.array("argv"), members.array("environment")
    members.finish()
    _texts(argv)
    if not all("=" in entry[1:] for entry in _texts(environment)):
        raise Refused("manifest_component", "environment")


def _features(value: Any) -> None:
    members = canonical_json.Members(value)
    media_urls, salted = members.boolean("media_urls"), members.boolean("prefix_cache_salted")
    members.finish()
    if media_urls or not salted:
        raise Refused("manifest_component", "features")


def parse(document: bytes) -> Manifest:
    members = canonical_json.Members(canonical_json.parse(document))
    version, min_driver = members.uint("v"), members.uint("min_driver", 1_000_000)
    members.string("name", 256)
    members.string("source_commit", 128)
    components, models = members.array("components"), members.array("models")
    engine, devices, features = members.object("engine"), members.object("devices"), members.object("features")
    members.skip("ext")
    members.finish()
    if version != 1:
        raise Refused("manifest_version")
    if min_driver < LEAST_DRIVER:
        raise Refused("manifest_driver")
    names = [_component(each) for each in components]
    _distinct(names, "manifest_component")
    read_models = [_model(each) for each in models]
    _distinct([name for name, _ in read_models], "manifest_model")
    _engine(engine)
    arch, count, mode = _devices(devices)
    _features(features)
    return Manifest(names, read_models, arch, count, mode, min_driver, sha256(document))
