// SPDX-License-Identifier: Apache-2.0
// Writing down what was looked at: every rule becomes exactly one finding,
// whether it holds or not. Internal to the verifier.
#pragma once

#include "attest/rule_modes.h"
#include "attest/verdict.h"

namespace aipg::attest {

class Rules {
 public:
  // `verdict` must outlive this.
  Rules(Verdict& verdict, std::string subject, const RuleModes& modes)
      : verdict_(verdict), subject_(std::move(subject)), modes_(modes) {}

  // Returns `holds`. `if_broken` is told to people only when the rule is broken.
  bool require(bool holds, Literal code, std::string if_broken) {
    return add(holds, code, Severity::failed, if_broken);
  }
  // A rule that a policy may relax: broken, it rejects or warns, as the policy has it.
  bool expect(bool holds, Literal code, std::string if_broken) {
    return add(holds, code, modes_.of(code) == RuleMode::warn ? Severity::warning : Severity::failed, if_broken);
  }
  // A parser's or a chain's error, under its own code.
  void refuse(const Error& error);
  void add(Literal code, Severity severity, std::string detail = {}) {
    verdict_.add(code, severity, subject_, std::move(detail));
  }

  // How many rules of the verdict are broken so far.
  [[nodiscard]] std::size_t failures() const { return verdict_.count(Severity::failed); }

 private:
  bool add(bool holds, Literal code, Severity broken, const std::string& if_broken) {
    verdict_.add(code, holds ? Severity::passed : broken, subject_, holds ? std::string() : if_broken);
    return holds;
  }

  Verdict& verdict_;
  std::string subject_;
  RuleModes modes_;
};

}  // namespace aipg::attest
