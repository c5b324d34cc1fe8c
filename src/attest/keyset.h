// SPDX-License-Identifier: Apache-2.0
// The keys a worker made inside its TEE, for at most 65 minutes (docs/protocol.md).
// Canonical JSON; keyset_id is the hash of its bytes. Public keys only.
// Errors: those of codec/json_fields.h, not_canonical, keyset_window,
// keyset_suite (unknown, repeated, wrong key size), keyset_version.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::attest {

inline constexpr milliseconds kMaxKeysetLife{65 * 60 * 1000};

struct SuiteKey {
  std::uint16_t suite = 0;
  Bytes public_key;
  Hash256 kid{};  // H(suite u16 ‖ public key); computed, never read
};

struct Keyset {
  std::string worker_id;               // [a-z0-9-]{1,64}
  Instant not_before, not_after;       // ms in JSON: "not_before_ms", "not_after_ms"
  std::vector<std::uint8_t> versions;  // protocol versions; contains 1
  std::vector<SuiteKey> keys;
  ByteArray<32> receipt_key{};  // Ed25519

  Bytes bytes;   // the exact document
  Hash256 id{};  // H(bytes)

  [[nodiscard]] const SuiteKey* find_suite(std::uint16_t suite) const;
  [[nodiscard]] const SuiteKey* find_kid(ByteView kid) const;
};

[[nodiscard]] Hash256 key_id(std::uint16_t suite, ByteView public_key);
[[nodiscard]] Result<Keyset> parse_keyset(ByteView bytes);
// Fills bytes, id and kids from the other fields.
[[nodiscard]] Keyset make_keyset(std::string worker_id, Instant not_before, Instant not_after,
                                 std::vector<std::pair<std::uint16_t, Bytes>> keys, ByteArray<32> receipt_key);

}  // namespace aipg::attest
