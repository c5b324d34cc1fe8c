// SPDX-License-Identifier: Apache-2.0
#include "attest/compared.h"

#include "base/hex.h"

namespace aipg::attest {

Compared compare_bytes(ByteView expected, ByteView actual) {
  return {to_hex(expected), actual.empty() ? "none" : to_hex(actual)};
}

Compared compare_instants(std::string_view relation, Instant expected, Instant actual) {
  return {std::string(relation) + " " + to_text(expected), to_text(actual)};
}

Compared compare_numbers(std::uint64_t expected, std::uint64_t actual) {
  return {std::to_string(expected), std::to_string(actual)};
}

Compared compare_minimum(std::uint64_t minimum, std::uint64_t actual) {
  return {"at least " + std::to_string(minimum), std::to_string(actual)};
}

Compared compare_bit(bool expected, bool actual) {
  const auto text = [](bool set) { return set ? "set" : "clear"; };
  return {text(expected), text(actual)};
}

Compared compare_reserved(std::uint64_t actual) { return {hex_of(0), hex_of(actual)}; }

std::string hex_of(std::uint64_t word) {
  ByteArray<8> big_endian;
  for (std::size_t i = 0; i < 8; ++i) big_endian.at(i) = static_cast<std::uint8_t>(word >> (56 - 8 * i));
  return to_hex(big_endian);
}

}  // namespace aipg::attest
