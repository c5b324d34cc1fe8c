// SPDX-License-Identifier: Apache-2.0
// Kinds answer, open_answer, receipt.
#include <stdexcept>

#include "run.h"
#include "seal_parts.h"

namespace aipg::vectors {
namespace {

struct Sealed {
  Bytes wire;
  std::string receipt_jws;
  seal::ResponsePreamble preamble;
};

std::vector<codec::bhttp::Field> fields_of(const Value& list) {
  std::vector<codec::bhttp::Field> out;
  for (const Value& each : list.elements()) out.push_back({each.elements()[0].text(), each.elements()[1].text()});
  return out;
}

Value fields_value(const std::vector<codec::bhttp::Field>& fields) {
  Value::Array out;
  for (const auto& field : fields) out.push_back(Value::Array{field.name, field.value});
  return out;
}

const Value& question_input(const Value& answer_input, const Library& library) {
  return library.find(answer_input.at("request").text()).at("input");
}

const Value& recipient_of(const Value& answer_input, const Value& question) {
  return question.at("recipients").elements().at(answer_input.at("recipient").number());
}

// Opens the question as its worker would, and answers it.
Sealed seal_answer(const Value& input, const Library& library) {
  const Value& question = question_input(input, library);
  const Holder holder = make_holder(recipient_of(input, question), suite_of(question));
  seal::KeyRing ring;
  ring.add(holder.secrets);
  seal::RecipientContext context;
  context.ring = &ring;
  context.workload_hash = holder.workload_hash;
  if (input.has("epoch")) context.epoch = input.at("epoch").array<32>();
  seal::RequestOpener opener(context, input.at("job_id").array<16>(),
                             {static_cast<std::int64_t>(question.at("expires_ms").number())});
  if (!opener.feed(sealed_wire(question))) throw std::invalid_argument("vector: the question does not open");
  opener.end_of_stream();

  crypto::ScriptedRng rng(input.at("nonce").bytes());
  seal::AnswerSealer sealer = opener.make_answer(rng);
  Sealed out;
  ByteView nothing;
  for (std::uint64_t i = input.has("silent_ticks") ? input.at("silent_ticks").number() : 0; i > 0; --i) {
    append(out.wire, sealer.tick(nothing));
  }
  append(out.wire, sealer.begin(static_cast<unsigned>(input.at("status").number()), fields_of(input.at("fields"))));
  const auto preamble = seal::parse_response_preamble(ByteView(out.wire).first(seal::kResponsePreambleBytes));
  if (!preamble) throw std::invalid_argument("vector: our own response preamble");
  out.preamble = *preamble;
  for (const Value& piece : input.at("pieces").elements()) append(out.wire, sealer.content(as_bytes(piece.text())));
  const Value& usage = input.at("usage");
  auto end = sealer.end({.tokens_in = usage.at("in").number(),
                         .tokens_out = usage.at("out").number(),
                         .duration_ms = usage.at("duration_ms").number()},
                        {static_cast<std::int64_t>(input.at("issued_ms").number())});
  append(out.wire, end.wire);
  out.receipt_jws = std::move(end.receipt_jws);
  return out;
}

Secret32 response_secret(const Value& input, const Value& question, const Sealed& sealed, Bytes& exporter_context) {
  const Bytes wire = sealed_wire(question);
  const auto preamble = seal::parse_preamble(wire);
  const auto suite = suite_of(question);
  const crypto::hpke::KeyPair pair = key_pair(recipient_of(input, question), suite);
  const auto& block = (*preamble)->recipients.at(input.at("recipient").number());
  const auto context =
      crypto::hpke::setup_base_recipient(pair, block.enc, seal::seal_info((*preamble)->suite, sealed.preamble.kid));
  exporter_context = seal::response_exporter_context(seal::seal_transcript((*preamble)->bytes));
  return context->export_secret(exporter_context);
}

Value proof_value(const seal::AnswerOpener::Head& head, ByteView content, const seal::AnswerProof& proof) {
  return Value::Object{{"recipient", static_cast<std::uint64_t>(proof.recipient)},
                       {"status", std::uint64_t{head.status}},
                       {"fields", fields_value(head.fields)},
                       {"content", Value::hex(content)},
                       {"receipt", receipt_value(proof.receipt)},
                       {"receipt_jws", proof.receipt_jws},
                       {"request_salt", Value::hex(proof.request_salt)},
                       {"response_salt", Value::hex(proof.response_salt)}};
}

// Feeds `wire` in pieces of `step` bytes: any step must give the same.
Value open_in_pieces(const Value& question_input, ByteView wire, std::size_t step) {
  const auto question = make_question(question_input);
  crypto::ScriptedRng rng(question->random);
  auto sealed = seal::seal_request(question->request, rng);
  if (!sealed) throw std::invalid_argument("vector: the question does not seal");
  seal::AnswerOpener opener(std::move(sealed->pending));
  seal::AnswerOpener::Head head;
  Bytes content;
  const auto on_event = [&](const seal::AnswerOpener::Event& event) {
    if (const auto* h = std::get_if<seal::AnswerOpener::Head>(&event)) head = *h;
    if (const auto* c = std::get_if<seal::AnswerOpener::Content>(&event)) append(content, c->bytes);
  };
  for (ByteView left = wire; !left.empty();) {
    const ByteView piece = left.first(std::min(step, left.size()));
    if (const auto fed = opener.feed(piece, on_event); !fed) return error_value(fed.error());
    left = left.subspan(piece.size());
  }
  const auto proof = opener.finish();
  if (!proof) return error_value(proof.error());
  return proof_value(head, content, *proof);
}

}  // namespace

Bytes answer_wire(const Value& input, const Library& library) { return seal_answer(input, library).wire; }

Value run_answer(const Value& input, const Library& library) {
  const Value& question = question_input(input, library);
  const Sealed sealed = seal_answer(input, library);
  Bytes exporter_context;
  const Secret32 secret = response_secret(input, question, sealed, exporter_context);
  const Secret32 prk = seal::response_prk(sealed.preamble, secret);
  const seal::TrafficKeys keys = seal::response_keys(prk);
  const Secret32 salt = seal::response_salt(prk);
  Bytes content;
  for (const Value& piece : input.at("pieces").elements()) append(content, as_bytes(piece.text()));
  const auto status = static_cast<unsigned>(input.at("status").number());

  Value out = Value::Object{{"response_preamble", Value::hex(sealed.preamble.bytes)},
                            {"exporter_context", Value::hex(exporter_context)},
                            {"response_secret", Value::hex(secret.reveal())},
                            {"prk", Value::hex(prk.reveal())}};
  set_keys(out, keys);
  out.set("response_salt", Value::hex(salt.reveal()));
  out.set("chunks", chunk_values(ByteView(sealed.wire).subspan(seal::kResponsePreambleBytes), keys));
  out.set("answer", Value::hex(seal::answer_digest(to_array<32>(salt.reveal()), status, content)));
  out.set("receipt_jws", sealed.receipt_jws);
  out.set("wire", Value::hex(sealed.wire));
  return out;
}

Value run_open_answer(const Value& input, const Library& library) {
  const Value& question = question_input(input, library);
  const Bytes wire = library.resolve(input.at("wire"));
  Value whole = open_in_pieces(question, wire, wire.size());
  for (std::size_t step : {std::size_t{1}, std::size_t{77}}) {
    if (open_in_pieces(question, wire, step).flat() != whole.flat()) {
      throw std::invalid_argument("vector: pieces of " + std::to_string(step) + " give something else");
    }
  }
  return whole;
}

Value run_receipt(const Value& input, const Library&) {
  const std::string& jws = input.at("jws").text();
  const auto receipt = seal::verify_receipt(jws, input.at("receipt_key").bytes());
  if (!receipt) return error_value(receipt.error());
  Value out = receipt_value(*receipt);
  if (input.has("receipt_seed")) {
    const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32(input.at("receipt_seed").array<32>()));
    out.set("signed_again", seal::sign_receipt(*receipt, key));
  }
  return out;
}

}  // namespace aipg::vectors
