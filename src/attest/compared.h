// SPDX-License-Identifier: Apache-2.0
// What a rule asks for beside what the evidence shows, as small texts: hashes
// and words of bits in hex, instants as in base/clock.h, numbers in decimal,
// names for what has names. Never secret. Pure. Internal to the verifier.
#pragma once

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"

namespace aipg::attest {

struct Compared {
  std::string expected, actual;
};

// "none" stands for bytes that the evidence does not have.
[[nodiscard]] Compared compare_bytes(ByteView expected, ByteView actual);
[[nodiscard]] Compared compare_instants(std::string_view relation, Instant expected, Instant actual);
[[nodiscard]] Compared compare_numbers(std::uint64_t expected, std::uint64_t actual);
[[nodiscard]] Compared compare_minimum(std::uint64_t minimum, std::uint64_t actual);
// One bit: "set", "clear".
[[nodiscard]] Compared compare_bit(bool expected, bool actual);
// Bits that must be zero.
[[nodiscard]] Compared compare_reserved(std::uint64_t actual);

// 16 digits.
[[nodiscard]] std::string hex_of(std::uint64_t word);

}  // namespace aipg::attest
