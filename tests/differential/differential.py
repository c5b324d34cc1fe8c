# SPDX-License-Identifier: Apache-2.0
"""Our verdicts beside those of other verifiers: dcap-qvl (Intel quotes with
collateral) and go-sev-guest (AMD reports with their chain), on every real
fixture and on seeded mutants of them, at the fixture's instant or at the ends
of what is valid. Prints every disagreement, grouped by its
cause; docs/verdict.md says for each cause who is right.

Run by scripts/differential. Exit: 0 when every disagreement has one of the
causes below, 1 otherwise, 3 without the evidence library.
"""

from __future__ import annotations

import argparse
import base64
import collections
import datetime
import json
import pathlib
import random
import re
import subprocess
import sys
from dataclasses import dataclass, replace

import mutations

TOP = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = TOP.parent / "shared" / "evidence"

INTEL_PARTS = ["pck_crl_issuer_chain", "root_ca_crl", "pck_crl", "tcb_info_issuer_chain", "tcb_info",
               "tcb_info_signature", "qe_identity_issuer_chain", "qe_identity", "qe_identity_signature"]
HEX_PARTS = {"root_ca_crl", "pck_crl", "tcb_info_signature", "qe_identity_signature"}


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    at: int
    parts: dict[str, bytes]  # the first is the evidence
    part: str = ""  # what was changed, and how
    change: str = ""


@dataclass(frozen=True)
class Answer:
    accepted: bool
    why: str = ""


def seconds(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def rows() -> list[dict[str, str]]:
    lines = (LIBRARY / "CASES.tsv").read_text().splitlines()
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def certificates(data: bytes) -> list[bytes]:
    if not data.startswith(b"-----BEGIN"):
        return [data]
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END", data, re.S)
    return [base64.b64decode(re.sub(rb"\s", b"", block)) for block in blocks]


# --- fixtures ----------------------------------------------------------------------------


def intel_parts(files: list[bytes]) -> dict[str, bytes] | None:
    """From the combined form, or from the files that Intel serves."""
    if len(files) == 1 and files[0].startswith(b"{"):
        document = json.loads(files[0])
        return {name: bytes.fromhex(document[name]) if name in HEX_PARTS else document[name].encode()
                for name in INTEL_PARTS}
    out: dict[str, bytes] = {}
    lists = [file for file in files if file[:1] == b"\x30"]
    for file in files:
        if found := re.match(rb'\{"(tcbInfo|enclaveIdentity)":(\{.*\}),"signature":"([0-9a-f]{128})"\}\s*$', file, re.S):
            name = "tcb_info" if found[1] == b"tcbInfo" else "qe_identity"
            out[name], out[name + "_signature"] = found[2], bytes.fromhex(found[3].decode())
        elif file.startswith(b"-----BEGIN") and len(certificates(file)) == 2:
            out["tcb_info_issuer_chain"] = out["qe_identity_issuer_chain"] = file
    if len(lists) != 2 or len(out) != 6:
        return None
    out["root_ca_crl"], out["pck_crl"] = sorted(lists, key=len)
    return out


def intel_cases() -> list[Case]:
    out: dict[tuple, Case] = {}
    for row in rows():
        if row["kind"] not in ("tdx-quote", "sgx-quote") or not row["with"]:
            continue
        parts = intel_parts([(LIBRARY / word).read_bytes() for word in row["with"].split()])
        if parts is None:
            continue
        quote = (LIBRARY / row["evidence"]).read_bytes()
        if "pck_crl_issuer_chain" not in parts:
            pem = quote[quote.find(b"-----BEGIN"):].rstrip(b"\0")
            blocks = re.findall(rb"-----BEGIN.*?END CERTIFICATE-----\n", pem, re.S)
            if len(blocks) != 3:
                continue
            parts["pck_crl_issuer_chain"] = blocks[1] + blocks[2]
        case = Case(row["evidence"], row["kind"], seconds(row["at"]), {"quote": quote} | parts)
        out.setdefault((case.name, case.at, row["with"]), case)
    return list(out.values())


def snp_cases() -> list[Case]:
    out: dict[tuple, Case] = {}
    for row in rows():
        if row["kind"] != "snp-report":
            continue
        files = [(LIBRARY / word).read_bytes() for word in row["with"].split() if "crl" not in word]
        leaf, *authorities = [der for file in files for der in certificates(file)]
        if not authorities:
            continue
        vlek = "vlek" in row["with"]
        report = (LIBRARY / row["evidence"]).read_bytes()
        case = Case(row["evidence"], row["kind"], seconds(row["at"]),
                    {"report": report, "leaf": leaf, "authority": authorities[-1 if vlek else 0]})
        out.setdefault((case.name, case.at, row["with"]), case)
    return list(out.values())


# --- mutants -----------------------------------------------------------------------------

MUTATORS = {"quote": mutations.QUOTE, "report": mutations.SNP_REPORT, "leaf": mutations.ANY,
            "authority": mutations.ANY, "root_ca_crl": mutations.ANY, "pck_crl": mutations.ANY,
            "tcb_info": mutations.DOCUMENT, "qe_identity": mutations.DOCUMENT,
            "tcb_info_signature": mutations.SIGNATURE, "qe_identity_signature": mutations.SIGNATURE,
            "pck_crl_issuer_chain": mutations.CHAIN, "tcb_info_issuer_chain": mutations.CHAIN,
            "qe_identity_issuer_chain": mutations.CHAIN}


def mutant(case: Case, others: list[Case], rng: random.Random) -> Case:
    kind = rng.randrange(20)
    if kind == 0:
        at = rng.choice(mutations.instants_in(*case.parts.values())) + rng.choice([-1, 0, 1])
        return replace(case, at=at, part="instant", change=f"judged at {at}")
    names = list(case.parts)
    part = names[0] if rng.randrange(3) == 0 else rng.choice(names)
    if kind == 1:
        other = rng.choice(others)
        return replace(case, parts=case.parts | {part: other.parts[part]}, part=part, change=f"of {other.name}")
    what, data = rng.choice(MUTATORS[part])(case.parts[part], rng)
    return replace(case, parts=case.parts | {part: data}, part=part, change=what)


def mutants(cases: list[Case], good: list[Case], count: int, seed: int) -> list[Case]:
    """Three of four from what both accept, so that what is left to accept can be seen."""
    rng = random.Random(seed)
    return [mutant(rng.choice(good if rng.randrange(4) else cases), cases, rng) for _ in range(count)]


# --- judges ------------------------------------------------------------------------------


def combined(case: Case) -> bytes:
    text = {name: case.parts[name].hex() if name in HEX_PARTS else case.parts[name].decode("latin-1")
            for name in INTEL_PARTS}
    return json.dumps(text).encode()


def filtered(program: list[str], lines: list[str]) -> list[str]:
    done = subprocess.run(program, input="".join(line + "\n" for line in lines), capture_output=True, text=True,
                          check=True)
    answers = done.stdout.splitlines()
    if len(answers) != len(lines):
        sys.exit(f"{program[0]}: {len(answers)} answers to {len(lines)} lines")
    return answers


def answers_of(lines: list[str]) -> list[Answer]:
    return [Answer(line == "accepted", line.partition(" ")[2]) for line in lines]


def hex_of(data: bytes) -> str:
    return data.hex() or "-"


def ours(program: str, policy: str, cases: list[Case]) -> list[Answer]:
    lines = []
    for case in cases:
        evidence, *rest = case.parts.values()
        files = [combined(case)] if "quote" in case.parts else rest
        lines.append(" ".join([case.kind, policy, str(case.at), hex_of(evidence), *map(hex_of, files)]))
    return answers_of(filtered([program], lines))


def theirs_on_intel(cases: list[Case]) -> list[Answer]:
    import dcap_qvl
    out = []
    for case in cases:
        try:
            collateral = dcap_qvl.QuoteCollateralV3.from_json(combined(case).decode())
            status = dcap_qvl.verify(case.parts["quote"], collateral, case.at).status
            out.append(Answer(status == "UpToDate", f"status {status}"))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic is not an Exception
            name = "" if isinstance(error, ValueError) else type(error).__name__ + ": "
            out.append(Answer(False, name + " ".join(str(error).split())))
    return out


def theirs_on_snp(program: str, cases: list[Case]) -> list[Answer]:
    lines = [" ".join([str(case.at), *map(hex_of, case.parts.values())]) for case in cases]
    return answers_of(filtered([program], lines))


# --- the table ---------------------------------------------------------------------------

CHAINS = {"tcb_info_issuer_chain", "qe_identity_issuer_chain"}


def cause_of(case: Case, mine: Answer, peer: Answer) -> str | None:
    """Why two verdicts differ, in the words of docs/verdict.md; None: nobody knows yet."""
    code = mine.why.split(" ")[0]
    if mine.accepted:
        if case.part == "instant" and "Expired" in peer.why:
            return "the last second"
        return "keys of cloud providers" if "missing intermediate certificate authority" in peer.why else None
    if code in ("quote_trailing_bytes", "snp_size"):
        return "bytes after the end"
    if case.part == "pck_crl_issuer_chain":
        return "the PCK CRL's issuers"
    if case.part in CHAINS | {"quote"} and code in ("pem_invalid", "pem_too_many", "collateral_invalid"):
        return "the spelling of PEM"
    if case.part in CHAINS | {"quote"} and code.startswith(("chain_", "certificate_")):
        return "roots that come along"
    if code in ("quote_certification_type", "quote_lengths"):
        return "numbers that nobody signs"
    if code == "snp_signature":
        return "signed bytes that are written anew"
    if code == "crl_not_yet_valid":
        return "lists of the future"
    if case.part == "authority":
        return "AMD's authorities that come along"
    return "another product's certificates" if code == "snp_certificates" else None


def group_of(case: Case, mine: Answer, peer: Answer) -> str:
    who = "we alone accept" if mine.accepted else "the other alone accepts"
    cause = cause_of(case, mine, peer)
    return f"{who}: {cause}" if cause else f"{who}: UNEXPLAINED, {case.part}, {(mine.why or peer.why)[:90]}"


def compare(title: str, cases: list[Case], mine: list[Answer], peers: list[Answer]) -> dict:
    both = sum(a.accepted and b.accepted for a, b in zip(mine, peers))
    neither = sum(not a.accepted and not b.accepted for a, b in zip(mine, peers))
    groups: dict[str, list[str]] = collections.defaultdict(list)
    for case, a, b in zip(cases, mine, peers):
        if a.accepted != b.accepted:
            example = f"{case.name}, {case.part or 'as it is'}: {case.change} [{a.why or b.why}]"
            groups[group_of(case, a, b)].append(" ".join(example.split())[:200])
    panics = sum("panic" in answer.why.lower() for answer in peers)
    print(f"\n{title}: {len(cases)} judged, {both} accepted by both, {neither} by neither, "
          f"{len(cases) - both - neither} disagreements, {panics} panics of the other")
    for group, found in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"  {len(found):6}  {group}\n          e.g. {found[0]}")
    return {"title": title, "judged": len(cases), "both": both, "neither": neither, "panics": panics,
            "groups": {group: {"count": len(found), "examples": found[:50]} for group, found in groups.items()}}


def every_bit(cases: list[Case]) -> list[Case]:
    """Every bit of the evidence of what both accept."""
    out = []
    for case in cases:
        name, data = next(iter(case.parts.items()))
        for i in range(len(data) * 8):
            flipped = data[:i // 8] + bytes([data[i // 8] ^ 1 << i % 8]) + data[i // 8 + 1:]
            out.append(replace(case, parts=case.parts | {name: flipped}, part=name,
                               change=f"bit {i % 8} of byte {i // 8} flipped"))
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description="Our verdicts beside those of other verifiers.")
    parser.add_argument("--ours", required=True, help="aipg_judge_lines")
    parser.add_argument("--snp-peer", required=True, help="the program of bench/peers/go/snp_lines")
    parser.add_argument("--mutants", type=int, default=10_000, help="of each vendor (10000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-bit", action="store_true", help="also every bit of the evidence that both accept")
    parser.add_argument("--json", type=pathlib.Path, help="write everything here")
    options = parser.parse_args()
    if not (LIBRARY / "CASES.tsv").exists():
        print(f"no {LIBRARY}: nothing to compare", file=sys.stderr)
        return 3
    results = []
    for vendor, cases, policy, theirs in [
            ("Intel, beside dcap-qvl", intel_cases(), "vendor", theirs_on_intel),
            ("AMD, beside go-sev-guest", snp_cases(), "chain", lambda some: theirs_on_snp(options.snp_peer, some))]:
        def judged(what: str, some: list[Case]) -> None:
            results.append(compare(f"{vendor}, {what}", some, ours(options.ours, policy, some), theirs(some)))

        judged("fixtures", cases)
        good = [case for case, a, b in zip(cases, ours(options.ours, policy, cases), theirs(cases))
                if a.accepted and b.accepted]
        judged("mutants", mutants(cases, good, options.mutants, options.seed))
        if options.every_bit:
            judged("every bit of the evidence", every_bit(list({case.name: case for case in good}.values())))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=1))
    return 1 if any("UNEXPLAINED" in group for result in results for group in result["groups"]) else 0


if __name__ == "__main__":
    sys.exit(main())
