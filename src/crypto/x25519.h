// SPDX-License-Identifier: Apache-2.0
// X25519 (RFC 7748), for the KEMs. Pure. A peer whose point has low order,
// so that the shared secret would be zero, gives no secret.
#pragma once

#include <optional>

#include "base/secret.h"

namespace aipg::crypto {

inline constexpr std::size_t kX25519Bytes = 32;

[[nodiscard]] ByteArray<kX25519Bytes> x25519_public_key(const Secret32& private_key);
// nullopt: `peer_public_key` is not 32 bytes, or the shared secret is zero.
[[nodiscard]] std::optional<Secret32> x25519(const Secret32& private_key, ByteView peer_public_key);

}  // namespace aipg::crypto
