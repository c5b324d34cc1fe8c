// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/ueid.h"

#include <algorithm>

namespace aipg::attest::nras {
namespace {

// Multiplies a decimal number, least digit first, by 256 and adds.
void push_byte(std::string& digits, std::uint8_t byte) {
  unsigned carry = byte;
  for (char& digit : digits) {
    const unsigned value = static_cast<unsigned>(digit - '0') * 256 + carry;
    digit = static_cast<char>('0' + value % 10);
    carry = value / 10;
  }
  for (; carry != 0; carry /= 10) digits.push_back(static_cast<char>('0' + carry % 10));
}

}  // namespace

std::string ueid_of(const crypto::Certificate& attestation_key) {
  std::string digits;
  for (const std::uint8_t byte : attestation_key.serial()) push_byte(digits, byte);
  if (digits.empty()) digits.push_back('0');
  std::ranges::reverse(digits);
  return digits;
}

}  // namespace aipg::attest::nras
