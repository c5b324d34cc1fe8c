// SPDX-License-Identifier: Apache-2.0
#include "store/key_format.h"

#include <algorithm>

#include "codec/base64.h"
#include "crypto/digest.h"

namespace aipg::store {
namespace {

constexpr std::string_view kPrefix = "grid_";
constexpr std::string_view kIdAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t kSecretChars = 43;  // base64url of 32 bytes

}  // namespace

PresentedKey make_key(crypto::Rng& rng) {
  PresentedKey key;
  // The alphabet has 32 letters: five bits of a random byte choose one evenly.
  for (const std::uint8_t byte : rng.array<kKeyIdChars>()) key.id += kIdAlphabet[byte % kIdAlphabet.size()];
  key.secret = rng.secret<32>();
  return key;
}

KeyDigest digest_key(const Secret32& secret, crypto::Rng& rng) {
  KeyDigest out{.salt = rng.array<16>()};
  out.digest = crypto::sha256({out.salt, secret.reveal()});
  return out;
}

std::string write_key(const PresentedKey& key) {
  return std::string(kPrefix) + key.id + codec::to_base64url(key.secret.reveal());
}

std::optional<PresentedKey> read_key(std::string_view text) {
  if (text.size() != kPrefix.size() + kKeyIdChars + kSecretChars || !text.starts_with(kPrefix)) return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kKeyIdChars);
  if (!std::ranges::all_of(id, [](char c) { return kIdAlphabet.contains(c); })) return std::nullopt;
  auto secret = codec::from_base64url(text.substr(kPrefix.size() + kKeyIdChars));
  if (!secret) return std::nullopt;
  PresentedKey key{std::string(id), Secret32(*secret)};
  wipe(*secret);
  return key;
}

bool matches(const Secret32& secret, const std::optional<KeyDigest>& kept) {
  const KeyDigest expected = kept.value_or(KeyDigest{});
  const Hash256 digest = crypto::sha256({expected.salt, secret.reveal()});
  return equal_ct(digest, expected.digest) && kept.has_value();
}

}  // namespace aipg::store
