# SPDX-License-Identifier: Apache-2.0
"""Holds docs/schema/ against the test vectors.

Documents that vectors accept conform; those that vectors refuse for their
structure do not. A schema cannot see spelling (canonical JSON, a name twice)
or what holds between members, so refusals for that are left out.
"""

from __future__ import annotations

import base64
import json
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"

# Codes that say that a member is missing, unknown, or not of its form.
OF_STRUCTURE = {
    "json_missing_field",
    "json_unknown_field",
    "json_wrong_type",
    "bundle_version",
    "bundle_challenge",
    "bundle_cpu",
    "bundle_device",
    "bundle_collateral",
    "attestation_version",
    "attestation_freshness",
    "attestation_collateral",
    "document_kind",
    "document_signatures",
    "reference_minimum",
}


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cases(kind: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(file, input, code; empty when accepted)"""
    for path in sorted(VECTORS.rglob("*.json")):
        vector = json.loads(path.read_text(encoding="utf-8"))
        if vector["kind"] == kind:
            yield path.relative_to(VECTORS).as_posix(), vector["input"], vector["expect"].get("error", "")


def schema(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))


def part(whole: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema of one definition, with the others beside it."""
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{name}", "$defs": whole["$defs"]}


class Schemas(unittest.TestCase):
    def hold(self, validator: Any, document: str | bytes, code: str, file: str) -> int:
        """1 if the document was told apart, 0 if that is not a schema's business."""
        if code and code not in OF_STRUCTURE:
            return 0
        good = validator.is_valid(json.loads(document))
        self.assertEqual(good, not code, f"{file}: {'conforms' if good else 'does not conform'}, '{code}'")
        return 1

    def test_they_are_schemas(self) -> None:
        for name in ("evidence", "attestation", "reference"):
            jsonschema_rs.meta.validate(schema(name))

    def test_evidence_bundles(self) -> None:
        validator = jsonschema_rs.Draft202012Validator(schema("evidence"))
        checked = sum(self.hold(validator, input_["document"], code, file) for file, input_, code in cases("bundle"))
        for file, input_, _ in cases("evidence"):
            checked += self.hold(validator, input_["bundle"], "", file)
        self.assertGreater(checked, 30)

    def test_attestations(self) -> None:
        validator = jsonschema_rs.Draft202012Validator(schema("attestation"))
        told = [self.hold(validator, input_["attestation"], code, file) for file, input_, code in cases("exchange")]
        self.assertGreater(sum(told), 5)

    def test_reference_values(self) -> None:
        whole = schema("reference")
        document, envelope = (jsonschema_rs.Draft202012Validator(each) for each in (whole, part(whole, "envelope")))
        told = 0
        for file, input_, code in cases("reference"):
            of_envelope = code.startswith("document_")
            told += self.hold(envelope, input_["envelope"], code if of_envelope else "", file)
            if not of_envelope:
                inner = decoded(json.loads(input_["envelope"])["document"])
                told += self.hold(document, inner, code, file)
        self.assertGreater(told, 30)


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
