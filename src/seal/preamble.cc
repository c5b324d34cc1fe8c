// SPDX-License-Identifier: Apache-2.0
#include "seal/preamble.h"

#include "base/byte_reader.h"
#include "crypto/hpke.h"

namespace aipg::seal {
namespace {

constexpr std::size_t kRoutingLengthOffset = 8 + 1 + 2 + 16 + 8 + 32;
constexpr std::size_t kRoutingOffset = kRoutingLengthOffset + 2;

// What can be refused before the whole preamble is here.
Result<void> check_start(ByteView in, std::string_view magic) {
  const std::size_t n = std::min(in.size(), magic.size());
  if (!equal(in.first(n), as_bytes(magic).first(n))) return fail("malformed_seal", "magic");
  if (in.size() > magic.size() && in[magic.size()] != kVersion) return fail("unsupported_version");
  return {};
}

void read_fixed(ByteReader& reader, Preamble& out) {
  reader.skip(kRequestMagic.size() + 1);
  out.suite = reader.u16be();
  out.request_id = reader.array<16>();
  out.expires_ms = reader.u64be();
  out.commitment = reader.array<32>();
}

Result<void> read_recipients(ByteReader& reader, std::size_t count, std::size_t enc_bytes, Preamble& out) {
  out.recipients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    RecipientBlock block;
    block.kid = reader.array<32>();
    block.enc = reader.take(enc_bytes);
    block.wrapped = reader.array<kWrappedBytes>();
    for (const RecipientBlock& other : out.recipients) {
      if (other.kid == block.kid) return fail("malformed_seal", "recipient");
    }
    out.recipients.push_back(block);
  }
  return {};
}

}  // namespace

Result<std::optional<Preamble>> parse_preamble(ByteView in) {
  AIPG_CHECK(check_start(in, kRequestMagic));
  if (in.size() < kRoutingOffset) return std::nullopt;

  Preamble out;
  ByteReader reader(in);
  read_fixed(reader, out);
  const std::size_t routing_bytes = reader.u16be();
  if (routing_bytes > kMaxRoutingBytes) return fail("malformed_seal", "routing_len");
  if (reader.left() < routing_bytes + 1) return std::nullopt;
  const ByteView routing = reader.take(routing_bytes);
  const std::size_t count = reader.u8();
  if (count < 1 || count > kMaxRecipients) return fail("malformed_seal", "count");
  out.aad_prefix = reader.offset();

  const auto suite = crypto::hpke::suite_from(out.suite);
  const std::size_t enc_bytes = suite ? crypto::hpke::enc_bytes(*suite) : 0;
  // The routing is read once, when nothing more has to come: bytes that dribble in cost no parsing.
  if (suite && reader.left() < count * (32 + enc_bytes + kWrappedBytes)) return std::nullopt;
  AIPG_TRY(out.routing, parse_routing(routing));
  if (!suite) return fail("unsupported_suite");
  AIPG_CHECK(read_recipients(reader, count, enc_bytes, out));
  out.bytes = in.first(reader.offset());
  return out;
}

Result<ResponsePreamble> parse_response_preamble(ByteView in) {
  AIPG_CHECK(check_start(in, kResponseMagic));
  if (in.size() != kResponsePreambleBytes) return fail("malformed_seal", "response_preamble");
  ByteReader reader(in);
  reader.skip(kResponseMagic.size() + 1);
  const Hash256 kid = reader.array<32>();
  return make_response_preamble(kid, reader.array<32>());
}

ResponsePreamble make_response_preamble(const Hash256& kid, const Hash256& nonce) {
  ByteWriter writer;
  writer.text(kResponseMagic).u8(kVersion).bytes(kid).bytes(nonce);
  return {kid, nonce, to_array<kResponsePreambleBytes>(writer.view())};
}

}  // namespace aipg::seal
