// SPDX-License-Identifier: Apache-2.0
// An attestation service like NVIDIA's: its keys, the list it publishes, and
// the tokens it signs about devices. Claims are kept as JSON text by name, so
// that any of them can be any value. The writer shares no code with the
// verifier.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/signature.h"

namespace aipg::tee {

struct SimulatedNras {
  std::string kid;
  crypto::EcPrivateKey key;
  Bytes certificate, intermediate;

  // The JWKS document with this one key.
  [[nodiscard]] std::string jwks() const;
  // That key alone, as a JSON object.
  [[nodiscard]] std::string jwk() const;
};

// Who certifies the service's keys: an intermediate, for fifteen years from a day before `now`.
struct SimulatedNrasAuthority {
  Bytes certificate;
  crypto::EcPrivateKey key;
};
[[nodiscard]] SimulatedNrasAuthority make_nras_authority(Instant now);
// A new key, certified for two days from `now`.
[[nodiscard]] SimulatedNras issue_nras(const SimulatedNrasAuthority& authority, Instant now);
// The same under an authority that nobody keeps.
[[nodiscard]] SimulatedNras make_nras(Instant now);

using JsonMembers = std::map<std::string, std::string>;  // name → JSON text
[[nodiscard]] std::string to_json(const JsonMembers& members);

enum class NrasVersion : std::uint8_t { v2, v3 };

// What the service says of a healthy device, and of all of them together (without submods).
[[nodiscard]] JsonMembers gpu_claims(const Hash256& nonce, Instant now, NrasVersion version, std::uint64_t ueid);
[[nodiscard]] JsonMembers switch_claims(const Hash256& nonce, Instant now, std::uint64_t ueid);
[[nodiscard]] JsonMembers overall_claims(const Hash256& nonce, Instant now, NrasVersion version);

// A compact JWS over these very texts.
[[nodiscard]] std::string sign_jws(std::string_view header, std::string_view claims, const crypto::EcPrivateKey& key);
// With the service's own header.
[[nodiscard]] std::string sign_claims(const JsonMembers& claims, const SimulatedNras& nras);

using DeviceTokens = std::vector<std::pair<std::string, std::string>>;  // name, compact JWS
// The JSON text of `submods` for these tokens.
[[nodiscard]] std::string submods_of(const DeviceTokens& devices);
// [["JWT", overall], {name: token, …}]
[[nodiscard]] std::string detached_eat(std::string_view overall, const DeviceTokens& devices);

}  // namespace aipg::tee
