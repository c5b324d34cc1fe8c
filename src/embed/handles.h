// SPDX-License-Identifier: Apache-2.0
// What is behind the handles of aipg.h. Internal to src/embed.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "aipg/aipg.h"
#include "attest/endorsements.h"
#include "attest/policy.h"
#include "attest/reference.h"
#include "attest/verdict.h"

namespace aipg::embed {

// Text that is written when somebody first asks. Threads: any.
class LateText {
 public:
  template <typename Write>
  const char* get(Write write) {
    std::call_once(written_, [&] { text_ = write(); });
    return text_.c_str();
  }

 private:
  std::once_flag written_;
  std::string text_;
};

}  // namespace aipg::embed

struct aipg_policy {
  aipg::attest::Policy value;
};

struct aipg_reference {
  aipg::attest::VerifiedReference value;
  aipg::attest::ReleaseKeys signers;  // that were asked for
};

struct aipg_endorsements {
  aipg::attest::Endorsements value;  // for single evidence
  std::vector<aipg::Bytes> files;    // for workers, whose evidence names files by digest
};

struct aipg_verdict {
  explicit aipg_verdict(aipg::attest::Verdict verdict) : value(std::move(verdict)) {}

  aipg::attest::Verdict value;
  mutable aipg::embed::LateText headline, text, json;
};
