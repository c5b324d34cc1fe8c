// SPDX-License-Identifier: Apache-2.0
// The verifier as a filter, for comparing it with others: one piece of evidence
// a line, one verdict a line. In: kind, policy, seconds since 1970, the evidence
// and each file beside it in hexadecimal, with spaces between. Out: "accepted",
// or "rejected" and the codes of the rules that failed.
#include <iostream>
#include <sstream>

#include "attest/evidence.h"
#include "base/hex.h"

namespace aipg::differential {
namespace {

std::string judge(const std::string& line) {
  std::istringstream words(line);
  std::string kind, policy, evidence;
  std::int64_t seconds = 0;
  words >> kind >> policy >> seconds >> evidence;
  const auto known_kind = attest::evidence_kind(kind);
  const auto known_policy = attest::ready_policy(policy);
  const auto bytes = from_hex(evidence == "-" ? "" : evidence);
  if (!words || !known_kind || !known_policy || !bytes) return "unreadable line";
  attest::Endorsements endorsements;
  for (std::string word; words >> word;) {
    const auto file = from_hex(word == "-" ? "" : word);
    if (!file) return "unreadable line";
    if (const auto added = endorsements.add(*file); !added) return "rejected " + std::string(added.error().code.view());
  }
  const attest::Verdict verdict = attest::verify_evidence({.kind = *known_kind, .bytes = *bytes}, endorsements,
                                                          *known_policy, Instant{seconds * 1000});
  if (verdict.accepted) return "accepted";
  std::string out = "rejected";
  for (const attest::Finding& finding : verdict.findings) {
    if (finding.severity == attest::Severity::failed) out += " " + std::string(finding.code.view());
  }
  return out;
}

}  // namespace
}  // namespace aipg::differential

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << aipg::differential::judge(line) << '\n';
}
