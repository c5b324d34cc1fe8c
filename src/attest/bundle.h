// SPDX-License-Identifier: Apache-2.0
// The evidence bundle aipg.evidence.v1 (docs/protocol.md): JSON, with every
// signed or hashed document inside as base64url of its exact bytes. Parsing is
// structure only; appraise() says whether it is true.
//
//   {"v":"aipg.evidence.v1","challenge":{"kind":2,"value":…},"keyset":…,"manifest":…,
//    "cpu":{"kind":"tdx","quote":…},"devices":[{"arch":"hopper","report":…,"chain":[…]}],
//    "collateral":[…]}
//
// A challenge of kind 1 brings its signed epoch: {"kind":1,"value":…,"document":…}.
// An SEV-SNP machine: {"kind":"snp","report":…,"chain":[…]}. "collateral" may be
// left out: what vendors publish about this machine, each file as received.
//
// Errors: those of codec/json.h and json_fields.h, bundle_version,
// bundle_challenge, bundle_cpu, bundle_device, bundle_collateral.
#pragma once

#include <vector>

#include "attest/binding.h"
#include "attest/challenge.h"
#include "attest/keyset.h"
#include "attest/manifest.h"

namespace aipg::attest {

inline constexpr std::size_t kMaxBundleBytes = 2 << 20;
inline constexpr std::size_t kMaxDevices = 16;
inline constexpr std::size_t kMaxCollateralFiles = 64;

enum class CpuKind : std::uint8_t { tdx, snp };

struct DeviceEvidence {
  DeviceArch arch = DeviceArch::hopper;
  Bytes report;
  std::vector<Bytes> chain;  // DER, leaf first
};

struct Bundle {
  ChallengeKind challenge_kind = ChallengeKind::nonces;
  Hash256 challenge_value{};
  Bytes epoch;             // kind 1: the signed document (epoch.h); empty for kind 2
  Bytes keyset, manifest;  // exact bytes
  CpuKind cpu_kind = CpuKind::tdx;
  Bytes quote;                   // a TDX quote, or an SEV-SNP report
  std::vector<Bytes> cpu_chain;  // DER, of an SEV-SNP report: VCEK or VLEK and its authorities
  std::vector<DeviceEvidence> devices;
  std::vector<Bytes> collateral;  // nothing vouches for it but its own signatures

  Bytes bytes;  // the exact document
};

[[nodiscard]] Result<Bundle> parse_bundle(ByteView bytes);
// Fills bytes.
[[nodiscard]] Bundle make_bundle(Bundle content);

}  // namespace aipg::attest
