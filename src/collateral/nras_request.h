// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's attestation service is asked: devices of one kind, with the
// nonce that every report is over. Pure. Error: nras_request (where: devices,
// kinds, nonces, report). Source: NVIDIA Remote Attestation Service API, v4.
#pragma once

#include <span>
#include <string>

#include "attest/nvidia/evidence_json.h"

namespace aipg::collateral {

inline constexpr std::size_t kMaxNrasTokenBytes = 1 << 20;

struct NrasRequest {
  std::string path;  // "/v4/attest/gpu"
  std::string body;  // JSON
};

[[nodiscard]] Result<NrasRequest> make_nras_request(std::span<const attest::nvidia::StatedDevice> devices);

}  // namespace aipg::collateral
