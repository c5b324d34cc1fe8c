// SPDX-License-Identifier: Apache-2.0
// Kinds answer, open_answer, receipt.
#include <functional>

#include "base/byte_reader.h"
#include "cases.h"
#include "codec/base64.h"
#include "codec/bhttp.h"
#include "crypto/aead.h"
#include "seal/chunk_stream.h"
#include "seal_parts.h"

namespace aipg::vectors {
namespace {

constexpr std::uint64_t kIssued = 1'795'348'801'234;
const std::string kJson = "answer/json.json";

Value answer_input(std::string_view request, std::uint64_t recipient, std::uint64_t status,
                   std::string_view content_type, std::initializer_list<std::string_view> pieces) {
  Value::Array texts(pieces.begin(), pieces.end());
  return Value::Object{
      {"request", request},
      {"recipient", recipient},
      {"job_id", Value::hex(ByteView(made_of("job id")).first(16))},
      {"nonce", hex_of("response nonce")},
      {"status", status},
      {"fields", Value::Array{Value(Value::Array{"content-type", content_type})}},
      {"pieces", std::move(texts)},
      {"usage",
       Value::Object{{"in", std::uint64_t{17}}, {"out", std::uint64_t{33}}, {"duration_ms", std::uint64_t{1'201}}}},
      {"issued_ms", kIssued}};
}

Value open_input(const Cases& cases, const std::string& answer, Value wire) {
  return Value::Object{{"request", cases.input(answer).at("request")}, {"wire", std::move(wire)}};
}

void add_damaged(Cases& cases) {
  const std::string file = "answer/stream.json";
  const Bytes wire = cases.expect(file).at("wire").bytes();
  std::vector<std::size_t> at{seal::kResponsePreambleBytes};
  while (at.back() < wire.size()) {
    const auto header = seal::parse_chunk_header(to_array<4>(ByteView(wire).subspan(at.back(), 4)));
    at.push_back(at.back() + 4 + header->ciphertext_bytes);
  }
  const auto add = [&](const char* name, const char* edit, std::size_t from, std::size_t remove, const Bytes& insert,
                       const char* code) {
    cases.negative(std::string("open_answer/") + name + ".json", "open_answer", "An answer damaged on its way.", edit,
                   open_input(cases, file, edited(file, from, remove, insert)), code);
  };
  const auto flip = [&](const char* name, const char* edit, std::size_t from, const char* code) {
    add(name, edit, from, 1, {static_cast<std::uint8_t>(wire[from] ^ 1)}, code);
  };
  const auto part = [&](std::size_t from, std::size_t to) {
    return Bytes(wire.begin() + static_cast<std::ptrdiff_t>(from), wire.begin() + static_cast<std::ptrdiff_t>(to));
  };
  flip("magic", "a bit of the magic", 3, "response_malformed");
  add("version_2", "version 2", 8, 1, {2}, "response_malformed");
  flip("kid", "a bit of the kid", 9, "response_unknown_kid");
  const Bytes sibling = cases.expect("seal/xwing_two_recipients.json").at("recipients").elements()[0].at("kid").bytes();
  add("sibling_kid", "the other recipient's kid", 9, 32, sibling, "response_open_failed");
  flip("nonce", "a bit of the nonce", 41, "response_open_failed");
  flip("chunk", "a bit of the first chunk", at[0] + 10, "response_open_failed");
  flip("last_chunk", "a bit of the last chunk", wire.size() - 1, "response_open_failed");
  add("dropped", "the second chunk is missing", at[1], at[2] - at[1], {}, "response_open_failed");
  add("repeated", "the first chunk twice", at[1], 0, part(at[0], at[1]), "response_open_failed");
  Bytes exchanged = part(at[1], at[2]);
  append(exchanged, part(at[0], at[1]));
  add("exchanged", "the first two chunks exchanged", at[0], at[2] - at[0], exchanged, "response_open_failed");
  add("length_3", "a chunk of length 3", at[0], 4, {0, 0, 0, 3}, "response_malformed");
  const std::size_t last = at[at.size() - 2];
  add("last_chunk_missing", "the last chunk is missing", last, wire.size() - last, {}, "response_truncated");
  add("cut", "the last byte is missing", wire.size() - 1, 1, {}, "response_truncated");
  add("preamble_cut", "less than a preamble", 72, wire.size() - 72, {}, "response_truncated");
  add("nothing", "nothing at all", 0, wire.size(), {}, "response_truncated");
  add("trailing", "a byte after the last chunk", wire.size(), 0, {0}, "response_malformed");
  cases.negative("open_answer/to_another_request.json", "open_answer", "An answer damaged on its way.",
                 "the answer to another request of the same worker", open_input(cases, kJson, of("answer/error.json")),
                 "response_unknown_kid");
}

// What a worker that breaks the rules may send: its own keys, other contents.
struct Forgery {
  std::vector<Bytes> contents;  // of the chunks before the last
  Bytes last;
  bool dirty = false;  // padding of the first chunk is not zero
};

struct Original {
  seal::TrafficKeys keys;
  Bytes preamble;
  std::vector<Bytes> contents;
  seal::Receipt receipt;
};

Original original(const Cases& cases, const std::string& file) {
  const Value& expect = cases.expect(file);
  Original out{{Secret32(expect.at("key").array<32>()), SecretArray<12>(expect.at("base_nonce").array<12>())},
               expect.at("response_preamble").bytes(),
               {},
               *seal::parse_receipt(expect.at("receipt_jws").text())};
  for (const Value& chunk : expect.at("chunks").elements()) {
    const Bytes plaintext = chunk.at("plaintext").bytes();
    ByteReader reader(plaintext);
    const std::size_t n = reader.u32be();
    out.contents.push_back(to_bytes(reader.take(n)));
  }
  out.contents.pop_back();
  return out;
}

Bytes seal_forgery(const Original& from, const Forgery& forgery) {
  crypto::AeadSealer aead(from.keys.key, from.keys.base_nonce);
  Bytes out = from.preamble;
  const auto seal_one = [&](const Bytes& content, bool last, bool dirty) {
    ByteWriter plain;
    plain.u32be(static_cast<std::uint32_t>(content.size())).bytes(content);
    plain.zeros(seal::response_chunk_plaintext(seal::Padding::p1, content.size()) - plain.size());
    Bytes bytes = std::move(plain).take();
    if (dirty) bytes.back() = 1;
    const auto header = seal::write_chunk_header({static_cast<std::uint32_t>(bytes.size() + 16), last});
    Bytes ciphertext(bytes.size() + 16);
    aead.seal(header, bytes, ciphertext);
    append(out, header);
    append(out, ciphertext);
  };
  for (const Bytes& content : forgery.contents) seal_one(content, false, forgery.dirty);
  seal_one(forgery.last, true, false);
  return out;
}

crypto::Ed25519PrivateKey receipt_key(std::string_view worker) {
  return crypto::Ed25519PrivateKey::from_seed(Secret32(made_of("receipt seed of " + std::string(worker))));
}

Bytes end_with(std::string_view jws) { return codec::bhttp::write_response_end({{"aipg-receipt", std::string(jws)}}); }

void add_forged_receipts(Cases& cases) {
  const Original from = original(cases, kJson);
  const auto add = [&](const char* name, const char* edit, const std::function<void(seal::Receipt&)>& change) {
    seal::Receipt receipt = from.receipt;
    change(receipt);
    const Bytes wire =
        seal_forgery(from, {from.contents, end_with(seal::sign_receipt(receipt, receipt_key("worker a"))), false});
    cases.negative(std::string("open_answer/receipt_") + name + ".json", "open_answer",
                   "A receipt that speaks of something else, properly signed.", edit,
                   open_input(cases, kJson, Value::hex(wire)), "receipt_mismatch");
  };
  add("rid", "another request id", [](auto& r) { r.request_id[0] ^= 1; });
  add("ks", "another keyset", [](auto& r) { r.keyset_id[0] ^= 1; });
  add("wl", "another workload", [](auto& r) { r.workload_hash[0] ^= 1; });
  add("model", "another model", [](auto& r) { r.model = "another"; });
  add("req", "another request", [](auto& r) { r.request_hash[0] ^= 1; });
  add("res", "another response", [](auto& r) { r.response_hash[0] ^= 1; });
  add("n", "one chunk more", [](auto& r) { ++r.response_chunks; });
  add("pq", "another question", [](auto& r) { r.question[0] ^= 1; });
  add("pr", "another answer", [](auto& r) { r.answer[0] ^= 1; });
}

void add_forged_answers(Cases& cases) {
  const Original from = original(cases, kJson);
  const std::string jws = cases.expect(kJson).at("receipt_jws").text();
  const auto add = [&](const char* name, const char* edit, const Forgery& forgery, const char* code) {
    cases.negative(std::string("open_answer/") + name + ".json", "open_answer", "An answer whose worker broke a rule.",
                   edit, open_input(cases, kJson, Value::hex(seal_forgery(from, forgery))), code);
  };
  const std::string by_other = seal::sign_receipt(from.receipt, receipt_key("worker b"));
  add("receipt_by_another_worker", "the receipt is signed by another worker's key",
      {from.contents, end_with(by_other), false}, "receipt_signature");
  add("no_receipt", "no trailer", {from.contents, codec::bhttp::write_response_end({}), false}, "receipt_invalid");
  add("other_trailer", "another trailer beside the receipt",
      {from.contents, codec::bhttp::write_response_end({{"aipg-receipt", jws}, {"x", "y"}}), false}, "receipt_invalid");
  add("receipt_not_jws", "the receipt is no JWS", {from.contents, end_with("a.b"), false}, "receipt_invalid");
  add("padding_not_zero", "padding that is not zero", {from.contents, end_with(jws), true}, "response_malformed");
  Bytes late = codec::bhttp::content_chunk_header(1);
  late.push_back('x');
  append(late, end_with(jws));
  add("content_in_the_last_chunk", "content in the last chunk", {from.contents, late, false}, "response_malformed");
  std::vector<Bytes> early = from.contents;
  early.back().push_back(0);
  const Bytes rest = end_with(jws);
  add("terminator_too_early", "the content terminator stands before the last chunk",
      {early, Bytes(rest.begin() + 1, rest.end()), false}, "response_malformed");
  Bytes unended = end_with(jws);
  unended.pop_back();
  add("trailers_unended", "the trailers do not end", {from.contents, unended, false}, "response_malformed");
  std::vector<Bytes> informational = from.contents;
  informational[0][1] = 0x40, informational[0][2] = 100;
  add("status_100", "an informational status", {informational, end_with(jws), false}, "response_malformed");
  std::vector<Bytes> known = from.contents;
  known[0][0] = 1;
  add("known_length", "a response of known length", {known, end_with(jws), false}, "response_malformed");
}

std::string signed_claims(std::string_view header, std::string_view claims) {
  std::string out = codec::to_base64url(as_bytes(header)) + "." + codec::to_base64url(as_bytes(claims));
  return out + "." + codec::to_base64url(receipt_key("worker a").sign(as_bytes(out)));
}

void add_refused_receipts(Cases& cases, const std::string& good, const std::string& claims) {
  constexpr std::string_view kHeader = R"({"alg":"Ed25519","typ":"aipg-receipt+jwt"})";
  const Value key = Value::hex(receipt_key("worker a").public_key());
  const auto add = [&](const char* name, const char* edit, std::string jws, const char* code) {
    cases.negative(std::string("receipt/") + name + ".json", "receipt", "A receipt that is refused.", edit,
                   Value::Object{{"jws", std::move(jws)}, {"receipt_key", key}}, code);
  };
  const auto claim = [&](const char* name, const char* edit, std::string_view from, std::string_view to) {
    add(name, edit, signed_claims(kHeader, replaced(claims, from, to)), "receipt_invalid");
  };
  add("header_reordered", "the header's members exchanged, signed so",
      signed_claims(R"({"typ":"aipg-receipt+jwt","alg":"Ed25519"})", claims), "receipt_invalid");
  add("header_eddsa", "alg EdDSA, signed so", signed_claims(R"({"alg":"EdDSA","typ":"aipg-receipt+jwt"})", claims),
      "receipt_invalid");
  add("header_register", "the header of a registration, signed so",
      signed_claims(R"({"alg":"Ed25519","typ":"aipg-register+jwt"})", claims), "receipt_invalid");
  add("two_parts", "no signature", good.substr(0, good.rfind('.')), "receipt_invalid");
  add("signature_short", "the signature's last four characters are missing", good.substr(0, good.size() - 4),
      "receipt_invalid");
  std::string flipped = good;
  flipped[good.rfind('.') + 1] = good[good.rfind('.') + 1] == 'A' ? 'B' : 'A';
  add("signature_flipped", "the signature's first character", flipped, "receipt_signature");
  std::string other = good;
  const std::size_t second = good.find('.') + 3;
  other[second] = good[second] == 'A' ? 'B' : 'A';
  add("claims_flipped", "a character of the claims", other, "receipt_signature");
  add("padded", "base64 padding after the signature", good + "==", "receipt_invalid");
  claim("space", "a space in the claims, signed so", R"("v":1)", R"("v": 1)");
  claim("v_2", "v is 2, signed so", R"("v":1)", R"("v":2)");
  claim("no_epoch", "no epoch, signed so", claims.substr(claims.find(R"("epoch")"), 54), "");
  claim("extra", "a claim more, signed so", R"("v":1)", R"("v":1,"x":1)");
  claim("usage_extra", "a member more in usage, signed so", R"("usage":{)", R"("usage":{"cached":0,)");
  claim("tokens_not_rounded", "tokens that are not rounded, signed so", R"("in":32)", R"("in":17)");
  claim("duration_not_rounded", "a duration that is not rounded, signed so", R"("dur_ms":1300)", R"("dur_ms":1201)");
  claim("n_as_text", "n as text, signed so", R"("n":)", R"("n":"1","o":)");
}

}  // namespace

void add_answer_cases(Cases& cases) {
  cases.positive(kJson, "answer", "A JSON answer in one piece.",
                 answer_input("seal/x25519_one_recipient.json", 0, 200, "application/json",
                              {R"({"choices":[{"message":{"content":"Paris."}}]})"}));
  cases.positive("answer/stream.json", "answer", "A stream in three pieces, by the second recipient, post-quantum.",
                 answer_input("seal/xwing_two_recipients.json", 1, 200, "text/event-stream",
                              {"data: {\"a\":1}\n\n", "data: {\"b\":2}\n\n", "data: [DONE]\n\n"}));
  Value quick = answer_input("seal/x25519_three_recipients.json", 2, 200, "text/event-stream",
                             {"data: 1\n\n", "", "data: 2\n\n"});
  quick.set("epoch", hex_of("epoch"));
  cases.positive("answer/p0.json", "answer", "Padding p0, an empty piece in between, and an epoch.", std::move(quick));
  cases.positive("answer/error.json", "answer", "A sealed error is an answer like any other.",
                 answer_input("seal/x25519_three_recipients.json", 1, 400, "application/json",
                              {R"({"error":{"code":"unknown_parameter"}})"}));
  cases.positive("answer/empty.json", "answer", "An answer without content.",
                 answer_input("seal/x25519_one_recipient.json", 0, 200, "application/json", {}));
}

void add_open_answer_cases(Cases& cases) {
  for (const char* name : {"json", "stream", "p0", "error", "empty"}) {
    const std::string answer = std::string("answer/") + name + ".json";
    cases.positive(std::string("open_answer/") + name + ".json", "open_answer", "The client that asked opens it.",
                   open_input(cases, answer, of(answer)));
  }
  add_damaged(cases);
  add_forged_receipts(cases);
  add_forged_answers(cases);
}

void add_receipt_cases(Cases& cases) {
  const std::string good = cases.expect(kJson).at("receipt_jws").text();
  const std::size_t first = good.find('.'), second = good.rfind('.');
  const std::string claims = to_text(*codec::from_base64url(good.substr(first + 1, second - first - 1)));
  cases.positive("receipt/good.json", "receipt", "A receipt, and the same signed again: Ed25519 is deterministic.",
                 Value::Object{{"jws", good},
                               {"receipt_key", Value::hex(receipt_key("worker a").public_key())},
                               {"receipt_seed", hex_of("receipt seed of worker a")}});
  cases.negative("receipt/other_key.json", "receipt", "A receipt that is refused.", "another worker's key",
                 Value::Object{{"jws", good}, {"receipt_key", Value::hex(receipt_key("worker b").public_key())}},
                 "receipt_signature");
  add_refused_receipts(cases, good, claims);
}

}  // namespace aipg::vectors
