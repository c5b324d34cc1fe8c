// SPDX-License-Identifier: Apache-2.0
// A preamble has one reading: writing its parts gives its bytes, its own bytes
// alone give the same, and one byte less asks for more. The same for a response's.
#include <cstdint>

#include "base/byte_reader.h"
#include "seal/preamble.h"

namespace seal = aipg::seal;

namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

aipg::Bytes written(const seal::Preamble& preamble) {
  aipg::ByteWriter writer;
  writer.text(seal::kRequestMagic).u8(seal::kVersion).u16be(preamble.suite).bytes(preamble.request_id);
  writer.u64be(preamble.expires_ms).bytes(preamble.commitment);
  const std::string routing = seal::write_routing(preamble.routing);
  writer.u16be(static_cast<std::uint16_t>(routing.size())).text(routing);
  writer.u8(static_cast<std::uint8_t>(preamble.recipients.size()));
  check(writer.size() == preamble.aad_prefix);
  for (const auto& block : preamble.recipients) writer.bytes(block.kid).bytes(block.enc).bytes(block.wrapped);
  return std::move(writer).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  if (const auto response = seal::parse_response_preamble(in)) check(aipg::equal(response->bytes, in));

  const auto read = seal::parse_preamble(in);
  if (!read) return 0;
  if (!*read) {
    check(size < seal::kMaxPreambleBytes);
    return 0;
  }
  const seal::Preamble& preamble = **read;
  check(preamble.bytes.size() <= seal::kMaxPreambleBytes);
  check(aipg::equal(preamble.bytes, in.first(preamble.bytes.size())));
  check(aipg::equal(written(preamble), preamble.bytes));
  const auto alone = seal::parse_preamble(preamble.bytes);
  check(alone && *alone && aipg::equal((*alone)->bytes, preamble.bytes));
  const auto less = seal::parse_preamble(preamble.bytes.first(preamble.bytes.size() - 1));
  check(less && !*less);
  return 0;
}
