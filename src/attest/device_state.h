// SPDX-License-Identifier: Apache-2.0
// Whether genuine devices are in a state that NVIDIA vouches for: measurements
// against its manifests, revocation by its responders, or its service's word.
// The same for evidence on its own and inside a bundle. Internal to the verifier.
#pragma once

#include <string>

#include "attest/grounds.h"
#include "attest/nras/token.h"
#include "attest/nvidia/rim.h"
#include "attest/nvidia/verify.h"
#include "crypto/ocsp.h"

namespace aipg::attest {

// Manifests and responders' answers among the endorsements, for one device after another: each is read and verified
// once.
struct References {
  std::vector<nvidia::VerifiedRim> rims;
  std::vector<crypto::OcspResponse> responses;
};

// Judges every manifest ("rim 0", …) with the revocation of its chain; every response is one that parses.
[[nodiscard]] References read_references(const Grounds& grounds, Verdict& verdict);

// Measurements against these manifests, and revocation of the device's chain. Adds to `description` what matched.
void judge_device_state(const nvidia::VerifiedReport& report, const std::vector<nvidia::VerifiedRim>& rims,
                        const References& references, const Grounds& grounds, Rules& rules, std::string& description);

using CertificateChain = std::span<const crypto::Certificate>;

// What responders said about none of these chains of devices, nor of the manifests': it may lie beside them, and is
// genuine nevertheless.
void judge_other_responses(std::vector<CertificateChain> chains, const References& references, const Grounds& grounds,
                           Verdict& verdict);

// A token of NVIDIA's service under the endorsements' key list.
[[nodiscard]] std::optional<nras::VerifiedToken> judge_token(ByteView token, nras::Expectation expected,
                                                             const Grounds& grounds, Rules& rules);

}  // namespace aipg::attest
