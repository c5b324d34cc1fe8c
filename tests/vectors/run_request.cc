// SPDX-License-Identifier: Apache-2.0
// Kinds preamble, chunks, seal, open.
#include <stdexcept>

#include "crypto/hpke_labels.h"
#include "run.h"
#include "seal/body_tables.h"
#include "seal/chunk_stream.h"
#include "seal_parts.h"

namespace aipg::crypto::hpke {

// Lets vectors show the parts of a key schedule.
struct ContextTestPeer {
  static void show(const Context& context, vectors::Value& out) {
    out.set("hpke_key", vectors::Value::hex(context.key_.reveal()));
    out.set("hpke_base_nonce", vectors::Value::hex(context.base_nonce_.reveal()));
    out.set("exporter_secret", vectors::Value::hex(context.exporter_secret_.reveal()));
  }
};

}  // namespace aipg::crypto::hpke

namespace aipg::vectors {
namespace {

using crypto::hpke::Suite;

Value routing_value(const seal::Routing& routing) {
  Value out = Value::Object{{"path", routing.path},
                            {"model", routing.model},
                            {"stream", routing.stream},
                            {"max_output_tokens", std::uint64_t{routing.max_output_tokens}},
                            {"padding", seal::to_text(routing.padding)}};
  if (routing.max_price) out.set("max_price", *routing.max_price);
  if (routing.affinity) out.set("affinity", Value::hex(*routing.affinity));
  return out;
}

Hash256 aad_of(const seal::Preamble& preamble) {
  std::vector<Hash256> kids;
  for (const seal::RecipientBlock& block : preamble.recipients) kids.push_back(block.kid);
  return seal::seal_aad(preamble.bytes.first(preamble.aad_prefix), kids);
}

Secret32 shared_secret(Suite suite, const crypto::hpke::KeyPair& pair, ByteView enc) {
  const auto secret = pair.decapsulate(enc);
  if (!secret) throw std::invalid_argument("vector: enc");
  return suite == Suite::xwing ? secret->clone() : crypto::hpke::dhkem_shared_secret(*secret, enc, pair.public_key());
}

Value recipient_value(Suite suite, const Value& of, const seal::RecipientBlock& block) {
  const crypto::hpke::KeyPair pair = key_pair(of, suite);
  const Bytes info = seal::seal_info(static_cast<std::uint16_t>(suite), block.kid);
  const auto context = crypto::hpke::setup_base_recipient(pair, block.enc, info);
  if (!context) throw std::invalid_argument("vector: a recipient of our own does not open");
  Value out = Value::Object{{"public_key", Value::hex(pair.public_key())},
                            {"kid", Value::hex(block.kid)},
                            {"info", Value::hex(info)},
                            {"enc", Value::hex(block.enc)},
                            {"shared_secret", Value::hex(shared_secret(suite, pair, block.enc).reveal())}};
  crypto::hpke::ContextTestPeer::show(*context, out);
  out.set("wrapped", Value::hex(block.wrapped));
  return out;
}

// What follows from the content secret, in the order of the specification.
void set_schedule(Value& out, const Secret32& content_secret, const seal::Preamble& preamble, ByteView chunks) {
  const Secret32 root = seal::seal_root(content_secret);
  const Hash256 transcript = seal::seal_transcript(preamble.bytes);
  const Secret32 prk = seal::request_prk(transcript, root);
  const seal::TrafficKeys keys = seal::request_keys(prk);
  out.set("root", Value::hex(root.reveal()));
  out.set("commitment", Value::hex(seal::seal_commitment(root, preamble.request_id)));
  out.set("transcript", Value::hex(transcript));
  out.set("traffic", Value::hex(crypto::hkdf_expand<32>(root.reveal(), {as_bytes("traffic")}).reveal()));
  out.set("prk", Value::hex(prk.reveal()));
  set_keys(out, keys);
  out.set("chunks", chunk_values(chunks, keys));
  out.set("request_salt", Value::hex(seal::request_salt(prk).reveal()));
}

Value fault_value(seal::ChunkFault fault) {
  constexpr std::string_view kNames[] = {"length", "open", "padding", "empty", "after_last"};
  return Value::Object{{"fault", kNames[static_cast<std::size_t>(fault)]}};
}

Value sealed_error(const seal::InnerError& error) {
  return Value::Object{{"sealed", Value::Object{{"status", std::uint64_t{error.status}},
                                                {"code", error.code.view()},
                                                {"parameter", error.parameter}}}};
}

Value refused(const Error& error) { return Value::Object{{"refused", error.code.view()}}; }

Value inner_value(const seal::InnerRequest& inner) {
  Value out = Value::Object{{"path", inner.path},
                            {"model", inner.model},
                            {"stream", inner.stream},
                            {"body", Value::hex(inner.body.reveal())},
                            {"max_tokens", inner.max_tokens},
                            {"choices", inner.choices}};
  if (inner.cache_salt) out.set("cache_salt", Value::hex(*inner.cache_salt));
  return out;
}

}  // namespace

Value run_preamble(const Value& input, const Library& library) {
  const Bytes wire = library.resolve(input.at("wire"));
  const auto parsed = seal::parse_preamble(wire);
  if (!parsed) return error_value(parsed.error());
  if (!*parsed) return Value::Object{{"incomplete", true}};
  const seal::Preamble& preamble = **parsed;
  Value::Array recipients;
  for (const seal::RecipientBlock& block : preamble.recipients) {
    recipients.push_back(Value::Object{
        {"kid", Value::hex(block.kid)}, {"enc", Value::hex(block.enc)}, {"wrapped", Value::hex(block.wrapped)}});
  }
  return Value::Object{{"length", static_cast<std::uint64_t>(preamble.bytes.size())},
                       {"suite", std::uint64_t{preamble.suite}},
                       {"request_id", Value::hex(preamble.request_id)},
                       {"expires_ms", preamble.expires_ms},
                       {"commitment", Value::hex(preamble.commitment)},
                       {"routing", seal::write_routing(preamble.routing)},
                       {"routing_members", routing_value(preamble.routing)},
                       {"recipients", std::move(recipients)},
                       {"aad", Value::hex(aad_of(preamble))},
                       {"transcript", Value::hex(seal::seal_transcript(preamble.bytes))}};
}

Value run_chunks(const Value& input, const Library& library) {
  const seal::TrafficKeys keys{Secret32(input.at("key").array<32>()),
                               SecretArray<12>(input.at("base_nonce").array<12>())};
  const bool is_request = input.at("direction").text() == "request";
  const Bytes wire = library.resolve(input.at("wire"));
  seal::ChunkOpener opener(keys, is_request ? seal::EmptyChunks::refused : seal::EmptyChunks::allowed);
  ByteView left = wire;
  Value::Array contents;
  while (true) {
    const auto chunk = opener.next(left);
    if (!chunk) return fault_value(chunk.error());
    if (!*chunk) break;
    contents.push_back(Value::hex((*chunk)->content));
  }
  if (!opener.finished()) return Value::Object{{"fault", "truncated"}};
  return Value::Object{{"contents", std::move(contents)}, {"chunks", chunk_values(wire, keys)}};
}

Value run_padding(const Value& input, const Library&) {
  const auto padding = seal::parse_padding(input.at("padding").text());
  if (!padding) return error_value(padding.error());
  Value::Array request, response;
  for (const Value& each : input.at("contents").elements()) {
    request.emplace_back(std::uint64_t{seal::request_chunk_plaintext(each.number(), true)});
    response.emplace_back(std::uint64_t{seal::response_chunk_plaintext(*padding, each.number())});
  }
  return Value::Object{{"last_request_chunk", std::move(request)}, {"response_chunk", std::move(response)}};
}

Bytes sealed_wire(const Value& input) {
  const auto question = make_question(input);
  crypto::ScriptedRng rng(question->random);
  auto sealed = seal::seal_request(question->request, rng);
  if (!sealed || !rng.exhausted()) throw std::invalid_argument("vector: sealing draws something else");
  return std::move(sealed->wire);
}

Value run_seal(const Value& input, const Library&) {
  const auto question = make_question(input);
  crypto::ScriptedRng rng(question->random);
  const auto sealed = seal::seal_request(question->request, rng);
  if (!sealed) return error_value(sealed.error());
  const auto preamble = seal::parse_preamble(sealed->wire);
  if (!preamble || !*preamble || !rng.exhausted()) throw std::invalid_argument("vector: our own preamble");
  const Secret32 content_secret(input.at("content_secret").array<32>());

  Value::Array recipients;
  const auto& of = input.at("recipients").elements();
  for (std::size_t i = 0; i < of.size(); ++i) {
    recipients.push_back(recipient_value(question->request.suite, of[i], (*preamble)->recipients[i]));
  }
  Value out = Value::Object{{"routing", seal::write_routing((*preamble)->routing)},
                            {"recipients", std::move(recipients)},
                            {"aad", Value::hex(aad_of(**preamble))}};
  set_schedule(out, content_secret, **preamble, ByteView(sealed->wire).subspan((*preamble)->bytes.size()));
  const auto salt = to_array<32>(out.at("request_salt").bytes());
  out.set("question", Value::hex(seal::question_digest(salt, question->request.body)));
  out.set("request_hash", Value::hex(crypto::sha256(sealed->wire)));
  out.set("preamble", Value::hex((*preamble)->bytes));
  out.set("wire", Value::hex(sealed->wire));
  return out;
}

Value run_open(const Value& input, const Library& library) {
  const Value& of = input.at("holder");
  const Holder holder = make_holder(of, suite_of(of));
  seal::KeyRing ring(input.has("replay_capacity") ? input.at("replay_capacity").number() : 1000);
  ring.add(holder.secrets);
  seal::RecipientContext context;
  context.ring = &ring;
  context.workload_hash = holder.workload_hash;
  if (input.has("offers")) {
    context.offers = [&](std::string_view model, std::string_view) { return model == input.at("offers").text(); };
  }
  const Instant now{static_cast<std::int64_t>(input.at("now_ms").number())};
  const Bytes wire = library.resolve(input.at("wire"));
  const std::uint64_t times = input.has("times") ? input.at("times").number() : 1;
  for (std::uint64_t i = 1; i < times; ++i) {
    seal::RequestOpener before(context, {}, now);
    if (!before.feed(wire)) throw std::invalid_argument("vector: an earlier opening failed");
  }

  seal::RequestOpener opener(context, {}, now);
  if (const auto fed = opener.feed(wire); !fed) return refused(fed.error());
  opener.end_of_stream();
  // What a stream that ended inside its preamble is called shows only now.
  if (const auto fed = opener.feed({}); !fed) return refused(fed.error());
  if (!opener.request()) return sealed_error(opener.request().error());
  return Value::Object{{"inner", inner_value(*opener.request())}};
}

Value run_inner_request(const Value& input, const Library& library) {
  const auto inner =
      seal::validate_inner(SecretBytes(library.resolve(input.at("wire"))), make_routing(input.at("routing")));
  if (!inner) return sealed_error(inner.error());
  return Value::Object{{"inner", inner_value(*inner)}};
}

// Member to rule, and the names that are known and refused.
Value run_allow_list(const Value& input, const Library&) {
  constexpr std::string_view kRules[] = {"any",           "off",          "absent",  "default_tier",
                                         "text_output",   "caller_tools", "model",   "stream",
                                         "output_tokens", "choices",      "prompts", "template_flags"};
  Value members, refused;
  for (const seal::Member& member : seal::members_of(input.at("path").text())) {
    const bool only_schemas = member.rule == seal::Rule::any && member.holds == seal::Holds::schemas;
    members.set(member.name, only_schemas ? "schemas" : kRules[static_cast<std::size_t>(member.rule)]);
  }
  for (const seal::Refusal& refusal : seal::refusals()) refused.set(refusal.name, "refused");
  return Value::Object{{"members", std::move(members)}, {"known_and_refused", std::move(refused)}};
}

Value run_body(const Value& input, const Library&) {
  const seal::Routing routing = make_routing(input.at("routing"));
  const auto checked = seal::validate_body(routing.path, input.at("body").text(), routing);
  if (!checked) return sealed_error(checked.error());
  return Value::Object{{"accepted", true}};
}

}  // namespace aipg::vectors
