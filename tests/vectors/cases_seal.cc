// SPDX-License-Identifier: Apache-2.0
// Kinds seal and preamble.
#include "base/byte_reader.h"
#include "cases.h"
#include "seal/preamble.h"

namespace aipg::vectors {
namespace {

constexpr std::uint64_t kExpires = 1'795'348'920'000;  // 2026-11-22T12:02:00Z
constexpr std::uint64_t kX25519 = 1, kXwing = 2;
constexpr std::string_view kBody =
    R"({"model":"smollm2-135m","messages":[{"role":"user","content":"What is the capital of France?"}]})";
constexpr std::string_view kStreamBody =
    R"({"model":"smollm2-135m","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"Tell me a story."}]})";

Value recipient(std::string_view name) {
  const std::string label(name);
  return Value::Object{{"seed", hex_of("seed of " + label)},
                       {"keyset_id", hex_of("keyset of " + label)},
                       {"workload_hash", hex_of("workload")},
                       {"receipt_seed", hex_of("receipt seed of " + label)}};
}

Value routing(bool stream, std::uint64_t tokens, std::string_view padding) {
  return Value::Object{{"path", "/v1/chat/completions"},
                       {"model", "smollm2-135m"},
                       {"stream", stream},
                       {"max_output_tokens", tokens},
                       {"padding", padding}};
}

Value question(std::uint64_t suite, std::initializer_list<std::string_view> names, Value with_routing,
               std::string_view body) {
  Value::Array recipients, ephemeral;
  for (std::string_view name : names) {
    recipients.push_back(recipient(name));
    const std::string label = "ephemeral for " + std::string(name);
    Bytes draw = to_bytes(ByteView(made_of(label)));
    if (suite == kXwing) append(draw, made_of(label + ", x25519"));
    ephemeral.push_back(Value::hex(draw));
  }
  return Value::Object{{"suite", suite},
                       {"request_id", Value::hex(ByteView(made_of("request id")).first(16))},
                       {"content_secret", hex_of("content secret")},
                       {"ephemeral", std::move(ephemeral)},
                       {"recipients", std::move(recipients)},
                       {"routing", std::move(with_routing)},
                       {"expires_ms", kExpires},
                       {"body", body}};
}

void add_refused_questions(Cases& cases) {
  const Value& good = cases.input("seal/x25519_one_recipient.json");
  const auto add = [&](const char* name, const char* edit, Value input, const char* code) {
    cases.negative(std::string("seal/") + name + ".json", "seal", "What a sender must not seal.", edit,
                   std::move(input), code);
  };
  Value twice = question(kX25519, {"worker a", "worker b"}, routing(false, 256, "p1"), kBody);
  Value::Array pair = twice.at("recipients").elements();
  pair[1].set("keyset_id", hex_of("keyset of worker a"));
  twice.set("recipients", std::move(pair));
  add("same_keyset_twice", "the second recipient is of the first's keyset", std::move(twice), "seal_recipients");
  add("four_recipients", "four recipients",
      question(kX25519, {"worker a", "worker b", "worker c", "worker d"}, routing(false, 256, "p1"), kBody),
      "seal_recipients");
  add("no_recipient", "no recipient", question(kX25519, {}, routing(false, 256, "p1"), kBody), "seal_recipients");
  Value low_order = good;
  Value weak = recipient("worker a");
  weak.set("public_key", Value::hex(Bytes(32)));
  low_order.set("recipients", Value::Array{std::move(weak)});
  add("low_order_key", "a public key that makes every shared secret zero", std::move(low_order), "hpke_public_key");
  Value price = good;
  Value odd = routing(false, 256, "p1");
  odd.set("max_price", std::uint64_t{1234});
  price.set("routing", std::move(odd));
  add("exact_price", "a price with four significant digits", std::move(price), "malformed_seal");
  Value tokens = good;
  tokens.set("routing", routing(false, 300, "p1"));
  add("exact_tokens", "max_output_tokens is no power of two", std::move(tokens), "malformed_seal");
  Value large = good;
  large.set("body", R"({"model":"smollm2-135m","prompt":"@"})");
  large.set("fill", std::uint64_t{32U << 20});
  add("too_large", "a body of more than 32 MiB", std::move(large), "seal_body_too_large");
}

// The preamble of `file` with another routing document.
Value with_routing(const Cases& cases, const std::string& file, std::string_view document) {
  const Bytes preamble = cases.expect(file).at("preamble").bytes();
  const auto parsed = seal::parse_preamble(preamble);
  const std::size_t after = 69 + seal::write_routing((*parsed)->routing).size();
  ByteWriter out;
  out.bytes(ByteView(preamble).first(67)).u16be(static_cast<std::uint16_t>(document.size())).text(document);
  out.bytes(ByteView(preamble).subspan(after));
  return Value::hex(out.view());
}

void add_refused_routings(Cases& cases) {
  const std::string file = "seal/x25519_one_recipient.json";
  const std::string good = cases.expect(file).at("routing").text();
  const auto add = [&](const char* name, const char* edit, std::string_view from, std::string_view to) {
    std::string document = good;
    document.replace(document.find(from), from.size(), to);
    cases.negative(std::string("preamble/routing_") + name + ".json", "preamble", "A routing that is refused.", edit,
                   Value::Object{{"wire", with_routing(cases, file, document)}}, "malformed_seal");
  };
  add("unknown_member", "a member more", R"("padding")", R"("organisation":"x","padding")");
  add("missing_member", "no stream", R"(,"stream":false)", "");
  add("space", "a space", R"("padding":)", R"("padding": )");
  add("not_sorted", "model after its place", R"("method":"POST","model":"smollm2-135m",)",
      R"("model":"smollm2-135m","method":"POST",)");
  add("get", "method GET", R"("POST")", R"("GET")");
  add("other_path", "a path that is not on the list", "/v1/chat/completions", "/v1/files");
  add("query", "a query after the path", "/v1/chat/completions", "/v1/chat/completions?a=b");
  add("empty_model", "an empty model", "smollm2-135m", "");
  add("model_with_space", "a space in the model", "smollm2-135m", "smollm2 135m");
  add("model_of_129_characters", "a model of 129 characters", "smollm2-135m", std::string(129, 'm'));
  add("tokens_128", "fewer tokens than 256", "256", "128");
  add("tokens_300", "tokens that are no power of two", "256", "300");
  add("tokens_4294967296", "more tokens than 2^31", "256", "4294967296");
  add("stream_as_text", "stream as text", R"("stream":false)", R"("stream":"false")");
  add("padding_p2", "a rate without its number", R"("p1")", R"("p2")");
  add("padding_p2_3", "a rate that is no power of two", R"("p1")", R"("p2:3")");
  add("padding_p2_02", "a rate with a leading zero", R"("p1")", R"("p2:02")");
  add("padding_p2_128", "a rate over 64 KiB", R"("p1")", R"("p2:128")");
  add("padding_capital", "a capital letter", R"("p1")", R"("P2:2")");
  add("padding_p2_1_long_model", "p2:1 and a model of 65 characters: its receipt may not fit",
      R"("smollm2-135m","padding":"p1")", R"(")" + std::string(65, 'm') + R"(","padding":"p2:1")");
  add("padding_p2_1_escaped_model", "p2:1 and a model of 65 characters as JSON writes it",
      R"("smollm2-135m","padding":"p1")", R"("\"\\)" + std::string(61, 'm') + R"(","padding":"p2:1")");
  add("padding_p9", "a padding nobody knows", R"("p1")", R"("p9")");
  add("price_as_number", "max_price as a number", R"("method")", R"("max_price":100,"method")");
  add("price_three_digits", "three significant digits", R"("method")", R"("max_price":"123","method")");
  add("price_leading_zero", "a leading zero", R"("method")", R"("max_price":"012","method")");
  add("affinity_of_15_bytes", "an affinity of 15 bytes", "{", R"({"affinity":"AAAAAAAAAAAAAAAAAAAA",)");
  add("too_long", "more than 1,024 bytes", "smollm2-135m", std::string(1024, 'm'));
}

void add_refused_preambles(Cases& cases) {
  const std::string file = "seal/x25519_three_recipients.json";
  const std::size_t count_at = 69 + cases.expect(file).at("routing").text().size();
  const auto add = [&](const char* name, const char* edit, std::size_t at, std::size_t remove, const Bytes& insert,
                       const char* code) {
    cases.negative(std::string("preamble/") + name + ".json", "preamble", "A preamble that is refused.", edit,
                   Value::Object{{"wire", edited(file, at, remove, insert)}}, code);
  };
  add("magic", "the last letter of the magic", 7, 1, {'M'}, "malformed_seal");
  add("version_0", "version 0", 8, 1, {0}, "unsupported_version");
  add("version_2", "version 2", 8, 1, {2}, "unsupported_version");
  add("suite_0", "suite 0", 9, 2, {0, 0}, "unsupported_suite");
  add("suite_3", "suite 3", 9, 2, {0, 3}, "unsupported_suite");
  add("routing_len_1025", "routing_len 1,025", 67, 2, {4, 1}, "malformed_seal");
  add("routing_len_0", "routing_len 0", 67, 2, {0, 0}, "malformed_seal");
  add("count_0", "count 0", count_at, 1, {0}, "malformed_seal");
  add("count_4", "count 4", count_at, 1, {4}, "malformed_seal");
  const Bytes first_kid = cases.expect(file).at("recipients").elements()[0].at("kid").bytes();
  add("kid_twice", "the third kid is the first", count_at + 1 + 2 * (32 + 32 + 48), 32, first_kid, "malformed_seal");
}

void add_partial_preambles(Cases& cases) {
  const std::string file = "seal/x25519_one_recipient.json";
  const std::size_t whole = cases.expect(file).at("preamble").bytes().size();
  const std::size_t all = cases.expect(file).at("wire").bytes().size();
  for (std::size_t kept : {std::size_t{0}, std::size_t{5}, std::size_t{68}, std::size_t{100}, whole - 1}) {
    cases.positive("preamble/first_" + std::to_string(kept) + "_bytes.json", "preamble",
                   "What has come so far is the start of a preamble: more is needed.",
                   Value::Object{{"wire", edited(file, kept, all - kept, {})}});
  }
}

}  // namespace

void add_seal_cases(Cases& cases) {
  cases.positive("seal/x25519_one_recipient.json", "seal", "The smallest request: one recipient, strict mode.",
                 question(kX25519, {"worker a"}, routing(false, 256, "p1"), kBody));
  Value full = routing(true, 1024, "p1");
  full.set("max_price", std::uint64_t{25'000});
  full.set("affinity", Value::hex(ByteView(made_of("affinity")).first(16)));
  Value hybrid = question(kXwing, {"worker a", "worker b"}, std::move(full), kStreamBody);
  hybrid.set("cache_salt", hex_of("cache salt"));
  cases.positive("seal/xwing_two_recipients.json", "seal",
                 "Post-quantum, two recipients, every optional member and the cache salt.", std::move(hybrid));
  cases.positive("seal/x25519_three_recipients.json", "seal", "Three recipients; padding p0.",
                 question(kX25519, {"worker a", "worker b", "worker c"}, routing(true, 512, "p0"), kStreamBody));
  Value two_chunks = question(kX25519, {"worker a"}, routing(false, 256, "p1"),
                              R"({"model":"smollm2-135m","messages":[{"role":"user","content":"@"}]})");
  two_chunks.set("fill", std::uint64_t{70'000});
  cases.positive("seal/x25519_two_chunks.json", "seal", "A body that needs a full chunk of 64 KiB and a padded one.",
                 std::move(two_chunks));
  cases.positive("seal/x25519_constant_rate.json", "seal", "An answer at a constant rate is asked for.",
                 question(kX25519, {"worker a"}, routing(true, 256, "p2:1"), kStreamBody));
  add_refused_questions(cases);
}

void add_preamble_cases(Cases& cases) {
  for (const char* name :
       {"x25519_one_recipient", "xwing_two_recipients", "x25519_three_recipients", "x25519_constant_rate"}) {
    cases.positive(std::string("preamble/") + name + ".json", "preamble",
                   "A preamble is read from the front of a request and ends where its recipients end.",
                   Value::Object{{"wire", of(std::string("seal/") + name + ".json")}});
  }
  add_partial_preambles(cases);
  add_refused_preambles(cases);
  add_refused_routings(cases);
}

}  // namespace aipg::vectors
