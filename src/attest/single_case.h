// SPDX-License-Identifier: Apache-2.0
// One piece of evidence under judgement, with all that decides. Internal to evidence.h.
#pragma once

#include "attest/evidence.h"
#include "attest/rules.h"

namespace aipg::attest {

struct SingleCase {
  const SingleEvidence& evidence;
  const Endorsements& endorsements;
  const Policy& policy;
  Instant at;

  [[nodiscard]] const RootSet& roots() const { return root_set(policy.roots); }
  [[nodiscard]] Rules rules(Verdict& verdict, std::string subject) const {
    return {verdict, std::move(subject), policy.rules};
  }
};

}  // namespace aipg::attest
