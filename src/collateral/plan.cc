// SPDX-License-Identifier: Apache-2.0
#include "collateral/plan.h"

#include "attest/nvidia/measurements.h"
#include "attest/tdx/verify.h"

namespace aipg::collateral {
namespace {

namespace snp = attest::snp;
namespace tdx = attest::tdx;
namespace nvidia = attest::nvidia;
using attest::Rules;

Rules rules(const PlanContext& context, std::string subject) {
  return {context.why, std::move(subject), attest::RuleModes::strict()};
}

Result<PckCa> pck_ca(const crypto::Certificate& ca) {
  const std::string name = ca.subject_common_name();
  if (name.ends_with("Platform CA")) return PckCa::platform;
  if (name.ends_with("Processor CA")) return PckCa::processor;
  return fail("plan_not_genuine", "PCK CA");
}

Result<Plan> plan_platform(const tdx::VerifiedPlatform& platform) {
  AIPG_TRY(const PckCa ca, pck_ca(platform.ca()));
  Plan out;
  out.add(tcb_info(platform.tee(), platform.platform().fmspc));
  out.add(qe_identity(platform.tee()));
  out.add(pck_crl(ca));
  out.add(intel_root_crl());
  return out;
}

Result<snp::Family> family_of(const snp::ReportView& report, std::optional<snp::Family> given) {
  if (report.cpuid) return snp::family_of_cpuid(report.cpuid->family, report.cpuid->model);
  if (!given) return fail("plan_product");
  return *given;
}

Result<nvidia::VerifiedReport> verified_device(ByteView report, const std::vector<Bytes>& chain,
                                               const PlanContext& context) {
  Rules findings = rules(context, "device");
  auto verified = nvidia::verify_report(report, chain, context.roots.nvidia_device, context.at, findings);
  if (!verified) return fail("plan_not_genuine", "device report");
  return *std::move(verified);
}

// One request for each certificate that somebody but itself vouches for, from `first` on.
void add_chain(Plan& out, const std::vector<crypto::Certificate>& chain, std::size_t first) {
  for (std::size_t i = first; i + 1 < chain.size(); ++i) out.add(ocsp(chain[i], chain[i + 1]));
}

void lacks(Literal code, Plan& out) { out.unavailable.push_back(code); }

}  // namespace

void Plan::add(Resource resource) {
  const bool known = std::ranges::any_of(
      resources, [&](const Resource& each) { return each.kind == resource.kind && each.file == resource.file; });
  if (!known) resources.push_back(std::move(resource));
}

void Plan::add(const Plan& other) {
  for (const Resource& each : other.resources) add(each);
  for (const Literal code : other.unavailable) {
    if (std::ranges::find(unavailable, code) == unavailable.end()) unavailable.push_back(code);
  }
}

Result<Plan> plan_quote(ByteView quote, tdx::Tee tee, const PlanContext& context) {
  Rules findings = rules(context, "cpu");
  if (tee == tdx::Tee::tdx) {
    const auto verified = tdx::verify_quote(quote, context.roots.intel, context.at, findings);
    return verified ? plan_platform(*verified) : fail("plan_not_genuine", "TDX quote");
  }
  const auto verified = tdx::verify_sgx_quote(quote, context.roots.intel, context.at, findings);
  return verified ? plan_platform(*verified) : fail("plan_not_genuine", "SGX quote");
}

Result<Plan> plan_snp_report(ByteView report, std::optional<snp::Family> family) {
  AIPG_TRY(const snp::ReportView view, snp::parse_report(report));
  AIPG_TRY(const snp::Family product, family_of(view, family));
  AIPG_TRY(const snp::Tcb reported, snp::read_tcb(view.reported_tcb, product));
  const bool vlek = view.signing_key == snp::SigningKey::vlek;
  Plan out;
  if (vlek) {
    lacks("plan_vlek", out);
  } else if (all_zero(view.chip_id)) {
    lacks("plan_chip_masked", out);
  } else {
    out.add(vcek(product, view.chip_id, reported));
  }
  out.add(amd_authorities(vlek ? AmdKey::vlek : AmdKey::vcek, product));
  out.add(amd_crl(product));
  return out;
}

Result<attest::DeviceArch> device_arch(ByteView report, const std::vector<Bytes>& chain, const PlanContext& context) {
  AIPG_TRY(const nvidia::VerifiedReport verified, verified_device(report, chain, context));
  return verified.arch();
}

Result<Plan> plan_device(ByteView report, const std::vector<Bytes>& chain, const PlanContext& context) {
  AIPG_TRY(const nvidia::VerifiedReport verified, verified_device(report, chain, context));
  AIPG_TRY(const nvidia::RimIds ids, nvidia::rim_ids(verified));
  Plan out;
  if (!ids.driver.empty()) out.add(rim(ids.driver));
  out.add(rim(ids.vbios));
  add_chain(out, verified.chain(), 1);  // no responder knows the attestation key's, made anew at each boot
  return out;
}

Result<Plan> plan_rim(ByteView xml, const PlanContext& context) {
  Rules findings = rules(context, "rim");
  const auto verified = nvidia::verify_rim(xml, context.roots.nvidia_rim, context.at, findings);
  if (!verified) return fail("plan_not_genuine", "reference manifest");
  Plan out;
  add_chain(out, verified->chain(), 0);
  return out;
}

}  // namespace aipg::collateral
