// SPDX-License-Identifier: Apache-2.0
#include "seal_parts.h"

#include <stdexcept>

#include "base/byte_reader.h"
#include "crypto/aead.h"
#include "seal/chunk_stream.h"

namespace aipg::vectors {
namespace {

seal::RecipientKey recipient_key(const Value& of, crypto::hpke::Suite suite) {
  const auto suite_id = static_cast<std::uint16_t>(suite);
  // A key given outright is one that no seed makes.
  Bytes public_key = of.has("public_key") ? of.at("public_key").bytes() : to_bytes(key_pair(of, suite).public_key());
  return {.kid = seal::recipient_kid(suite_id, public_key),
          .public_key = std::move(public_key),
          .keyset_id = of.at("keyset_id").array<32>(),
          .receipt_key = crypto::Ed25519PrivateKey::from_seed(Secret32(of.at("receipt_seed").array<32>())).public_key(),
          .workload_hash = of.at("workload_hash").array<32>()};
}

// `@` in the body stands for `fill` times the letter x, so that long bodies make short files.
std::string body_text(const Value& input) {
  std::string out = input.at("body").text();
  if (!input.has("fill")) return out;
  const std::size_t at = out.find('@');
  return out.replace(at, 1, std::string(input.at("fill").number(), 'x'));
}

Bytes nonce_of(const SecretArray<12>& base, std::uint64_t number) {
  Bytes out = to_bytes(base.reveal());
  for (std::size_t i = 0; i < 8; ++i) out[11 - i] ^= static_cast<std::uint8_t>(number >> (8 * i));
  return out;
}

}  // namespace

crypto::hpke::Suite suite_of(const Value& input) {
  const auto suite = crypto::hpke::suite_from(static_cast<std::uint16_t>(input.at("suite").number()));
  if (!suite) throw std::invalid_argument("vector: suite");
  return *suite;
}

crypto::hpke::KeyPair key_pair(const Value& of, crypto::hpke::Suite suite) {
  return crypto::hpke::KeyPair::from_seed(suite, Secret32(of.at("seed").array<32>()));
}

Holder make_holder(const Value& of, crypto::hpke::Suite suite) {
  crypto::hpke::KeyPair pair = key_pair(of, suite);
  const Hash256 kid = seal::recipient_kid(static_cast<std::uint16_t>(suite), pair.public_key());
  std::vector<std::pair<Hash256, crypto::hpke::KeyPair>> keys;
  keys.emplace_back(kid, std::move(pair));
  auto receipt_key = crypto::Ed25519PrivateKey::from_seed(Secret32(of.at("receipt_seed").array<32>()));
  return {
      std::make_shared<seal::KeysetSecrets>(of.at("keyset_id").array<32>(), std::move(keys), std::move(receipt_key)),
      of.at("workload_hash").array<32>()};
}

seal::Routing make_routing(const Value& of) {
  seal::Routing out;
  out.path = of.at("path").text();
  out.model = of.at("model").text();
  out.stream = of.at("stream").flag();
  out.max_output_tokens = static_cast<std::uint32_t>(of.at("max_output_tokens").number());
  const auto padding = seal::parse_padding(of.at("padding").text());
  if (!padding) throw std::invalid_argument("vector: padding");
  out.padding = *padding;
  if (of.has("max_price")) out.max_price = of.at("max_price").number();
  if (of.has("affinity")) out.affinity = of.at("affinity").array<16>();
  return out;
}

std::unique_ptr<Question> make_question(const Value& input) {
  auto out = std::make_unique<Question>();
  seal::SealRequest& request = out->request;
  request.suite = suite_of(input);
  request.routing = make_routing(input.at("routing"));
  request.expires = {static_cast<std::int64_t>(input.at("expires_ms").number())};
  for (const Value& of : input.at("recipients").elements()) {
    request.recipients.push_back(recipient_key(of, request.suite));
  }
  if (input.has("cache_salt")) request.cache_salt = input.at("cache_salt").array<32>();
  out->body = body_text(input);
  request.body = as_bytes(out->body);
  out->random = input.at("request_id").bytes();
  append(out->random, input.at("content_secret").bytes());
  for (const Value& each : input.at("ephemeral").elements()) append(out->random, each.bytes());
  return out;
}

Value receipt_value(const seal::Receipt& receipt) {
  return Value::Object{{"job_id", Value::hex(receipt.job_id)},
                       {"request_id", Value::hex(receipt.request_id)},
                       {"keyset_id", Value::hex(receipt.keyset_id)},
                       {"workload_hash", Value::hex(receipt.workload_hash)},
                       {"model", receipt.model},
                       {"request_hash", Value::hex(receipt.request_hash)},
                       {"response_hash", Value::hex(receipt.response_hash)},
                       {"response_chunks", receipt.response_chunks},
                       {"question", Value::hex(receipt.question)},
                       {"answer", Value::hex(receipt.answer)},
                       {"tokens_in", receipt.tokens_in},
                       {"tokens_out", receipt.tokens_out},
                       {"issued_ms", static_cast<std::uint64_t>(receipt.issued.ms)},
                       {"duration_ms", receipt.duration_ms},
                       {"epoch", Value::hex(receipt.epoch)}};
}

void set_keys(Value& out, const seal::TrafficKeys& keys) {
  out.set("key", Value::hex(keys.key.reveal()));
  out.set("base_nonce", Value::hex(keys.base_nonce.reveal()));
}

Value chunk_values(ByteView wire, const seal::TrafficKeys& keys) {
  crypto::AeadOpener opener(keys.key, keys.base_nonce);
  ByteReader reader(wire);
  Value::Array out;
  while (reader.left() > 0) {
    const auto header_bytes = reader.array<seal::kChunkHeaderBytes>();
    const auto header = seal::parse_chunk_header(header_bytes);
    if (!header) throw std::invalid_argument("vector: a chunk of our own is malformed");
    const ByteView ciphertext = reader.take(header->ciphertext_bytes);
    Bytes plaintext(ciphertext.size() - crypto::kAeadTagBytes);
    const Bytes nonce = nonce_of(keys.base_nonce, opener.count());
    if (!opener.open(header_bytes, ciphertext, plaintext)) throw std::invalid_argument("vector: a chunk does not open");
    out.push_back(Value::Object{{"header", Value::hex(header_bytes)},
                                {"nonce", Value::hex(nonce)},
                                {"plaintext", Value::hex(plaintext)},
                                {"ciphertext", Value::hex(ciphertext)}});
  }
  return out;
}

}  // namespace aipg::vectors
