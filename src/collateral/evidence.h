// SPDX-License-Identifier: Apache-2.0
// What files show of a machine, told by their content, as far as planning needs
// it: quotes of TDX and SGX, SEV-SNP reports (each binary, hexadecimal or
// base64), device reports followed by their chain in PEM, NVIDIA's evidence
// JSON, bundles. Structure only; plan() checks what can be checked. Pure.
// Errors: evidence_unknown, evidence_chain (a chain without a report before it,
// or a report without one behind it), and those of the form once it is
// recognised: bundle.h, evidence_json.h, codec/pem.h.
#pragma once

#include "attest/nvidia/evidence_json.h"
#include "collateral/plan.h"

namespace aipg::collateral {

struct ShownQuote {
  attest::tdx::Tee tee = attest::tdx::Tee::tdx;
  Bytes bytes;
};

struct Evidence {
  std::vector<ShownQuote> quotes;
  std::vector<Bytes> snp_reports;
  std::vector<attest::nvidia::StatedDevice> devices;  // of a lone report, `arch` means nothing: see device_arch()

  // A chain belongs to the report that was added before it.
  [[nodiscard]] Result<void> add(ByteView file);
  [[nodiscard]] bool empty() const { return quotes.empty() && snp_reports.empty() && devices.empty(); }
};

// For all of it together. `family` where an SNP report does not say its own.
[[nodiscard]] Result<Plan> plan(const Evidence& evidence, std::optional<attest::snp::Family> family,
                                const PlanContext& context);

}  // namespace aipg::collateral
