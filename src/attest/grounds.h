// SPDX-License-Identifier: Apache-2.0
// What a judgement stands on, besides the evidence itself. Internal to the
// verifier; borrows everything.
#pragma once

#include "attest/endorsements.h"
#include "attest/policy.h"
#include "attest/rules.h"
#include "attest/verifier_cache.h"

namespace aipg::attest {

struct Grounds {
  const Policy& policy;
  const Endorsements& endorsements;
  Instant at;
  VerifierCache* cache = nullptr;          // null: nothing is remembered
  std::optional<Instant> service_at = {};  // of tokens of NVIDIA's service, where not `at`

  [[nodiscard]] const RootSet& roots() const { return root_set(policy.roots); }
  [[nodiscard]] Rules rules(Verdict& verdict, std::string subject) const {
    return {verdict, std::move(subject), policy.rules};
  }
};

}  // namespace aipg::attest
