# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema 2020-12 that this repository's schemas use. A keyword
that is not known here is an error, so that no rule of a schema goes unchecked."""

from __future__ import annotations

import re

ANNOTATIONS = {"$schema", "$defs", "title", "description"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def check(value, schema: dict, root: dict | None = None, where: str = "$") -> None:
    """Raises AssertionError at the first place that does not conform."""
    root = schema if root is None else root
    for keyword, rule in schema.items():
        if keyword in ANNOTATIONS:
            continue
        if keyword not in RULES:
            raise NotImplementedError(f"schema keyword {keyword}")
        RULES[keyword](value, rule, schema, root, where)


def _ref(value, rule, _schema, root, where):
    found = root
    for part in rule.removeprefix("#/").split("/"):
        found = found[part]
    check(value, found, root, where)


def _type(value, rule, _schema, _root, where):
    assert type(value) is TYPES[rule], f"{where} is {type(value).__name__}, not {rule}"


def _const(value, rule, _schema, _root, where):
    assert value == rule, f"{where} is {value!r}, not {rule!r}"


def _enum(value, rule, _schema, _root, where):
    assert value in rule, f"{where} is {value!r}, none of {rule}"


def _pattern(value, rule, _schema, _root, where):
    assert re.search(rule.replace("$", r"\Z"), value), f"{where} is {value!r}, not like {rule}"


def _required(value, rule, _schema, _root, where):
    missing = [name for name in rule if name not in value]
    assert not missing, f"{where} lacks {missing}"


def _dependent(value, rule, _schema, _root, where):
    for name, others in rule.items():
        if name in value:
            _required(value, others, None, None, where)


def _properties(value, rule, _schema, root, where):
    for name, inner in rule.items():
        if name in value:
            check(value[name], inner, root, f"{where}.{name}")


def _additional(value, rule, schema, _root, where):
    assert rule is False, "only additionalProperties: false is known here"
    unknown = set(value) - set(schema["properties"])
    assert not unknown, f"{where} has members that the schema does not name: {sorted(unknown)}"


def _items(value, rule, _schema, root, where):
    for index, item in enumerate(value):
        check(item, rule, root, f"{where}[{index}]")


RULES = {
    "$ref": _ref,
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "required": _required,
    "dependentRequired": _dependent,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
}
