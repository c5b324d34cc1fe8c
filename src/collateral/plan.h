// SPDX-License-Identifier: Apache-2.0
// Which of the vendors' publications a piece of evidence needs beside it. What
// names them (platform, chip, driver) is read from evidence whose own
// signatures were checked, where the evidence brings its certificates; an SNP
// report does not, so there only its structure is. Nothing is planned for
// evidence that no vendor stands behind. Pure.
// Errors: plan_not_genuine (where says the kind; plan() leaves the findings in
// `why`), plan_product (an SNP report of version 2 does not say its family),
// snp_… of report.h and tcb.h, rim_id_invalid.
// Source: FORMATS.md 1.4, 1.5, 3.5, 4.
#pragma once

#include "attest/binding.h"
#include "attest/roots.h"
#include "attest/snp/report.h"
#include "attest/verdict.h"
#include "collateral/resource.h"

namespace aipg::collateral {

struct Plan {
  std::vector<Resource> resources;
  // What cannot be fetched, as codes: plan_vlek (the cloud provider hands it to its guests), plan_chip_masked (the
  // report hides which chip's certificate it needs).
  std::vector<Literal> unavailable;

  // Adds what is not there yet.
  void add(Resource resource);
  void add(const Plan& other);
};

// Under which roots and when evidence must hold. `why` receives the findings.
struct PlanContext {
  const attest::RootSet& roots;
  Instant at;
  attest::Verdict& why;
};

[[nodiscard]] Result<Plan> plan_quote(ByteView quote, attest::tdx::Tee tee, const PlanContext& context);
// `family` where the report does not say it.
[[nodiscard]] Result<Plan> plan_snp_report(ByteView report, std::optional<attest::snp::Family> family);
// `chain`: DER, attestation key first.
[[nodiscard]] Result<Plan> plan_device(ByteView report, const std::vector<Bytes>& chain, const PlanContext& context);
// Which kind of device it is, as its own certificates say.
[[nodiscard]] Result<attest::DeviceArch> device_arch(ByteView report, const std::vector<Bytes>& chain,
                                                     const PlanContext& context);
// Once a manifest is there: the OCSP responses about its signer's chain.
[[nodiscard]] Result<Plan> plan_rim(ByteView xml, const PlanContext& context);

}  // namespace aipg::collateral
