// SPDX-License-Identifier: Apache-2.0
// Writing down what was looked at: every rule becomes exactly one finding,
// whether it holds or not. Internal to the verifier.
#pragma once

#include <concepts>

#include "attest/compared.h"
#include "attest/rule_modes.h"
#include "attest/verdict.h"

namespace aipg::attest {

// Makes what a broken rule compared. Not asked when the rule holds.
template <typename F>
concept Comparing = std::invocable<F> && std::same_as<std::invoke_result_t<F>, Compared>;

class Rules {
 public:
  // `verdict` must outlive this.
  Rules(Verdict& verdict, std::string subject, const RuleModes& modes)
      : verdict_(verdict), subject_(std::move(subject)), modes_(modes) {}

  // Returns `holds`. `if_broken` is told to people only when the rule is broken.
  template <Comparing F = Compared(*)()>
  bool require(bool holds, Literal code, std::string if_broken, F compare = nothing_compared) {
    return holds ? pass(code) : break_rule(code, Severity::failed, std::move(if_broken), compare());
  }
  // A rule that a policy may relax: broken, it rejects or warns, as the policy has it.
  template <Comparing F = Compared(*)()>
  bool expect(bool holds, Literal code, std::string if_broken, F compare = nothing_compared) {
    if (holds) return pass(code);
    const Severity severity = modes_.of(code) == RuleMode::warn ? Severity::warning : Severity::failed;
    return break_rule(code, severity, std::move(if_broken), compare());
  }
  // A parser's or a chain's error, under its own code.
  void refuse(const Error& error);
  void add(Literal code, Severity severity, std::string detail = {}, Compared compared = {}) {
    verdict_.add(code, severity, subject_, std::move(detail), std::move(compared));
  }

  // How many rules of the verdict are broken so far.
  [[nodiscard]] std::size_t failures() const { return verdict_.count(Severity::failed); }

 private:
  static Compared nothing_compared() { return {}; }
  bool pass(Literal code) { return add(code, Severity::passed), true; }
  bool break_rule(Literal code, Severity severity, std::string detail, Compared compared) {
    return add(code, severity, std::move(detail), std::move(compared)), false;
  }

  Verdict& verdict_;
  std::string subject_;
  RuleModes modes_;
};

}  // namespace aipg::attest
