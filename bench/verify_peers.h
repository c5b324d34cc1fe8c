// SPDX-License-Identifier: Apache-2.0
// Other people's verifiers beside ours: each verifies the same real files at
// the same instant, with the checks that it has.
#pragma once

#include "peer.h"
#include "verify_cases.h"

namespace aipg::bench {

struct OtherVerifier {
  std::string name;           // "Go go-sev-guest"
  const EvidenceCase* about;  // the case of ours that it is held against
  double most_percent = 0;    // how much of its time ours may take; 0: it is only reported
  Peer peer;
};

struct OtherVerifiers {
  std::vector<OtherVerifier> started;
  std::vector<std::string> notes;  // those that did not start, and what the others leave out
};

// Those of `folder` (scripts/lib/peers.sh says how it is laid out) that start. Borrows `real`.
[[nodiscard]] OtherVerifiers start_others(const std::string& folder, const RealCases& real);

}  // namespace aipg::bench
