// SPDX-License-Identifier: Apache-2.0
#include "attest/evidence_devices.h"

#include "attest/device_state.h"
#include "attest/nvidia/evidence_json.h"
#include "attest/nvidia/revocation.h"
#include "codec/pem.h"

namespace aipg::attest {
namespace {

constexpr std::size_t kMaxChain = 8;

Result<std::vector<Bytes>> chain_of(const SingleCase& about) {
  if (!about.evidence.chain) return about.endorsements.certificates;
  return codec::parse_pem_certificates(as_text(*about.evidence.chain), kMaxChain);
}

// Of a machine's manifests, those for this kind of device: GPUs and switches have their own.
std::vector<nvidia::VerifiedRim> rims_for(const nvidia::VerifiedReport& report,
                                          const std::vector<nvidia::VerifiedRim>& all) {
  const bool gpu = report.report().kind == nvidia::DeviceKind::gpu;
  std::vector<nvidia::VerifiedRim> out = all;
  std::erase_if(
      out, [gpu](const nvidia::VerifiedRim& rim) { return (rim.content().edition == nvidia::RimEdition::gpu) != gpu; });
  return out;
}

// Those given that hold; the verdict says which do not.
std::vector<nvidia::VerifiedRim> verified_manifests(const SingleCase& about, Verdict& verdict) {
  std::vector<nvidia::VerifiedRim> out;
  for (const Bytes& xml : about.endorsements.rims) {
    Rules rules = about.rules(verdict, "rim");
    auto rim = nvidia::verify_rim(xml, about.roots().nvidia_rim, about.at, rules, about.cache);
    if (rim) out.push_back(*std::move(rim));
  }
  return out;
}

}  // namespace

void judge_device_report(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "device");
  const auto chain = chain_of(about);
  if (!chain) return rules.refuse(chain.error());
  const auto report =
      nvidia::verify_report(about.evidence.bytes, *chain, about.roots().nvidia_device, about.at, rules, about.cache);
  if (!report) return;
  if (about.evidence.nonce) {
    nvidia::check_nonce(*report, *about.evidence.nonce, rules);
  } else {
    rules.add("freshness_unproven", Severity::warning, "no nonce was given");
  }
  nvidia::check_fwid(*report, rules);
  nvidia::check_driver(*report, about.policy.minimum_driver, rules);
  std::string description = nvidia::describe(*report);
  const References references = read_references(about, verdict);
  judge_device_state(*report, references.rims, references, about, rules, description);
  judge_other_responses({report->chain()}, references, about, verdict);
  verdict.identity.devices.push_back(std::move(description));
}

void judge_nvidia_evidence(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "devices");
  const auto devices = nvidia::parse_evidence_json(as_text(about.evidence.bytes));
  if (!devices) return rules.refuse(devices.error());
  const auto reports = nvidia::verify_evidence(
      *devices, about.roots().nvidia_device, about.at,
      {.nonce = about.evidence.nonce, .min_driver = about.policy.minimum_driver},
      [&](std::string subject) { return about.rules(verdict, std::move(subject)); }, about.cache);
  const References references = read_references(about, verdict);
  std::vector<CertificateChain> chains;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    chains.emplace_back(reports[i].chain());
    Rules device = about.rules(verdict, "device " + std::to_string(i));
    std::string description = nvidia::describe(reports[i]);
    judge_device_state(reports[i], rims_for(reports[i], references.rims), references, about, device, description);
    verdict.identity.devices.push_back(std::move(description));
  }
  judge_other_responses(std::move(chains), references, about, verdict);
}

void judge_rim(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "rim");
  const auto rim = nvidia::verify_rim(about.evidence.bytes, about.roots().nvidia_rim, about.at, rules, about.cache);
  if (!rim) return;
  const auto responses = nvidia::parse_ocsp_responses(about.endorsements.ocsp_responses, rules, about.cache);
  nvidia::check_rim_revocation(rim->chain(), responses, about.at, rules);
  const CertificateChain chain = rim->chain();
  nvidia::check_other_responses(std::span(&chain, 1), responses, rules);
}

void judge_ocsp(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "ocsp");
  const auto response = read_ocsp_response(about.evidence.bytes, about.cache);
  if (!response) return rules.refuse(response.error());
  if (!about.endorsements.rims.empty()) {
    const std::vector<nvidia::VerifiedRim> manifests = verified_manifests(about, verdict);
    if (manifests.size() != about.endorsements.rims.size()) return;
    std::vector<CertificateChain> chains;
    for (const nvidia::VerifiedRim& each : manifests) chains.emplace_back(each.chain());
    return nvidia::check_ocsp_response(*response, chains, about.at, rules);
  }
  const auto chain = chain_of(about);
  const auto verified = chain ? nvidia::verify_device_chain(*chain, about.roots().nvidia_device, about.at, about.cache)
                              : std::unexpected(chain.error());
  if (!verified) return rules.refuse(verified.error());
  const CertificateChain only = *verified;
  nvidia::check_ocsp_response(*response, std::span(&only, 1), about.at, rules);
}

void judge_nras_token(const SingleCase& about, Verdict& verdict) {
  Rules rules = about.rules(verdict, "token");
  nras::Expectation expected = about.policy.nras;
  expected.nonce = about.evidence.nonce;
  const auto token = judge_token(about.evidence.bytes, std::move(expected), about, rules);
  if (!token) return;
  for (const nras::DeviceIdentity& device : token->devices()) {
    verdict.identity.devices.push_back(nras::describe(device));
  }
}

}  // namespace aipg::attest
