// SPDX-License-Identifier: Apache-2.0
// A sender that has the keys but not the manners: chunks of any plaintext. What
// is opened agrees with the rules as they are written here a second time.
// Input: flags u8 (bit 0 = last, bit 1 of the first = empty chunks allowed), length u8, plaintext; repeated.
#include <cstdint>

#include "base/byte_reader.h"
#include "seal/chunk_stream.h"

namespace seal = aipg::seal;

namespace {

seal::TrafficKeys keys() {
  return {aipg::Secret32(aipg::ByteArray<32>{1}), aipg::SecretArray<12>(aipg::ByteArray<12>{2})};
}

struct Expected {
  aipg::Bytes content;
  bool good = true, finished = false;
};

void expect_chunk(aipg::ByteView plaintext, bool last, bool empty_allowed, Expected& out) {
  if (!out.good) return;
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < 4; ++i) n = n << 8 | plaintext[i];
  out.good = !out.finished && n + 4 <= plaintext.size() && (n > 0 || last || empty_allowed);
  for (std::size_t i = 4 + n; out.good && i < plaintext.size(); ++i) out.good = plaintext[i] == 0;
  if (!out.good) return;
  aipg::append(out.content, plaintext.subspan(4, n));
  out.finished = last;
}

void seal_chunk(aipg::ByteView plaintext, bool last, aipg::crypto::AeadSealer& aead, aipg::Bytes& wire) {
  const auto header = seal::write_chunk_header({static_cast<std::uint32_t>(plaintext.size() + 16), last});
  aipg::append(wire, header);
  const std::size_t at = wire.size();
  wire.resize(at + plaintext.size() + 16);
  aead.seal(header, plaintext, aipg::MutableByteView(wire).subspan(at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool empty_allowed = size > 0 && (data[0] & 2) != 0;
  aipg::crypto::AeadSealer aead(keys().key, keys().base_nonce);
  aipg::ByteReader in({data, size});
  aipg::Bytes wire;
  Expected expected;
  while (in.left() > 0) {
    const bool last = (in.u8() & 1) != 0;
    const aipg::ByteView plaintext = in.take(in.u8());
    if (!in.ok() || plaintext.size() < 4) break;
    seal_chunk(plaintext, last, aead, wire);
    expect_chunk(plaintext, last, empty_allowed, expected);
  }

  seal::ChunkOpener opener(keys(), empty_allowed ? seal::EmptyChunks::allowed : seal::EmptyChunks::refused);
  aipg::ByteView rest = wire;
  aipg::Bytes content;
  bool good = true;
  while (true) {
    const auto chunk = opener.next(rest);
    good = chunk.has_value();
    if (!good || !*chunk) break;
    aipg::append(content, (*chunk)->content);
  }
  if (good != expected.good || content != expected.content) __builtin_trap();
  if (good && opener.finished() != expected.finished) __builtin_trap();
  return 0;
}
