// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/tcb_status.h"

#include <set>

namespace aipg::attest::tdx {
namespace {

using enum TcbStatus;

bool at_least(ByteView actual, ByteView minimum) {
  return std::ranges::equal(actual, minimum, [](std::uint8_t a, std::uint8_t b) { return a >= b; });
}

bool equal_masked(ByteView actual, ByteView mask, ByteView expected) {
  if (actual.size() != mask.size() || actual.size() != expected.size()) return false;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if ((actual[i] & mask[i]) != expected[i]) return false;
  }
  return true;
}

const IsvLevel* reached(const std::vector<IsvLevel>& levels, std::uint16_t svn) {
  const auto found = std::ranges::find_if(levels, [svn](const IsvLevel& level) { return level.isv_svn <= svn; });
  return found == levels.end() ? nullptr : &*found;
}

bool is_configuration(TcbStatus status) {
  return status == configuration_needed || status == configuration_and_sw_hardening_needed ||
         status == out_of_date_configuration_needed || status == td_relaunch_advised_configuration_needed;
}

bool is_out_of_date(TcbStatus status) { return status == out_of_date || status == out_of_date_configuration_needed; }

// A platform is no better than the quoting enclave or the module on it.
TcbStatus converged(TcbStatus platform, TcbStatus part) {
  if (part == not_supported || part == revoked) return part;
  if (part != out_of_date) return platform;
  if (platform == up_to_date || platform == sw_hardening_needed) return out_of_date;
  if (platform == configuration_needed || platform == configuration_and_sw_hardening_needed) {
    return out_of_date_configuration_needed;
  }
  return platform;
}

class Evaluation {
 public:
  Evaluation(const TcbFacts& facts, const TcbInfo& info, const QeIdentity& identity)
      : facts_(facts), info_(info), identity_(identity) {}

  TcbEvaluation run() {
    if (facts_.tee_tcb_svn.empty() != (info_.tee == Tee::sgx)) return std::move(out_);
    look_at_enclave();
    look_at_module();
    look_at_platform();
    out_.status = conclude();
    out_.advisories.assign(advisories_.begin(), advisories_.end());
    return std::move(out_);
  }

 private:
  void take_advisories(const TcbVerdict& verdict) {
    advisories_.insert(verdict.advisories.begin(), verdict.advisories.end());
  }

  void look_at_enclave() {
    const EnclaveReport& qe = facts_.qe;
    out_.qe_matches = equal_masked(qe.misc_select, identity_.misc_select_mask, identity_.misc_select) &&
                      equal_masked(qe.attributes, identity_.attributes_mask, identity_.attributes) &&
                      equal(qe.mrsigner, identity_.mrsigner) && qe.isv_prod_id == identity_.isv_prod_id;
    const IsvLevel* level = reached(identity_.levels, qe.isv_svn);
    if (level == nullptr) return;
    out_.qe_status = level->verdict.status;
    take_advisories(level->verdict);
  }

  [[nodiscard]] const TdxModuleIdentity* find_module(std::uint8_t major) const {
    const auto found = std::ranges::find(info_.module_identities, major, &TdxModuleIdentity::major);
    return found == info_.module_identities.end() ? nullptr : &*found;
  }

  [[nodiscard]] bool is_module(const TdxModule& module) const {
    return equal(module.mrsigner, facts_.mrsignerseam) &&
           equal_masked(facts_.seam_attributes, module.attributes_mask, module.attributes);
  }

  // Module version 0 is from before modules had levels of their own.
  void look_at_module() {
    if (info_.tee != Tee::tdx) return;
    const std::uint8_t major = facts_.tee_tcb_svn[1];
    if (major == 0) {
      out_.module_matches = info_.module && is_module(*info_.module);
      return;
    }
    const TdxModuleIdentity* identity = find_module(major);
    out_.module_matches = identity != nullptr && is_module(identity->module);
    out_.module_status = not_supported;
    const IsvLevel* level = identity == nullptr ? nullptr : reached(identity->levels, facts_.tee_tcb_svn[0]);
    if (level == nullptr) return;
    out_.module_status = level->verdict.status;
    take_advisories(level->verdict);
  }

  // A module with levels of its own is not judged by the platform's first two components too.
  [[nodiscard]] bool reaches_tdx(const TcbLevel& level) const {
    const std::size_t from = facts_.tee_tcb_svn[1] > 0 ? 2 : 0;
    return at_least(facts_.tee_tcb_svn.subspan(from), ByteView(level.tdx_components).subspan(from));
  }

  void look_at_platform() {
    for (std::size_t i = 0; i < info_.levels.size(); ++i) {
      const TcbLevel& level = info_.levels[i];
      if (!at_least(facts_.components, level.sgx_components) || facts_.pce_svn < level.pce_svn) continue;
      if (!sgx_status_) sgx_status_ = level.verdict.status;
      if (info_.tee == Tee::tdx && !reaches_tdx(level)) continue;
      out_.level = i;
      out_.date = level.verdict.date;
      take_advisories(level.verdict);
      return;
    }
  }

  [[nodiscard]] TcbStatus conclude() const {
    if (!out_.level) return not_supported;
    TcbStatus status = info_.levels[*out_.level].verdict.status;
    if (out_.module_status) status = converged(status, *out_.module_status);
    if (is_relaunch_enough(status)) {
      const bool configuration = is_configuration(*sgx_status_) || is_configuration(status);
      status = configuration ? td_relaunch_advised_configuration_needed : td_relaunch_advised;
    }
    return converged(status, out_.qe_status);
  }

  // Only the module under which the guest was started is old: the one that is loaded now is the newest.
  [[nodiscard]] bool is_relaunch_enough(TcbStatus status) const {
    const bool otherwise_good =
        out_.qe_status == up_to_date && sgx_status_ && !is_out_of_date(*sgx_status_) && *sgx_status_ != revoked;
    if (facts_.tee_tcb_svn2.empty() || !otherwise_good || !is_out_of_date(status)) return false;
    if (out_.module_status != out_of_date) return false;
    const ByteArray<16>& newest = info_.levels.front().tdx_components;
    if (facts_.tee_tcb_svn2[2] < newest[2]) return false;
    const std::uint8_t major = facts_.tee_tcb_svn2[1];
    if (major == 0) return facts_.tee_tcb_svn2[0] >= newest[0];
    const TdxModuleIdentity* loaded = find_module(major);
    return loaded != nullptr && facts_.tee_tcb_svn2[0] >= loaded->levels.front().isv_svn;
  }

  const TcbFacts& facts_;
  const TcbInfo& info_;
  const QeIdentity& identity_;
  TcbEvaluation out_;
  std::set<std::string> advisories_;
  std::optional<TcbStatus> sgx_status_;  // of the first level that SGX alone reaches
};

std::string about(const TcbEvaluation& tcb) {
  std::string out = "Intel says " + std::string(to_text(tcb.status));
  if (tcb.date) out += ", patches up to " + to_text(*tcb.date).substr(0, 10);
  std::string_view separator = "; advisories ";
  for (const std::string& advisory : tcb.advisories) {
    out += std::string(separator) + advisory;
    separator = ", ";
  }
  return out;
}

// One rule about a status. A status that the policy accepts by name is shown as a warning.
class StatusRules {
 public:
  StatusRules(const TcbEvaluation& tcb, const TcbRequirements& requirements, Rules& rules)
      : status_(tcb.status),
        accepted_(std::ranges::find(requirements.accepted, tcb.status) != requirements.accepted.end()),
        detail_(about(tcb)),
        rules_(rules) {}

  void decide(Literal code, bool holds, std::string detail) {
    rules_.require(holds, code, std::move(detail), [this] { return compared(); });
  }
  void check(Literal code, bool holds) {
    if (holds || !accepted_) {
      rules_.expect(holds, code, detail_, [this] { return compared(); });
    } else {
      rules_.add(code, Severity::warning, detail_ + "; your policy accepts it", compared());
    }
  }
  [[nodiscard]] const std::string& detail() const { return detail_; }

 private:
  [[nodiscard]] Compared compared() const { return {std::string(to_text(up_to_date)), std::string(to_text(status_))}; }

  TcbStatus status_;
  bool accepted_;
  std::string detail_;
  Rules& rules_;
};

void check_status(const TcbEvaluation& tcb, const TcbRequirements& requirements, Rules& rules) {
  const TcbStatus status = tcb.status;
  StatusRules about_status(tcb, requirements, rules);
  about_status.decide("tdx_tcb_revoked", status != revoked, about_status.detail());
  about_status.decide("tdx_tcb_not_supported", status != not_supported, "no level that Intel lists is reached");
  about_status.check("tdx_tcb_out_of_date", !is_out_of_date(status));
  about_status.check("tdx_tcb_configuration", !is_configuration(status));
  about_status.check("tdx_tcb_sw_hardening",
                     status != sw_hardening_needed && status != configuration_and_sw_hardening_needed);
  about_status.check("tdx_tcb_relaunch",
                     status != td_relaunch_advised && status != td_relaunch_advised_configuration_needed);
  rules.add("tdx_tcb_status", Severity::note, about_status.detail());
}

}  // namespace

TcbFacts facts_of(const VerifiedQuote& quote) {
  const TdReport& td = quote.report();
  return {.components = quote.platform().component_svn,
          .pce_svn = quote.platform().pce_svn,
          .qe = quote.qe_report(),
          .tee_tcb_svn = td.tee_tcb_svn,
          .mrsignerseam = td.mrsignerseam,
          .seam_attributes = td.seam_attributes,
          .tee_tcb_svn2 = td.tee_tcb_svn2};
}

TcbFacts facts_of(const VerifiedSgxQuote& quote) {
  return {.components = quote.platform().component_svn,
          .pce_svn = quote.platform().pce_svn,
          .qe = quote.qe_report(),
          .tee_tcb_svn = {},
          .mrsignerseam = {},
          .seam_attributes = {},
          .tee_tcb_svn2 = {}};
}

TcbEvaluation evaluate_tcb(const TcbFacts& facts, const TcbInfo& info, const QeIdentity& identity) {
  return Evaluation(facts, info, identity).run();
}

TcbEvaluation check_tcb(const TcbFacts& facts, const VerifiedCollateral& collateral, Rules& rules,
                        const TcbRequirements& requirements) {
  TcbEvaluation tcb = evaluate_tcb(facts, collateral.tcb_info(), collateral.qe_identity());
  rules.require(tcb.qe_matches, "tdx_qe_identity", "the quoting enclave is not the one that Intel describes");
  rules.require(tcb.module_matches, "tdx_module_identity", "the TDX module is not one that Intel describes");
  check_status(tcb, requirements, rules);
  return tcb;
}

}  // namespace aipg::attest::tdx
