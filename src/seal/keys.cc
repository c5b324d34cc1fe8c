// SPDX-License-Identifier: Apache-2.0
#include "seal/keys.h"

#include "base/byte_reader.h"

namespace aipg::seal {
namespace {

ByteArray<2> u16_bytes(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

TrafficKeys expand_keys(const Secret32& prk, std::string_view key_label, std::string_view nonce_label) {
  return {crypto::hkdf_expand<32>(prk.reveal(), {as_bytes(key_label)}),
          crypto::hkdf_expand<12>(prk.reveal(), {as_bytes(nonce_label)})};
}

}  // namespace

Hash256 recipient_kid(std::uint16_t suite, ByteView public_key) {
  return crypto::sha256({u16_bytes(suite), public_key});
}

Bytes seal_info(std::uint16_t suite, const Hash256& kid) {
  return std::move(ByteWriter().text("aipg seal v1").u8(0).u16be(suite).bytes(kid)).take();
}

Hash256 seal_aad(ByteView through_count, const std::vector<Hash256>& kids) {
  crypto::Sha256 hash;
  hash.update(through_count);
  for (const Hash256& kid : kids) hash.update(kid);
  return hash.snapshot();
}

Secret32 seal_root(const Secret32& content_secret) {
  return crypto::hkdf_extract(as_bytes("aipg seal root v1"), content_secret.reveal());
}

Hash256 seal_commitment(const Secret32& root, const ByteArray<16>& request_id) {
  Hash256 out;
  crypto::hkdf_expand(root.reveal(), {as_bytes("commit"), request_id}, out);
  return out;
}

Hash256 seal_transcript(ByteView preamble) { return crypto::sha256(preamble); }

Secret32 request_prk(const Hash256& transcript, const Secret32& root) {
  const Secret32 traffic = crypto::hkdf_expand<32>(root.reveal(), {as_bytes("traffic")});
  return crypto::hkdf_extract(transcript, traffic.reveal());
}

TrafficKeys request_keys(const Secret32& prk) {
  return expand_keys(prk, "aipg request key v1", "aipg request nonce v1");
}

Secret32 request_salt(const Secret32& prk) {
  return crypto::hkdf_expand<32>(prk.reveal(), {as_bytes("aipg receipt request salt v1")});
}

Bytes response_exporter_context(const Hash256& transcript) {
  return std::move(ByteWriter().text("aipg response v1").bytes(transcript)).take();
}

Secret32 response_prk(const ResponsePreamble& preamble, const Secret32& response_secret) {
  return crypto::hkdf_extract(crypto::sha256(preamble.bytes), response_secret.reveal());
}

TrafficKeys response_keys(const Secret32& prk) {
  return expand_keys(prk, "aipg response key v1", "aipg response nonce v1");
}

Secret32 response_salt(const Secret32& prk) {
  return crypto::hkdf_expand<32>(prk.reveal(), {as_bytes("aipg receipt response salt v1")});
}

Hash256 question_digest(const Hash256& salt, ByteView body) { return crypto::hmac_sha256(salt, {body}); }

Hash256 question_digest(const Secret32& salt, ByteView body) { return crypto::hmac_sha256(salt.reveal(), {body}); }

Hash256 answer_digest(const Hash256& salt, unsigned status, ByteView body) {
  return crypto::hmac_sha256(salt, {u16_bytes(status), body});
}

crypto::HmacSha256 begin_answer_digest(const Secret32& salt, unsigned status) {
  crypto::HmacSha256 digest(salt.reveal());
  digest.update(u16_bytes(status));
  return digest;
}

}  // namespace aipg::seal
