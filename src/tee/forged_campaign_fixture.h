// SPDX-License-Identifier: Apache-2.0
// Forged campaigns: a table of forgeries per vendor. Each begins with a healthy
// machine, breaks one rule alone and signs everything else anew; its verdict
// must name exactly that rule. Every rule of the vendor that a verdict can name
// has a row, or stands on the list of those that need none, with its reason.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "attest/verdict_meanings.h"
#include "tee/test_platform.h"

namespace aipg::tee {

enum class Judged : std::uint8_t { cpu, devices };

// A healthy machine with a hook at every place where something may be forged.
struct ForgedMachine : TestPlatform {
  std::function<void(Bytes&)> edit_evidence = {};                 // after it is signed
  std::function<void(attest::tdx::Collateral&)> edit_intel = {};  // after its items are signed
  std::function<void(std::vector<attest::DeviceEvidence>&)> edit_devices = {};
  std::function<void(attest::Endorsements&)> edit_endorsements = {};  // last of all

  bool with_nonce = true;  // whether the verifier says over which nonce devices must be

  using TestPlatform::TestPlatform;

  // The same machine under authorities of its own, which `edit` may change.
  void use_own_authorities(const std::function<void(SimulatedAuthorities&)>& edit) {
    SimulatedAuthorities own = make_authorities(kTestNow, Amd::without);
    edit(own);
    const SimulatedCpu cpu = platform.content.cpu;
    platform = make_platform(std::make_shared<const SimulatedAuthorities>(std::move(own)), cpu, {}, kTestNow);
    policy.roots = attest::SimulatedRoots(platform.authorities->roots());
  }

  [[nodiscard]] attest::Endorsements forged_endorsements() const {
    attest::Endorsements out = endorsements();
    if (edit_intel) {
      attest::tdx::Collateral items =
          make_collateral(platform.content.intel.collateral, platform.authorities->pki.intel);
      items.pck_crl_issuer_chain = {platform.authorities->pki.pck_chain[1], platform.authorities->pki.pck_chain[2]};
      edit_intel(items);
      out.intel = {to_bytes(combined_json(items))};
    }
    if (edit_endorsements) edit_endorsements(out);
    return out;
  }

  void judge_forged(Judged what) {
    if (what == Judged::devices) {
      std::vector<attest::DeviceEvidence> shown = platform.devices(nonce);
      if (edit_devices) edit_devices(shown);
      const std::string json = sdk_evidence_json(shown);
      attest::SingleEvidence evidence{.kind = attest::EvidenceKind::nvidia_evidence, .bytes = as_bytes(json)};
      if (with_nonce) evidence.nonce = nonce;
      return judge(evidence, forged_endorsements());
    }
    Bytes evidence = platform.cpu_evidence();
    if (edit_evidence) edit_evidence(evidence);
    judge({.kind = cpu_kind(), .bytes = evidence}, forged_endorsements());
  }
};

struct Forgery {
  const char* rule;  // as in verdict_meanings.cc
  const char* code;  // what the verdict names: the rule, or its parser's or its chain's own code
  std::function<attest::Verdict()> judged;
};

// Of a machine of this kind.
inline Forgery on_machine(const char* rule, const char* code, const char* cpu, const char* layout, Judged what,
                          std::function<void(ForgedMachine&)> forge) {
  return {rule, code, [=] {
            ForgedMachine machine(*read_cpu(cpu), *read_layout(layout));
            forge(machine);
            machine.judge_forged(what);
            return machine.verdict;
          }};
}

// Rules that no forgery can break alone, and why.
using Unforged = std::map<std::string, std::string>;

struct Campaign {
  const char* name;
  std::vector<std::string_view> prefixes;  // of the rules that are this vendor's
  std::vector<Forgery> rows;
  Unforged unforged;
};

inline std::set<std::string> failed_of(const attest::Verdict& verdict) {
  std::set<std::string> out;
  for (const attest::Finding& each : verdict.findings) {
    if (each.severity == attest::Severity::failed) out.emplace(each.code.view());
  }
  return out;
}

// Every forgery is seen as what it is. Says how many there were.
inline void run(const Campaign& campaign) {
  for (std::size_t i = 0; i < campaign.rows.size(); ++i) {
    const Forgery& row = campaign.rows[i];
    const attest::Verdict verdict = row.judged();
    EXPECT_EQ(failed_of(verdict), std::set<std::string>{row.code})
        << campaign.name << " row " << i << ", rule " << row.rule << "\n"
        << attest::to_text(verdict, false);
  }
  GTEST_LOG_(INFO) << "forged " << campaign.name << " " << campaign.rows.size();
  testing::Test::RecordProperty("forged", static_cast<int>(campaign.rows.size()));
}

// Every rule of the vendor has a row, or a reason for having none.
inline void expect_complete(const Campaign& campaign) {
  std::set<std::string_view> forged;
  for (const Forgery& row : campaign.rows) {
    forged.insert(row.rule);
    EXPECT_FALSE(attest::meaning_of(row.rule).empty()) << row.rule << " is no rule";
  }
  for (const std::string_view rule : attest::rules_with_meaning()) {
    const bool ours = std::ranges::any_of(campaign.prefixes, [rule](auto prefix) { return rule.starts_with(prefix); });
    if (!ours) continue;
    const bool excused = campaign.unforged.contains(std::string(rule));
    EXPECT_NE(forged.contains(rule), excused) << rule << (excused ? " is excused and forged" : " has no forgery");
  }
}

}  // namespace aipg::tee
