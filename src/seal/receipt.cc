// SPDX-License-Identifier: Apache-2.0
#include "seal/receipt.h"

#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::seal {
namespace {

using codec::json::Tree;

constexpr std::string_view kHeader = R"({"alg":"Ed25519","typ":"aipg-receipt+jwt"})";
constexpr std::size_t kMaxReceiptBytes = 4096;
constexpr std::uint64_t kTokenStep = 32, kDurationStepMs = 100;

struct Parts {
  std::string_view signed_part, claims, signature;
};

Result<Parts> split(std::string_view jws) {
  if (jws.size() > kMaxReceiptBytes) return fail("receipt_invalid", "size");
  const std::size_t first = jws.find('.');
  const std::size_t second = first == jws.npos ? jws.npos : jws.find('.', first + 1);
  if (second == jws.npos) return fail("receipt_invalid", "parts");
  if (jws.substr(0, first) != codec::to_base64url(as_bytes(kHeader))) return fail("receipt_invalid", "header");
  return Parts{jws.substr(0, second), jws.substr(first + 1, second - first - 1), jws.substr(second + 1)};
}

Result<ByteArray<64>> decode_signature(std::string_view text) {
  const auto bytes = codec::from_base64url(text);
  if (!bytes || bytes->size() != 64) return fail("receipt_invalid", "signature");
  return to_array<64>(*bytes);
}

Result<void> read_usage(const std::optional<codec::json::Value>& usage, Receipt& out) {
  if (!usage) return fail("receipt_invalid", "usage");
  codec::json::Fields fields(*usage, "usage");
  out.tokens_in = fields.uint("in");
  out.tokens_out = fields.uint("out");
  if (!fields.finish()) return fail("receipt_invalid", "usage");
  return {};
}

void read_hashes(codec::json::Fields& fields, Receipt& out) {
  out.keyset_id = fields.array<32>("ks");
  out.workload_hash = fields.array<32>("wl");
  out.request_hash = fields.array<32>("req");
  out.response_hash = fields.array<32>("res");
  out.question = fields.array<32>("pq");
  out.answer = fields.array<32>("pr");
  out.epoch = fields.array<32>("epoch");
}

Result<Receipt> read_claims(std::string_view encoded) {
  const auto bytes = codec::from_base64url(encoded);
  if (!bytes) return fail("receipt_invalid", "claims");
  const auto document = codec::json::parse_canonical(as_text(*bytes), kMaxReceiptBytes);
  if (!document) return fail("receipt_invalid", "claims");

  codec::json::Fields fields(document->root(), "receipt");
  Receipt out;
  const std::uint64_t version = fields.uint("v");
  out.job_id = fields.array<16>("jti");
  out.request_id = fields.array<16>("rid");
  out.model = fields.string("model", 128);
  read_hashes(fields, out);
  out.response_chunks = fields.uint("n");
  out.issued.ms = static_cast<std::int64_t>(fields.uint("iat_ms"));
  out.duration_ms = fields.uint("dur_ms");
  const auto usage = fields.value("usage", codec::json::Kind::object);
  if (!fields.finish()) return fail("receipt_invalid", "claims");
  if (version != 1) return fail("receipt_invalid", "v");
  AIPG_CHECK(read_usage(usage, out));
  // Finer numbers than these would tell the gateway, which stores receipts, more than it may know.
  const bool rounded =
      out.tokens_in % kTokenStep == 0 && out.tokens_out % kTokenStep == 0 && out.duration_ms % kDurationStepMs == 0;
  if (!rounded) return fail("receipt_invalid", "rounding");
  return out;
}

}  // namespace

std::string receipt_signing_input(const Receipt& receipt) {
  const auto text = [](ByteView bytes) { return Tree(codec::to_base64url(bytes)); };
  const Tree claims(Tree::Object{
      {"v", std::uint64_t{1}},
      {"jti", text(receipt.job_id)},
      {"rid", text(receipt.request_id)},
      {"ks", text(receipt.keyset_id)},
      {"wl", text(receipt.workload_hash)},
      {"model", receipt.model},
      {"req", text(receipt.request_hash)},
      {"res", text(receipt.response_hash)},
      {"n", receipt.response_chunks},
      {"pq", text(receipt.question)},
      {"pr", text(receipt.answer)},
      {"usage", Tree::Object{{"in", receipt.tokens_in}, {"out", receipt.tokens_out}}},
      {"iat_ms", static_cast<std::uint64_t>(receipt.issued.ms)},
      {"dur_ms", receipt.duration_ms},
      {"epoch", text(receipt.epoch)},
  });
  return codec::to_base64url(as_bytes(kHeader)) + "." + codec::to_base64url(as_bytes(claims.write()));
}

Result<Receipt> verify_receipt(std::string_view jws, ByteView receipt_public_key) {
  AIPG_TRY(const Parts parts, split(jws));
  AIPG_TRY(const ByteArray<64> signature, decode_signature(parts.signature));
  if (!crypto::ed25519_verify(receipt_public_key, as_bytes(parts.signed_part), signature)) {
    return fail("receipt_signature");
  }
  return read_claims(parts.claims);
}

Result<Receipt> parse_receipt(std::string_view jws) {
  AIPG_TRY(const Parts parts, split(jws));
  AIPG_CHECK(decode_signature(parts.signature));
  return read_claims(parts.claims);
}

}  // namespace aipg::seal
