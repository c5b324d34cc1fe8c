# SPDX-License-Identifier: Apache-2.0
"""What each kind of vector asks of the reference implementation, and what it answers."""

from __future__ import annotations

from typing import Any, Callable

import binding
import body_rules
import chunk_stream
import evidence
import link_control
import link_frames
import link_mux
import manifest
import merkle
import preamble
import receipt
import registration
import signed_document
from body_rules import InnerError, InnerRequest
from chunk_stream import Keys
from preamble import Routing
from primitives import nonce_at, sha256
from receipt import Receipt
from refusal import Refused
from sealed_vectors import answer, open_answer, open_, resolve, routing_of, seal
from vector_file import Library, Node, shown

Expect = dict[str, Any]


# --- the sealed request --------------------------------------------------------


def _routing_members(routing: Routing) -> Expect:
    out: Expect = {
        "path": routing.path,
        "model": routing.model,
        "stream": routing.stream,
        "max_output_tokens": routing.max_output_tokens,
        "padding": routing.padding,
    }
    if routing.max_price is not None:
        out["max_price"] = routing.max_price
    if routing.affinity is not None:
        out["affinity"] = routing.affinity.hex()
    return out


def _preamble(input_: Node, library: Library) -> Expect:
    wire = resolve(input_["wire"], library)
    try:
        parsed, length = preamble.parse(wire)
    except preamble.Incomplete:
        return {"incomplete": True}
    assert parsed.bytes() == wire[:length]
    return {
        "length": length,
        "suite": int(parsed.suite),
        "request_id": parsed.request_id.hex(),
        "expires_ms": parsed.expires_ms,
        "commitment": parsed.commitment.hex(),
        "routing": parsed.routing_bytes.decode("ascii"),
        "routing_members": _routing_members(parsed.routing),
        "recipients": [
            {"kid": r.kid.hex(), "enc": r.enc.hex(), "wrapped": r.wrapped.hex()} for r in parsed.recipients
        ],
        "aad": parsed.aad().hex(),
        "transcript": parsed.transcript().hex(),
    }


def _chunks(input_: Node, library: Library) -> Expect:
    keys = Keys(input_["key"].bytes(), input_["base_nonce"].bytes())
    faults = chunk_stream.Codes("malformed", "open", input_["direction"].text() == "response")
    try:
        opened = chunk_stream.open_chunks(keys, resolve(input_["wire"], library), faults)
    except chunk_stream.Truncated:
        return {"fault": "truncated"}
    except Refused as error:
        names = {"chunk length": "length", "empty chunk": "empty", "after the last chunk": "after_last"}
        return {"fault": error.code if error.code == "open" else names.get(error.where, error.where)}
    return {
        "contents": [content.hex() for _, content in opened],
        "chunks": [
            {
                "header": chunk.header.hex(),
                "nonce": nonce_at(keys.base_nonce, number).hex(),
                "plaintext": keys.open(number, chunk).hex(),
                "ciphertext": chunk.ciphertext.hex(),
            }
            for number, (chunk, _) in enumerate(opened)
        ],
    }


def _padding(input_: Node, _: Library) -> Expect:
    padding = preamble.parse_padding(input_["padding"].text())
    contents = [each.number() for each in input_["contents"].elements()]
    return {
        "last_request_chunk": [chunk_stream.request_plaintext_bytes(n, True) for n in contents],
        "response_chunk": [chunk_stream.response_plaintext_bytes(padding, n) for n in contents],
    }


def inner_expect(inner: InnerRequest | InnerError) -> Expect:
    if isinstance(inner, InnerError):
        return {"sealed": {"status": inner.status, "code": inner.code, "parameter": inner.parameter}}
    out: Expect = {
        "path": inner.path,
        "model": inner.model,
        "stream": inner.stream,
        "body": shown(inner.body),
        "max_tokens": inner.max_tokens,
        "choices": inner.choices,
    }
    if inner.cache_salt is not None:
        out["cache_salt"] = inner.cache_salt.hex()
    return {"inner": out}


def _inner_request(input_: Node, library: Library) -> Expect:
    return inner_expect(body_rules.validate(resolve(input_["wire"], library), routing_of(input_["routing"])))


def _allow_list(input_: Node, _: Library) -> Expect:
    lists = body_rules.allow_lists()
    return {"members": lists[input_["path"].text()], "known_and_refused": lists[body_rules.REFUSED]}


def _body(input_: Node, _: Library) -> Expect:
    routing = routing_of(input_["routing"])
    try:
        body_rules.check_body(routing.path, input_["body"].text().encode("utf-8"), routing)
    except body_rules.Bad as bad:
        return inner_expect(bad.error)
    return {"accepted": True}


def _open(input_: Node, library: Library) -> Expect:
    try:
        return inner_expect(open_(input_, library))
    except Refused as error:
        return {"refused": error.code}


# --- answers and receipts ------------------------------------------------------


def receipt_expect(value: Receipt) -> Expect:
    return {name: part.hex() if isinstance(part, bytes) else part for name, part in vars(value).items()}


def _open_answer(input_: Node, library: Library) -> Expect:
    opened, index, request_salt = open_answer(input_, library)
    return {
        "recipient": index,
        "status": opened.response.status,
        "fields": [list(field) for field in opened.response.fields],
        "content": shown(opened.response.content),
        "receipt": receipt_expect(opened.receipt),
        "receipt_jws": opened.receipt_jws,
        "request_salt": request_salt.hex(),
        "response_salt": opened.keys.salt.hex(),
    }


def _receipt(input_: Node, _: Library) -> Expect:
    value = receipt.verify(input_["jws"].text(), input_["receipt_key"].bytes())
    out = receipt_expect(value)
    if "receipt_seed" in input_:
        out["signed_again"] = receipt.sign(value, input_["receipt_seed"].bytes())
    return out


# --- what ties evidence together -----------------------------------------------


def _challenge(input_: Node, _: Library) -> Expect:
    return {"challenge": binding.challenge(input_["challenge_kind"].number(), input_["value"].bytes()).hex()}


def _hashes(node: Node) -> list[bytes]:
    return [each.bytes() for each in node.elements()]


def _merkle(input_: Node, _: Library) -> Expect:
    nonces = _hashes(input_["nonces"])
    paths = [merkle.path(index, nonces) for index in range(len(nonces))]
    return {"root": merkle.root(nonces).hex(), "paths": [[each.hex() for each in path] for path in paths]}


def _merkle_path(input_: Node, _: Library) -> Expect:
    nonce, index, size = input_["nonce"].bytes(), input_["index"].number(), input_["size"].number()
    return {"valid": merkle.verify(nonce, index, size, _hashes(input_["siblings"]), input_["root"].bytes())}


def _device_hash(input_: Node, _: Library) -> Expect:
    devices = [
        (each["arch"].number(), each["report"].bytes(), each["leaf_certificate"].bytes())
        for each in input_["devices"].elements()
    ]
    return {"device_hash": binding.device_hash(devices).hex()}


def _gpu_nonce(input_: Node, _: Library) -> Expect:
    return {"gpu_nonce": binding.gpu_nonce(input_["challenge"].bytes(), input_["keyset_id"].bytes()).hex()}


def _report_data(input_: Node, _: Library) -> Expect:
    parts = [input_[name].bytes() for name in ("challenge", "keyset_id", "workload_hash", "device_hash")]
    return {"report_data": binding.report_data(*parts).hex()}


def _rtmr3(input_: Node, _: Library) -> Expect:
    return {"rtmr3": binding.workload_rtmr3(input_["workload_hash"].bytes()).hex()}


def _platform_id(input_: Node, _: Library) -> Expect:
    return {"platform_id": binding.tdx_platform_id(input_["ppid"].bytes()).hex()}


def _kid(input_: Node, _: Library) -> Expect:
    return {"kid": binding.key_id(input_["suite"].number(), input_["public_key"].bytes()).hex()}


def _keyset(input_: Node, _: Library) -> Expect:
    document = input_["document"].text().encode("utf-8")
    keyset = binding.parse_keyset(document)
    return {
        "keyset_id": binding.keyset_id(document).hex(),
        "worker_id": keyset.worker_id,
        "not_before_ms": keyset.not_before_ms,
        "not_after_ms": keyset.not_after_ms,
        "versions": keyset.versions,
        "keys": [
            {"suite": suite, "public_key": key.hex(), "kid": binding.key_id(suite, key).hex()}
            for suite, key in keyset.keys
        ],
        "receipt_key": keyset.receipt_key.hex(),
    }


# --- documents that say what is trusted ----------------------------------------


def _manifest(input_: Node, _: Library) -> Expect:
    parsed = manifest.parse(input_["document"].text().encode("utf-8"))
    return {
        "workload_hash": parsed.workload_hash.hex(),
        "rtmr3": binding.workload_rtmr3(parsed.workload_hash).hex(),
        "components": parsed.components,
        "models": [{"name": name, "paths": paths} for name, paths in parsed.models],
        "devices": parsed.count,
        "min_driver": parsed.min_driver,
    }


def _boot(node: Node) -> signed_document.Boot:
    names = ("measurement",) if "measurement" in node else signed_document.TDX_REGISTERS
    return tuple(node[name].bytes() for name in names)


def _reference(input_: Node, _: Library) -> Expect:
    envelope, at_ms = input_["envelope"].text().encode("utf-8"), input_["at_ms"].number()
    keys, quorum = _hashes(input_["release_keys"]), input_["quorum"].number()
    seen = (input_["seen"]["version"].number(), input_["seen"]["digest"].bytes()) if "seen" in input_ else None
    reference = signed_document.verify_reference(envelope, keys, quorum, seen, at_ms)
    if "ask" in input_:
        ask = input_["ask"]
        pair = _boot(ask["boot"]), ask["workload_hash"].bytes(), ask["pinned"].flag()
        machine = ask["platform_id"].bytes()
        signed_document.check_pair(reference, *pair, at_ms)
        signed_document.check_platform(reference, machine)
    return {
        "version": reference.version,
        "digest": reference.digest.hex(),
        "issued_ms": reference.issued_ms,
        "expires_ms": reference.expires_ms,
        "releases": [release.name for release in reference.releases],
        "validators": [key.hex() for key in reference.validators],
    }


def _epoch(input_: Node, _: Library) -> Expect:
    envelope, at_ms = input_["envelope"].text().encode("utf-8"), input_["at_ms"].number()
    validators, quorum = _hashes(input_["validators"]), input_["quorum"].number()
    epoch = signed_document.verify_epoch(envelope, validators, quorum, at_ms)
    return {
        "epoch": epoch.epoch,
        "start_ms": epoch.start_ms,
        "chain": epoch.chain,
        "block": epoch.block,
        "block_hash": epoch.block_hash.hex(),
        "value": epoch.digest.hex(),
        "challenge": binding.challenge(binding.KIND_EPOCH, epoch.digest).hex(),
    }


# --- whole evidence ------------------------------------------------------------


def _sums(files: list[bytes]) -> list[str]:
    return [sha256(each).hex() for each in files]


def _bundle(input_: Node, _: Library) -> Expect:
    parsed = evidence.parse_bundle(input_["document"].text().encode("utf-8"))
    return {
        "challenge_kind": parsed.challenge_kind,
        "challenge_value": parsed.challenge_value.hex(),
        "epoch": sha256(parsed.epoch).hex(),
        "keyset": sha256(parsed.keyset).hex(),
        "manifest": sha256(parsed.manifest).hex(),
        "cpu": parsed.cpu,
        "quote": sha256(parsed.quote).hex(),
        "cpu_chain": _sums(parsed.cpu_chain),
        "devices": [
            {"arch": evidence.ARCHS[each.arch], "report": sha256(each.report).hex(), "chain": _sums(each.chain)}
            for each in parsed.devices
        ],
        "collateral": _sums(parsed.collateral),
    }


def _policy(node: Node) -> evidence.Policy:
    releases = []
    for each in node["releases"].elements():
        each["name"].text()
        releases.append(evidence.Release(_boot(each), each["workload_hash"].bytes()))
    return evidence.Policy(
        _hashes(node["intel_roots"]),
        _hashes(node["amd_roots"]) if "amd_roots" in node else [],
        _hashes(node["nvidia_device_roots"]),
        node["require_pq"].flag(),
        node["expected_workload"].bytes() if "expected_workload" in node else None,
        releases,
    )


def _freshness(input_: Node) -> evidence.Freshness | None:
    if "nonce" not in input_:
        return None
    path = input_["path"]
    index, size, siblings = path["index"].number(), path["size"].number(), _hashes(path["siblings"])
    return evidence.Freshness(input_["nonce"].bytes(), index, size, siblings)


def _evidence(input_: Node, _: Library) -> Expect:
    document, at_ms = input_["bundle"].text().encode("utf-8"), input_["at_ms"].number()
    reference = None
    if "reference" in input_:
        trusted = input_["reference"]
        envelope, keys = trusted["envelope"].text().encode("utf-8"), _hashes(trusted["release_keys"])
        reference = signed_document.verify_reference(envelope, keys, trusted["quorum"].number(), None, at_ms)
    bound = evidence.appraise(document, _policy(input_["policy"]), _freshness(input_), reference, at_ms)
    return {
        "challenge": bound.challenge.hex(),
        "keyset_id": bound.keyset_id.hex(),
        "workload_hash": bound.manifest.workload_hash.hex(),
        "device_hash": bound.device_hash.hex(),
        "gpu_nonce": bound.gpu_nonce.hex(),
        "report_data": bound.report_data.hex(),
        "rtmr3": bound.rtmr3.hex(),
        "platform_id": bound.platform_id().hex(),
    }


def _exchange(input_: Node, _: Library) -> Expect:
    policy, status = _policy(input_["policy"]), input_["status"].number()
    bodies = [input_[name].text().encode("utf-8") if name in input_ else None for name in ("question", "answer")]
    attestation = evidence.parse_attestation(input_["attestation"].text().encode("utf-8"))
    judged_ms, not_bound = evidence.verify_exchange(attestation, policy, bodies[0], status, bodies[1])
    return {"judged_ms": judged_ms, "not_bound": not_bound}


# --- the worker link -----------------------------------------------------------


def _link_frames(input_: Node, library: Library) -> Expect:
    frames = list(link_frames.read_message(resolve(input_["wire"], library)))
    return {
        "frames": [{"stream": f.stream, "type": int(f.type), "payload": shown(f.payload)} for f in frames],
        "written_again": shown(b"".join(f.wire() for f in frames)),
    }


def _message(frames: Node) -> bytes:
    out = b""
    for frame in frames.elements():
        payload = bytes(frame["fill"].number()) if "fill" in frame else frame["payload"].bytes()
        first = frame["stream"].number()
        last = frame["through"].number() if "through" in frame else first
        for stream in range(first, last + 1):
            head = stream.to_bytes(4, "big") + bytes([frame["type"].number(), 0])
            out += head + len(payload).to_bytes(3, "big") + payload
    return out


def _take_step(link: link_mux.Link, step: Node) -> list[Any]:
    what = step["do"].text()
    if what == "receive":
        return link.receive(_message(step["frames"]))
    if what == "open":
        link.open(step["job_id"].bytes())
    elif what == "expect_evidence":
        link.expect_evidence(step["bytes"].number())
    elif what == "consume":
        link.consume(step["stream"].number(), step["bytes"].number())
    elif what == "refuse":
        link.refuse(step["stream"].number(), step["code"].text())
    elif what in ("data", "end"):
        getattr(link, what)(step["stream"].number(), step["payload"].bytes())
    else:
        {"reset": link.reset, "ack": link.ack}[what](step["stream"].number())
    return []


def _link_mux(input_: Node, _: Library) -> Expect:
    link = link_mux.Link(input_["role"].text())
    steps = []
    for step in input_["steps"].elements():
        events = _take_step(link, step)
        shown_events = [[shown(part) if isinstance(part, bytes) else part for part in event] for event in events]
        steps.append({"events": shown_events, "sends": shown(link.take_output())})
    return {"steps": steps, "open_streams": link.open_streams()}


def _link_control(input_: Node, _: Library) -> Expect:
    message = link_control.parse(input_["text"].text())
    return {**message, "written_again": link_control.write(message)}


def _registration(input_: Node, _: Library) -> Expect:
    claims = registration.verify_registration(input_["jws"].text(), input_["receipt_key"].bytes())
    out: Expect = {
        "keyset_id": claims.keyset_id.hex(),
        "worker_id": claims.worker_id,
        "stake": claims.stake_id,
        "exporter": claims.exporter.hex(),
        "nonce": claims.nonce.hex(),
    }
    if "receipt_seed" in input_:
        out["signed_again"] = registration.sign_registration(claims, input_["receipt_seed"].bytes())
    return out


KINDS: dict[str, Callable[[Node, Library], Expect]] = {
    "preamble": _preamble,
    "chunks": _chunks,
    "padding": _padding,
    "seal": seal,
    "open": _open,
    "answer": answer,
    "open_answer": _open_answer,
    "inner_request": _inner_request,
    "allow_list": _allow_list,
    "body": _body,
    "receipt": _receipt,
    "challenge": _challenge,
    "merkle": _merkle,
    "merkle_path": _merkle_path,
    "device_hash": _device_hash,
    "gpu_nonce": _gpu_nonce,
    "report_data": _report_data,
    "rtmr3": _rtmr3,
    "platform_id": _platform_id,
    "kid": _kid,
    "keyset": _keyset,
    "manifest": _manifest,
    "reference": _reference,
    "epoch": _epoch,
    "bundle": _bundle,
    "evidence": _evidence,
    "exchange": _exchange,
    "link_frames": _link_frames,
    "link_mux": _link_mux,
    "link_control": _link_control,
    "registration": _registration,
}
