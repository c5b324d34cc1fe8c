# SPDX-License-Identifier: Apache-2.0
"""Vectors of sealed requests and answers: what their inputs mean, and every value on the way.

ML-KEM's encapsulation cannot be given its randomness here, so an X-Wing
ciphertext is taken from the vector and checked by decapsulating it; all else
is computed.
"""

from __future__ import annotations

from typing import Any

import bhttp
import chunk_stream
import hpke
import receipt as receipts
import seal_request
import seal_response
import xwing
from body_rules import InnerError, InnerRequest
from chunk_stream import Chunk, Keys
from hpke import Suite
from preamble import Routing, check_routing
from primitives import nonce_at, sha256, uint
from receipt import Receipt
from refusal import Refused
from seal_request import Recipients, Sealed
from vector_file import Library, Node, shown

Expect = dict[str, Any]
MAX_RECIPIENTS = 3


def routing_of(node: Node) -> Routing:
    return Routing(
        path=node["path"].text(),
        model=node["model"].text(),
        stream=node["stream"].flag(),
        max_output_tokens=node["max_output_tokens"].number(),
        padding=node["padding"].text(),
        max_price=node["max_price"].number() if "max_price" in node else None,
        affinity=node["affinity"].bytes() if "affinity" in node else None,
    )


def resolve(field: Node, library: Library) -> bytes:
    """Hexadecimal text, or {of, edit}: what another vector has or makes, with one splice."""
    if not field.is_object():
        return field.bytes()
    case = library.case(field["of"].text())
    if case.kind == "seal":
        out = _Question(case.input).sealed.wire
    elif case.kind == "answer":
        out = _Answer(case.input, library).wire
    else:
        out = resolve(case.input["wire"], library)
    if "edit" not in field:
        return out
    edit = field["edit"]
    at, remove = edit["at"].number(), edit["remove"].number()
    assert at + remove <= len(out), "an edit past the end"
    return out[:at] + edit["insert"].bytes() + out[at + remove :]


def _receipt_public_key(seed: bytes) -> bytes:
    return receipts.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


class _Worker:
    """A recipient with its private halves."""

    def __init__(self, node: Node, suite: Suite) -> None:
        self.suite = suite
        self.seed = node["seed"].bytes()
        given = node["public_key"].bytes() if "public_key" in node else None
        self.public_key = given or hpke.public_key(suite, self.seed)
        self.kid = sha256(uint(suite, 2), self.public_key)
        self.keyset_id = node["keyset_id"].bytes()
        self.workload_hash = node["workload_hash"].bytes()
        self.receipt_seed = node["receipt_seed"].bytes()


class _Question:
    """A request sealed from a vector's input."""

    def __init__(self, node: Node) -> None:
        self.suite = Suite(node["suite"].number())
        self.workers = [_Worker(each, self.suite) for each in node["recipients"].elements()]
        self.routing = routing_of(node["routing"])
        self.request_id = node["request_id"].bytes()
        self.content_secret = node["content_secret"].bytes()
        self.expires_ms = node["expires_ms"].number()
        salt = node["cache_salt"].bytes() if "cache_salt" in node else None
        text = node["body"].text()
        self.body = (text.replace("@", "x" * node["fill"].number(), 1) if "fill" in node else text).encode()
        self.ephemeral = [each.bytes() for each in node["ephemeral"].elements()]
        self._check()
        self.message = seal_request.inner_message(self.routing.path, self.body, salt)
        stored = [bytes.fromhex(each["enc"]) for each in node.stored.get("recipients", [])]
        self.setups = [self._set_up(index, stored) for index in range(len(self.workers))]
        self.sealed: Sealed = seal_request.seal(
            self.suite,
            [(w.kid, context, enc) for w, (enc, _, context) in zip(self.workers, self.setups, strict=True)],
            self.routing,
            self.expires_ms,
            self.request_id,
            self.content_secret,
            self.message,
        )

    def _check(self) -> None:
        check_routing(self.routing)
        keysets = {worker.keyset_id for worker in self.workers}
        if not 1 <= len(self.workers) <= MAX_RECIPIENTS or len(keysets) != len(self.workers):
            raise Refused("seal_recipients")
        if len(self.body) > seal_request.MAX_REQUEST_BYTES:
            raise Refused("seal_body_too_large")

    def _set_up(self, index: int, stored: list[bytes]) -> tuple[bytes, bytes, hpke.Context]:
        """(enc, shared secret, the sender's context)"""
        worker, ephemeral = self.workers[index], self.ephemeral[index]
        if self.suite is Suite.X25519:
            secret, enc = hpke.encapsulate(self.suite, worker.public_key, ephemeral)
        else:
            enc = stored[index]
            secret = hpke.decapsulate(self.suite, worker.seed, enc)
            assert enc[xwing.MLKEM_CIPHERTEXT_BYTES :] == xwing.x25519_public_key(ephemeral[32:])
        info = seal_request.seal_info(self.suite, worker.kid)
        return enc, secret, hpke.key_schedule(hpke.KEM_IDS[self.suite], secret, info)


def _chunk_expect(chunks: list[Chunk], keys: Keys) -> list[Expect]:
    return [
        {
            "header": chunk.header.hex(),
            "nonce": nonce_at(keys.base_nonce, number).hex(),
            "plaintext": shown(keys.open(number, chunk)),
            "ciphertext": shown(chunk.ciphertext),
        }
        for number, chunk in enumerate(chunks)
    ]


def _recipient_expect(question: _Question, index: int) -> Expect:
    worker, (enc, secret, context) = question.workers[index], question.setups[index]
    return {
        "public_key": worker.public_key.hex(),
        "kid": worker.kid.hex(),
        "info": seal_request.seal_info(question.suite, worker.kid).hex(),
        "enc": enc.hex(),
        "shared_secret": secret.hex(),
        "hpke_key": context.key.hex(),
        "hpke_base_nonce": context.base_nonce.hex(),
        "exporter_secret": context.exporter_secret.hex(),
        "wrapped": question.sealed.preamble.recipients[index].wrapped.hex(),
    }


def seal(input_: Node, _: Library) -> Expect:
    question = _Question(input_)
    sealed = question.sealed
    traffic, root = sealed.traffic, seal_request.seal_root(question.content_secret)
    return {
        "routing": sealed.preamble.routing_bytes.decode("ascii"),
        "recipients": [_recipient_expect(question, index) for index in range(len(question.workers))],
        "aad": sealed.preamble.aad().hex(),
        "root": root.hex(),
        "commitment": sealed.preamble.commitment.hex(),
        "transcript": sealed.preamble.transcript().hex(),
        "traffic": traffic.traffic.hex(),
        "prk": traffic.prk.hex(),
        "key": traffic.keys.key.hex(),
        "base_nonce": traffic.keys.base_nonce.hex(),
        "chunks": _chunk_expect(sealed.chunks, traffic.keys),
        "request_salt": traffic.salt.hex(),
        "question": seal_request.question_digest(traffic.salt, question.body).hex(),
        "request_hash": sha256(sealed.wire).hex(),
        "preamble": sealed.preamble.bytes().hex(),
        "wire": shown(sealed.wire),
    }


def open_(input_: Node, library: Library) -> InnerRequest | InnerError:
    node = input_["holder"]
    worker = _Worker(node, Suite(node["suite"].number()))
    capacity = input_["replay_capacity"].number() if "replay_capacity" in input_ else 1000
    holder = Recipients({worker.kid: (worker.suite, worker.seed)}, replay_capacity=capacity)
    wire, now_ms = resolve(input_["wire"], library), input_["now_ms"].number()
    offers = input_["offers"].text() if "offers" in input_ else None
    for _ in range((input_["times"].number() if "times" in input_ else 1) - 1):
        seal_request.open_request(wire, holder, now_ms)
    opened = seal_request.open_request(wire, holder, now_ms, offers)
    assert opened.inner is not None
    return opened.inner


def _fitting_piece(content: bytes, room: int) -> int:
    """How much of it fits, its length before it."""
    fits = max(0, min(len(content), room))
    while fits and len(bhttp.write_content(content[:fits])) > room:
        fits -= 1
    return fits


class _Answer:
    """An answer sealed from a vector's input."""

    def __init__(self, node: Node, library: Library) -> None:
        self.question = _Question(library.case(node["request"].text()).input)
        index = node["recipient"].number()
        self.worker = self.question.workers[index]
        self.status = node["status"].number()
        self.fields = [(pair.elements()[0].text(), pair.elements()[1].text()) for pair in node["fields"].elements()]
        self.pieces = [piece.text().encode() for piece in node["pieces"].elements()]
        self.context = self.question.setups[index][2]
        self.rpre = seal_response.response_preamble(self.worker.kid, node["nonce"].bytes())
        transcript = self.question.sealed.preamble.transcript()
        self.exporter_context = b"aipg response v1" + transcript
        self.keys = seal_response.response_keys(self.context, transcript, self.rpre)
        self.digest = seal_response.answer_digest(self.keys.salt, self.status, b"".join(self.pieces))
        silent = node["silent_ticks"].number() if "silent_ticks" in node else 0
        constant = chunk_stream.constant_rate_bytes(self.question.routing.padding)
        self.chunks = self._constant_rate_chunks(silent) if constant else self._content_chunks()
        self.receipt_jws = receipts.sign(self._receipt(node), self.worker.receipt_seed)
        self._add(bhttp.write_response_end([(seal_response.TRAILER, self.receipt_jws)]), last=True)

    def _add(self, content: bytes, last: bool, to: list[Chunk] | None = None) -> None:
        chunks = self.chunks if to is None else to
        size = chunk_stream.response_plaintext_bytes(self.question.routing.padding, len(content))
        chunks.append(self.keys.keys.seal(len(chunks), chunk_stream.pad(content, size), last))

    def _content_chunks(self) -> list[Chunk]:
        """The head goes with the first piece; a piece of nothing flushes what is pending."""
        chunks: list[Chunk] = []
        pending = bhttp.write_response_head(self.status, self.fields)
        for piece in self.pieces + [b""]:
            pending += bhttp.write_content(piece)
            if pending:
                self._add(pending, last=False, to=chunks)
            pending = b""
        return chunks

    def _constant_rate_chunks(self, silent: int) -> list[Chunk]:
        """A tick a chunk: as much as fits, or nothing; then what is missing to a multiple, the receipt's included."""
        room = chunk_stream.response_room(self.question.routing.padding)
        chunks: list[Chunk] = []
        for _ in range(silent):
            self._add(b"", last=False, to=chunks)
        pending = bhttp.write_response_head(self.status, self.fields)
        for piece in self.pieces or [b""]:
            while True:
                fits = _fitting_piece(piece, room - len(pending))
                pending, piece = pending + bhttp.write_content(piece[:fits]), piece[fits:]
                self._add(pending[:room], last=False, to=chunks)
                pending = pending[room:]
                if not piece and not pending:
                    break
        while (len(chunks) + 1) % chunk_stream.CHUNKS_STEP:
            self._add(b"", last=False, to=chunks)
        return chunks

    def _receipt(self, node: Node) -> Receipt:
        usage = node["usage"]
        sealed = self.question.sealed
        return Receipt(
            job_id=node["job_id"].bytes(),
            request_id=self.question.request_id,
            keyset_id=self.worker.keyset_id,
            workload_hash=self.worker.workload_hash,
            model=self.question.routing.model,
            request_hash=sha256(sealed.wire),
            response_hash=sha256(self.rpre, *(chunk.wire for chunk in self.chunks)),
            response_chunks=len(self.chunks),
            question=seal_request.question_digest(sealed.traffic.salt, self.question.body),
            answer=self.digest,
            tokens_in=-(-usage["in"].number() // 32) * 32,
            tokens_out=-(-usage["out"].number() // 32) * 32,
            issued_ms=node["issued_ms"].number(),
            duration_ms=-(-usage["duration_ms"].number() // 100) * 100,
            epoch=node["epoch"].bytes() if "epoch" in node else bytes(32),
        )

    @property
    def wire(self) -> bytes:
        return self.rpre + b"".join(chunk.wire for chunk in self.chunks)


def answer(input_: Node, library: Library) -> Expect:
    made = _Answer(input_, library)
    return {
        "response_preamble": made.rpre.hex(),
        "exporter_context": made.exporter_context.hex(),
        "response_secret": made.keys.secret.hex(),
        "prk": made.keys.prk.hex(),
        "key": made.keys.keys.key.hex(),
        "base_nonce": made.keys.keys.base_nonce.hex(),
        "response_salt": made.keys.salt.hex(),
        "chunks": _chunk_expect(made.chunks, made.keys.keys),
        "answer": made.digest.hex(),
        "receipt_jws": made.receipt_jws,
        "wire": shown(made.wire),
    }


def open_answer(input_: Node, library: Library) -> tuple[seal_response.Answer, int, bytes]:
    """(the opened answer, which recipient gave it, the request's salt)"""
    question = _Question(library.case(input_["request"].text()).input)
    sealed = question.sealed
    asked = [
        seal_response.Asked(
            kid=worker.kid,
            context=context,
            transcript=sealed.preamble.transcript(),
            request_id=question.request_id,
            request_wire=sealed.wire,
            question=seal_request.question_digest(sealed.traffic.salt, question.body),
            model=question.routing.model,
            keyset_id=worker.keyset_id,
            workload_hash=worker.workload_hash,
            receipt_key=_receipt_public_key(worker.receipt_seed),
            padding=question.routing.padding,
        )
        for worker, (_, _, context) in zip(question.workers, question.setups, strict=True)
    ]
    opened = seal_response.open_response(resolve(input_["wire"], library), asked)
    index = next(i for i, each in enumerate(asked) if each.kid == opened.kid)
    return opened, index, sealed.traffic.salt
