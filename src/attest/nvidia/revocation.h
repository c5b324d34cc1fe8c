// SPDX-License-Identifier: Apache-2.0
// Were certificates of a verified chain revoked? Answers come from NVIDIA's
// OCSP responders, collected beforehand and judged anew at each use, at the
// same instant as everything else. Each certificate that must have an answer
// becomes one finding:
//   ocsp_good                 passed
//   ocsp_missing              expect: none of the responses is about it
//   the codes of crypto/ocsp.h  require: there are answers, and none is good;
//                             or one says, rightly signed, that it was revoked
// Responses about other certificates are not looked at: one set serves many
// chains. Pure. Source: FORMATS.md 1.4.
#pragma once

#include <span>

#include "attest/nvidia/verify.h"
#include "crypto/ocsp.h"

namespace aipg::attest::nvidia {

// Those that parse; each that does not is refused under its own code.
[[nodiscard]] std::vector<crypto::OcspResponse> parse_ocsp_responses(std::span<const Bytes> responses, Rules& rules,
                                                                     VerifierCache* cache = nullptr);

// Device, provisioner and identity certificate. The attestation key's is made anew at each boot; no responder
// knows it.
void check_device_revocation(const VerifiedReport& report, std::span<const crypto::OcspResponse> responses, Instant at,
                             Rules& rules, milliseconds skew = milliseconds(0));
// Every certificate but the root. `chain` is a verified one of reference values: leaf first, root last.
void check_rim_revocation(std::span<const crypto::Certificate> chain, std::span<const crypto::OcspResponse> responses,
                          Instant at, Rules& rules, milliseconds skew = milliseconds(0));

// Responses about none of these verified chains may lie beside them, for a folder may hold a whole fleet's. Of those
// that name a CA of these chains as their signer's issuer, each must be signed so: one whose subject was changed must
// not pass for another machine's.
void check_other_responses(std::span<const std::span<const crypto::Certificate>> chains,
                           std::span<const crypto::OcspResponse> responses, Rules& rules);

// One response on its own: a good answer about some certificate of these verified chains.
void check_ocsp_response(const crypto::OcspResponse& response,
                         std::span<const std::span<const crypto::Certificate>> chains, Instant at, Rules& rules);

}  // namespace aipg::attest::nvidia
