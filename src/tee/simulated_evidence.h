// SPDX-License-Identifier: Apache-2.0
// Writes device evidence into files as NVIDIA's tools do. Not part of the
// verifier, and it shares no code with it.
#pragma once

#include <string>

#include "attest/bundle.h"

namespace aipg::tee {

// The attestation SDK's array; every device over the nonce in its report's request.
[[nodiscard]] std::string sdk_evidence_json(const std::vector<attest::DeviceEvidence>& devices);
// The protected-PCIe verifier's object; GPUs and switches apart, each in the order given.
[[nodiscard]] std::string ppcie_evidence_json(const std::vector<attest::DeviceEvidence>& devices);

}  // namespace aipg::tee
