// SPDX-License-Identifier: Apache-2.0
// A detached EAT about a healthy GPU, and about eight of them with four
// switches, with a hook at every place where a test may break one rule;
// everything else is signed again.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "attest/nras/token.h"
#include "crypto/digest.h"
#include "tee/simulated_nras.h"

namespace aipg::attest::nras {

using tee::DeviceTokens;
using tee::JsonMembers;
using tee::NrasVersion;

inline std::set<std::string> with_severity(const Verdict& verdict, Severity severity) {
  std::set<std::string> out;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == severity) out.insert(std::string(finding.code.view()));
  }
  return out;
}

class NrasToken : public testing::Test {
 protected:
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  const Hash256 nonce = crypto::sha256(as_bytes("a nonce"));
  tee::SimulatedNras nras = tee::make_nras(now);
  NrasVersion version = NrasVersion::v3;
  JsonMembers overall = tee::overall_claims(nonce, now, NrasVersion::v3);
  std::vector<std::pair<std::string, JsonMembers>> devices{
      {"GPU-0", tee::gpu_claims(nonce, now, NrasVersion::v3, 1000)}};
  std::optional<std::string> submods;              // instead of the true one
  std::function<void(DeviceTokens&)> edit_tokens;  // before the overall token names them
  std::function<void(DeviceTokens&)> swap_tokens;  // after
  std::function<void(std::string&)> edit_text;     // last of all
  Expectation expected{.nonce = nonce, .devices = 1, .pinned_intermediates = {nras.intermediate}};
  Instant at = now + std::chrono::minutes(1);
  bool with_keys = true;
  RuleModes modes = RuleModes::strict();
  Verdict verdict;

  JsonMembers& gpu() { return devices.front().second; }
  void use_v2() {
    overall = tee::overall_claims(nonce, now, NrasVersion::v2);
    devices = {{"GPU-0", tee::gpu_claims(nonce, now, NrasVersion::v2, 1000)}};
  }
  void use_fabric() {
    devices.clear();
    for (unsigned i = 0; i < 8; ++i) {
      devices.emplace_back("GPU-" + std::to_string(i), tee::gpu_claims(nonce, now, NrasVersion::v3, 1000 + i));
    }
    for (unsigned i = 0; i < 4; ++i) {
      devices.emplace_back("SWITCH-" + std::to_string(i), tee::switch_claims(nonce, now, 2000 + i));
    }
    expected.devices = 12;
  }

  std::string text() const {
    DeviceTokens tokens;
    for (const auto& [name, claims] : devices) tokens.emplace_back(name, tee::sign_claims(claims, nras));
    if (edit_tokens) edit_tokens(tokens);
    JsonMembers said = overall;
    said["submods"] = submods.value_or(tee::submods_of(tokens));
    if (swap_tokens) swap_tokens(tokens);
    std::string out = tee::detached_eat(tee::sign_claims(said, nras), tokens);
    if (edit_text) edit_text(out);
    return out;
  }

  std::optional<VerifiedToken> verify(std::string_view token) {
    verdict = {};
    Rules rules(verdict, "nras", modes);
    const auto jwks = Jwks::parse(as_bytes(nras.jwks()));
    return verify_token(as_bytes(token), with_keys ? &*jwks : nullptr, expected, at, rules);
  }
  std::set<std::string> failed(std::string_view token) {
    const bool accepted = verify(token).has_value();
    std::set<std::string> out = with_severity(verdict, Severity::failed);
    if (accepted != out.empty()) out.insert("contradictory verdict");
    return out;
  }
  std::set<std::string> failed() { return failed(text()); }
  std::set<std::string> warned() {
    modes = RuleModes::chain();
    EXPECT_THAT(failed(), testing::IsEmpty());
    return with_severity(verdict, Severity::warning);
  }
};

}  // namespace aipg::attest::nras
