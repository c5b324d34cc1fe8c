// SPDX-License-Identifier: Apache-2.0
// A manifest that is valid, for tests that break one rule of it and sign
// everything else anew.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attest/nvidia/rim.h"
#include "tee/simulated_rim.h"

namespace aipg::tee::rim_tests {

using attest::Severity;
using attest::Verdict;
using attest::nvidia::Rim;
using attest::nvidia::VerifiedRim;
using testing::ElementsAre;

inline const Instant kNow = *parse_instant("2026-11-22T12:00:00Z");

inline const SimulatedRimPki& pki() {
  static const SimulatedRimPki made = make_rim_pki(kNow);
  return made;
}

// "code" or "code/where" of every rule that failed, in order.
inline std::vector<std::string> failures(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.severity == Severity::failed) out.emplace_back(finding.code.view());
  }
  return out;
}

struct Judged {
  Verdict verdict;
  std::optional<VerifiedRim> rim;
};

inline Judged judge(std::string_view xml, const Bytes& root = pki().chain.back(), Instant at = kNow) {
  Judged out;
  attest::Rules rules(out.verdict, "rim", attest::RuleModes::chain());
  out.rim = attest::nvidia::verify_rim(as_bytes(xml), {root}, at, rules);
  EXPECT_EQ(out.rim.has_value(), failures(out.verdict).empty());
  return out;
}

inline std::vector<std::string> refused(std::string_view xml) { return failures(judge(xml).verdict); }

using Edit = std::function<void(std::string&)>;

inline Edit replace(std::string what, std::string with) {
  return [=](std::string& text) {
    const std::size_t at = text.find(what);
    ASSERT_NE(at, text.npos) << what;
    text.replace(at, what.size(), with);
  };
}

inline Edit before(const std::string& what, const std::string& more) { return replace(what, more + what); }

inline const RimContent kDriver = driver_rim("570.124.06");

inline std::vector<std::string> with_body(const Edit& edit) {
  return refused(make_rim(kDriver, pki(), {.body = edit}));
}
inline std::vector<std::string> with_signed_info(const Edit& edit) {
  return refused(make_rim(kDriver, pki(), {.signed_info = edit}));
}
inline std::vector<std::string> with_signature(const Edit& edit) {
  return refused(make_rim(kDriver, pki(), {.signature = edit}));
}

}  // namespace aipg::tee::rim_tests
