// SPDX-License-Identifier: Apache-2.0
// The evidence bundle aipg.evidence.v1 (docs/protocol.md): JSON, with every
// signed or hashed document inside as base64url of its exact bytes. Parsing is
// structure only; appraise() says whether it is true.
//
//   {"v":"aipg.evidence.v1","challenge":{"kind":2,"value":…},"keyset":…,"manifest":…,
//    "cpu":{"kind":"tdx","quote":…},"devices":[{"arch":"hopper","report":…,"chain":[…]}]}
//
// Errors: those of codec/json.h and json_fields.h, bundle_version, bundle_challenge, bundle_cpu, bundle_device.
#pragma once

#include <vector>

#include "attest/binding.h"
#include "attest/challenge.h"
#include "attest/keyset.h"
#include "attest/manifest.h"

namespace aipg::attest {

inline constexpr std::size_t kMaxBundleBytes = 2 << 20;
inline constexpr std::size_t kMaxDevices = 16;

enum class CpuKind : std::uint8_t { tdx };

struct DeviceEvidence {
  DeviceArch arch = DeviceArch::hopper;
  Bytes report;
  std::vector<Bytes> chain;  // DER, leaf first
};

struct Bundle {
  ChallengeKind challenge_kind = ChallengeKind::nonces;
  Hash256 challenge_value{};
  Bytes keyset, manifest;  // exact bytes
  CpuKind cpu_kind = CpuKind::tdx;
  Bytes quote;
  std::vector<DeviceEvidence> devices;

  Bytes bytes;  // the exact document
};

[[nodiscard]] Result<Bundle> parse_bundle(ByteView bytes);
// Fills bytes.
[[nodiscard]] Bundle make_bundle(Bundle content);

}  // namespace aipg::attest
