// SPDX-License-Identifier: Apache-2.0
// Writing down what was looked at: every rule becomes exactly one finding,
// whether it holds or not. Internal to the verifier.
#pragma once

#include "attest/verdict.h"

namespace aipg::attest {

// How far a judgement goes. `signatures`: structure, chain, signatures and
// freshness decide; what a policy may want besides is a warning. `network`:
// everything decides (docs/protocol.md, "Appraisal").
enum class Strictness : std::uint8_t { signatures, network };

class Rules {
 public:
  // `verdict` must outlive this.
  Rules(Verdict& verdict, std::string subject, Strictness strictness)
      : verdict_(verdict), subject_(std::move(subject)), strictness_(strictness) {}

  // Returns `holds`. `if_broken` is told to people only when the rule is broken.
  bool require(bool holds, Literal code, std::string if_broken) {
    return add(holds, code, Severity::failed, if_broken);
  }
  // A rule of policy: broken, it rejects in the network and warns elsewhere.
  bool expect(bool holds, Literal code, std::string if_broken) {
    return add(holds, code, strictness_ == Strictness::network ? Severity::failed : Severity::warning, if_broken);
  }
  // A parser's or a chain's error, under its own code.
  void refuse(const Error& error);
  void add(Literal code, Severity severity, std::string detail = {}) {
    verdict_.add(code, severity, subject_, std::move(detail));
  }

  // How many rules of the verdict are broken so far.
  [[nodiscard]] std::size_t failures() const { return verdict_.count(Severity::failed); }

  [[nodiscard]] Strictness strictness() const { return strictness_; }

 private:
  bool add(bool holds, Literal code, Severity broken, const std::string& if_broken) {
    verdict_.add(code, holds ? Severity::passed : broken, subject_, holds ? std::string() : if_broken);
    return holds;
  }

  Verdict& verdict_;
  std::string subject_;
  Strictness strictness_;
};

}  // namespace aipg::attest
