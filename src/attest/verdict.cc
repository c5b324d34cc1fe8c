// SPDX-License-Identifier: Apache-2.0
#include "attest/verdict.h"

#include "attest/rules.h"
#include "base/hex.h"
#include "codec/canonical_json.h"

namespace aipg::attest {
namespace {

using codec::json::Tree;

constexpr std::string_view kVerdictVersion = "aipg.verdict.v1";

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::passed:
      return "passed";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::failed:
      return "failed";
  }
  return {};
}

// Names may come from a policy file or from evidence nobody vouched for: only
// printable ASCII leaves here, so that no terminal and no log can be steered.
Tree text(std::string_view in) {
  std::string out(in);
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out;
}

Tree texts(const std::vector<std::string>& list) {
  Tree::Array out;
  for (const std::string& each : list) out.push_back(text(each));
  return out;
}

Tree findings(const std::vector<Finding>& list) {
  Tree::Array out;
  for (const Finding& finding : list) {
    Tree::Object row{{"code", finding.code.view()},
                     {"severity", to_text(finding.severity)},
                     {"subject", text(finding.subject)},
                     {"detail", text(finding.detail)}};
    if (!finding.compared.expected.empty()) {
      row.emplace("expected", text(finding.compared.expected));
      row.emplace("actual", text(finding.compared.actual));
    }
    out.push_back(std::move(row));
  }
  return out;
}

Tree since(const Since& since) {
  constexpr std::array<std::string_view, 3> kStates{"good", "changed", "unknown"};
  return Tree::Object{{"state", kStates.at(static_cast<std::size_t>(since.state))},
                      {"at", to_text(since.at)},
                      {"findings", findings(since.findings)}};
}

Tree identity(const Identity& identity) {
  Tree::Object out{{"cpu", text(identity.cpu)},
                   {"tcb_status", text(identity.tcb_status)},
                   {"advisories", texts(identity.advisories)},
                   {"devices", texts(identity.devices)},
                   {"worker_id", text(identity.worker_id)},
                   {"workload", text(identity.workload)},
                   {"models", texts(identity.models)},
                   {"boot_name", text(identity.boot_name)},
                   {"platform_id", to_hex(identity.platform_id)}};
  if (identity.tcb_date) out.emplace("tcb_date", to_text(*identity.tcb_date));
  return out;
}

}  // namespace

std::string_view to_text(Level level) {
  constexpr std::array<std::string_view, 4> kNames{"L0", "L1", "L2", "L3"};
  return kNames.at(static_cast<std::size_t>(level));
}

void Verdict::add(Literal code, Severity severity, std::string subject, std::string detail, Compared compared) {
  findings.push_back({code, severity, std::move(subject), std::move(detail), std::move(compared)});
}

std::size_t Verdict::count(Severity severity) const {
  return static_cast<std::size_t>(std::ranges::count(findings, severity, &Finding::severity));
}

const Finding* Verdict::first_failed() const {
  const auto found = std::ranges::find(findings, Severity::failed, &Finding::severity);
  return found == findings.end() ? nullptr : &*found;
}

void Rules::refuse(const Error& error) {
  const std::string number = std::to_string(error.offset);
  std::string place;
  if (error.code == Literal("chain_length")) {
    place = number + " certificates";
  } else if (error.code.view().starts_with("chain_")) {
    place = "certificate " + number + " (the leaf is 0)";
  } else if (error.offset != 0) {
    place = "at " + number;
  }
  std::string detail(error.where.view());
  if (!detail.empty() && !place.empty()) detail += ", ";
  add(error.code, Severity::failed, detail + place);
}

std::string to_json(const Verdict& verdict) {
  Tree::Object out{{"v", kVerdictVersion},
                   {"accepted", verdict.accepted},
                   {"simulated", verdict.simulated},
                   {"level", verdict.level ? Tree(to_text(*verdict.level)) : Tree("none")},
                   {"at", to_text(verdict.at)},
                   {"policy", text(verdict.policy)},
                   {"headline", text(headline(verdict))},
                   {"identity", identity(verdict.identity)},
                   {"findings", findings(verdict.findings)}};
  if (verdict.since) out.emplace("since", since(*verdict.since));
  if (!verdict.roots.empty()) out.emplace("roots", text(verdict.roots));
  if (verdict.keyset_not_after) out.emplace("keyset_not_after", to_text(*verdict.keyset_not_after));
  return Tree(std::move(out)).write();
}

}  // namespace aipg::attest
