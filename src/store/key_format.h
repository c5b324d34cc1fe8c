// SPDX-License-Identifier: Apache-2.0
// What an API key looks like and what is kept of it:
//
//   "grid_" ‖ id[12 of a-z2-7] ‖ base64url(secret[32])
//   kept: id, salt[16], SHA-256(salt ‖ secret)
//
// A secret is 256 random bits, so there is no list of likely ones to try and
// nothing for a slow password hash to slow down: guessing costs 2^255 hashes
// of any kind. The salt keeps equal digests from showing up across stores.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "crypto/random.h"

namespace aipg::store {

inline constexpr std::size_t kKeyIdChars = 12;

struct PresentedKey {
  std::string id;
  Secret32 secret;
};

struct KeyDigest {
  ByteArray<16> salt{};
  Hash256 digest{};
};

[[nodiscard]] PresentedKey make_key(crypto::Rng& rng);
[[nodiscard]] KeyDigest digest_key(const Secret32& secret, crypto::Rng& rng);

[[nodiscard]] std::string write_key(const PresentedKey& key);
// nullopt for anything that is not exactly a key's form.
[[nodiscard]] std::optional<PresentedKey> read_key(std::string_view text);

// In constant time. Without `kept` (no such key) the same work is done, and the answer is no.
[[nodiscard]] bool matches(const Secret32& secret, const std::optional<KeyDigest>& kept);

}  // namespace aipg::store
