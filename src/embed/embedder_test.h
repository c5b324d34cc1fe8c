// SPDX-License-Identifier: Apache-2.0
// What the tests of the embedded verifier share.
#pragma once

#include <algorithm>

#include "aipg/attest.h"
#include "base/clock.h"

namespace aipg::embed {

using verifier::Endorsements;
using verifier::Policy;
using verifier::Severity;
using verifier::Verdict;

inline verifier::Instant at(Instant when) { return verifier::Instant(milliseconds(when.ms)); }

inline bool has(const std::vector<verifier::Finding>& findings, std::string_view code, Severity severity) {
  return std::ranges::any_of(
      findings, [&](const verifier::Finding& finding) { return finding.code == code && finding.severity == severity; });
}
inline bool has(const Verdict& verdict, std::string_view code, Severity severity) {
  return has(verdict.findings(), code, severity);
}

}  // namespace aipg::embed
