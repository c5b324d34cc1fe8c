// SPDX-License-Identifier: Apache-2.0
// Which level a worker's evidence comes to (docs/verdict.md, "Levels"). A
// policy may relax rules by name; what a level rests on it may not: relaxed,
// the level is lost, and never rounded up. Pure.
#pragma once

#include <optional>

#include "attest/policy.h"

namespace aipg::attest {

// What the evidence showed, besides the findings.
struct Shown {
  bool devices = false;  // at least one, each judged
  bool fresh = false;    // over the verifier's nonce, or a recent epoch
  bool known_machine = false;
};

// As far as the verdict's findings go. nullopt under vendors' roots: what every level rests on is only a warning.
[[nodiscard]] std::optional<Level> level_of(const Verdict& verdict, const Shown& shown);

// level_unfounded, level_below_minimum, policy_not_for_workers, and notes on what the level does not cover.
void check_level(std::optional<Level> level, const Policy& policy, Verdict& verdict);

}  // namespace aipg::attest
