# SPDX-License-Identifier: Apache-2.0
"""What clients hold beside what the gateway wrote down, once all is quiet."""

from __future__ import annotations

import random
from collections import Counter

import records
from crowd import Seen, digest_of

LOOKED_AT = 300  # receipts whose signature is verified, drawn from all: in Python one takes milliseconds


def trouble_with_books(rig, seen: Seen, excused: int) -> tuple[list[str], Counter]:
    """`excused`: requests of which nobody knows how far they came, as their client left or their worker died."""
    found = {record.job: record for record in records.read_all(rig.database)}
    trouble = []
    if (sound := records.is_sound(rig.database)) != "ok":
        trouble.append(f"the database: {sound}")
    missing = [job for job, digest in seen.receipts.items() if job not in found or digest_of(found[job].receipt) != digest]
    if missing:
        trouble.append(f"{len(missing)} receipts that clients hold are in no record, as {missing[0]}")
    answered = {job for job, record in found.items() if record.outcome == "answered"}
    if (unheard := len(answered - seen.receipts.keys())) > excused:
        trouble.append(f"{unheard} records say answered, and nobody has the answer")
    if other := [job for job in seen.receipts if job in found and job not in answered]:
        trouble.append(f"{len(other)} records of answers say something else, as {other[0]}: {found[other[0]].outcome}")
    keys = records.receipt_keys(set(seen.keysets.values()))
    with_receipt = [record for record in found.values() if record.receipt and record.keyset in keys]
    for record in random.Random("books").sample(with_receipt, min(LOOKED_AT, len(with_receipt))):
        if wrong := records.trouble_with(record, keys):
            trouble.append(f"the record of job {record.job}: {wrong}")
    return trouble, Counter(f"{record.outcome} {record.code}".strip() for record in found.values())
