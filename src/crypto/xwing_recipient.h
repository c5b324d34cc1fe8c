// SPDX-License-Identifier: Apache-2.0
// X-Wing, the recipient's half. A private key is its 32-byte seed. Pure.
#pragma once

#include <optional>

#include "crypto/xwing.h"

namespace aipg::crypto::xwing {

[[nodiscard]] Bytes public_key_from_seed(const Secret32& seed);
// nullopt: wrong size, or an X25519 point of low order. A damaged ML-KEM part gives another secret (implicit
// rejection).
[[nodiscard]] std::optional<Secret32> decapsulate(const Secret32& seed, ByteView ciphertext);

}  // namespace aipg::crypto::xwing
