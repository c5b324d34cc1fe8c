// SPDX-License-Identifier: Apache-2.0
#include "attest/device_state.h"

#include "attest/nvidia/measurements.h"
#include "attest/nvidia/revocation.h"

namespace aipg::attest {
namespace {

std::string_view to_text(nvidia::RimKind kind) { return kind == nvidia::RimKind::driver ? "driver" : "VBIOS"; }

}  // namespace

References read_references(const Grounds& grounds, Verdict& verdict) {
  References out;
  Rules about_responses = grounds.rules(verdict, "ocsp");
  out.responses = nvidia::parse_ocsp_responses(grounds.endorsements.ocsp_responses, about_responses, grounds.cache);
  for (std::size_t i = 0; i < grounds.endorsements.rims.size(); ++i) {
    Rules rules = grounds.rules(verdict, "rim " + std::to_string(i));
    auto rim =
        nvidia::verify_rim(grounds.endorsements.rims[i], grounds.roots().nvidia_rim, grounds.at, rules, grounds.cache);
    if (!rim) continue;
    nvidia::check_rim_revocation(rim->chain(), out.responses, grounds.at, rules, grounds.policy.ocsp_skew);
    out.rims.push_back(*std::move(rim));
  }
  return out;
}

void judge_device_state(const nvidia::VerifiedReport& report, const std::vector<nvidia::VerifiedRim>& rims,
                        const References& references, const Grounds& grounds, Rules& rules, std::string& description) {
  nvidia::check_architecture(report, grounds.policy.device_architectures, rules);
  const nvidia::Comparison comparison = nvidia::check_measurements(report, rims, rules);
  for (const nvidia::RimKind missing : comparison.missing) {
    rules.expect(false, "rim_missing", "no manifest for its " + std::string(to_text(missing)));
  }
  if (comparison.compared != 0) description += ", " + nvidia::to_text(comparison);
  nvidia::check_device_revocation(report, references.responses, grounds.at, rules, grounds.policy.ocsp_skew);
}

void judge_other_responses(std::vector<CertificateChain> chains, const References& references, const Grounds& grounds,
                           Verdict& verdict) {
  for (const nvidia::VerifiedRim& rim : references.rims) chains.emplace_back(rim.chain());
  Rules rules = grounds.rules(verdict, "ocsp");
  nvidia::check_other_responses(chains, references.responses, rules);
}

std::optional<nras::VerifiedToken> judge_token(ByteView token, nras::Expectation expected, const Grounds& grounds,
                                               Rules& rules) {
  std::optional<nras::Jwks> keys;
  if (!grounds.endorsements.jwks.empty()) {
    auto parsed = nras::Jwks::parse(grounds.endorsements.jwks.front());
    if (!parsed) return rules.refuse(parsed.error()), std::nullopt;
    keys = *std::move(parsed);
  }
  for (const Bytes& der : grounds.roots().nvidia_nras) expected.pinned_intermediates.push_back(der);
  return nras::verify_token(token, keys ? &*keys : nullptr, expected, grounds.service_at.value_or(grounds.at), rules);
}

}  // namespace aipg::attest
