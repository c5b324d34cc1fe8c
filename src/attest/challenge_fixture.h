// SPDX-License-Identifier: Apache-2.0
// For tests: the nonces of a tree.
#pragma once

#include <vector>

#include "attest/challenge.h"
#include "crypto/digest.h"

namespace aipg::attest::fixture {

// Nonce i of every tree here is H(i u8), or H(i u16) from 256 on.
inline std::vector<Hash256> nonces(std::size_t n) {
  std::vector<Hash256> out;
  for (std::size_t i = 0; i < n; ++i) {
    Bytes bytes{static_cast<std::uint8_t>(i)};
    if (i > 0xff) bytes.push_back(static_cast<std::uint8_t>(i >> 8));
    out.push_back(crypto::sha256(bytes));
  }
  return out;
}

}  // namespace aipg::attest::fixture
