// SPDX-License-Identifier: Apache-2.0
// The rules that a policy may relax, and what the ready policies make of each.
// A rule that is not listed here always decides: structure, chains, signatures,
// bindings, revocation. Pure; constant tables.
#pragma once

#include <bitset>
#include <span>

#include "base/result.h"

namespace aipg::attest {

// A broken rule rejects, or is a warning that names it.
enum class RuleMode : std::uint8_t { refuse, warn };

struct RelaxableRule {
  Literal code;  // of its finding, and the setting's name in a policy file
  // In the ready policies; `network` refuses every one.
  RuleMode chain, vendor, azure_vtpm;
};
[[nodiscard]] std::span<const RelaxableRule> relaxable_rules();

// What a policy makes of each of them. Strict unless told otherwise.
class RuleModes {
 public:
  [[nodiscard]] static RuleModes strict() { return {}; }
  [[nodiscard]] static RuleModes chain();
  [[nodiscard]] static RuleModes vendor();
  [[nodiscard]] static RuleModes azure_vtpm();

  // False when no rule of this name can be relaxed.
  [[nodiscard]] bool set(std::string_view code, RuleMode mode);
  // A rule that cannot be relaxed refuses.
  [[nodiscard]] RuleMode of(std::string_view code) const;

  friend bool operator==(const RuleModes&, const RuleModes&) = default;

 private:
  static constexpr std::size_t kMost = 128;
  std::bitset<kMost> warn_;  // by position in relaxable_rules()
};

}  // namespace aipg::attest
