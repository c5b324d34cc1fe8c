// SPDX-License-Identifier: Apache-2.0
// HPKE's labelled HKDF-SHA256, and the one KEM that needs it. Pure.
// Source: RFC 9180 §4 and §4.1.
#pragma once

#include "base/secret.h"

namespace aipg::crypto::hpke {

inline constexpr std::uint16_t kKemX25519 = 0x0020;
inline constexpr std::uint16_t kKemXwing = 0x647a;
inline constexpr std::uint16_t kKdfHkdfSha256 = 0x0001;
inline constexpr std::uint16_t kAeadAes256Gcm = 0x0002;

[[nodiscard]] Secret32 labeled_extract(ByteView suite_id, ByteView salt, std::string_view label, ByteView ikm);
void labeled_expand(ByteView suite_id, ByteView prk, std::string_view label, ByteView info, MutableByteView out);

// ExtractAndExpand of DHKEM(X25519, HKDF-SHA256): the KEM's shared secret.
[[nodiscard]] Secret32 dhkem_shared_secret(const Secret32& dh, ByteView enc, ByteView recipient_public_key);

}  // namespace aipg::crypto::hpke
