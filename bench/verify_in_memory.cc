// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <atomic>
#include <thread>

#include "attest/check_ahead.h"
#include "attest/nvidia/evidence_json.h"
#include "peer.h"
#include "signature_floors.h"
#include "verify_measurements.h"

namespace aipg::bench {
namespace {

using attest::VerifierCache;

attest::Verdict judge(const EvidenceCase& about, VerifierCache* cache) {
  return attest::verify_evidence(about.evidence(), about.endorsements, about.policy, about.at, cache);
}

bool accepted(const EvidenceCase& about) {
  const attest::Verdict verdict = judge(about, nullptr);
  if (verdict.accepted) return true;
  fmt::print(stderr, "bench: {} was refused:\n{}\n", about.name, attest::to_text(verdict, false));
  return false;
}

// Signature checks that a case cannot do without.
struct Checks {
  std::string what;  // "9 P-256"
  std::function<void()> run;
  double most_percent = 0;  // how much of their time the case may take; 0: it is only reported
};

// One case, cold and with a cache that has seen it.
struct Judged {
  const EvidenceCase& about;
  Checks cold, warm;
  std::unique_ptr<VerifierCache> cache = std::make_unique<VerifierCache>(attest::root_set(about.policy.roots));
};

std::vector<Judged> cases(const std::optional<RealCases>& real, const EvidenceCase& h100, const EvidenceCase& fabric,
                          const SignatureFloors& floors) {
  const auto p256 = [&floors](std::size_t n) { return [&floors, n] { floors.p256(n); }; };
  const auto p384 = [&floors](std::size_t n) { return [&floors, n] { floors.p384(n); }; };
  const auto snp = [&floors] { floors.p384(1), floors.rsa4096_pss(3); };
  std::vector<Judged> out;
  if (real) {
    // Two of the PCK chain, two of the quote, TCB signing, TCB info, QE identity, two revocation lists.
    out.push_back({real->tdx_v4, {"9 P-256", p256(9), 125}, {"2 P-256", p256(2), 130}});
    out.push_back({real->tdx_v5, {"9 P-256", p256(9), 125}, {"2 P-256", p256(2), 130}});
    out.push_back({real->snp, {"1 P-384, 3 RSA-4096", snp, 130}, {"1 P-384", p384(1), 130}});
  }
  // Five of the device, two manifests of four, nine answers under responders' certificates. What stands there twice
  // is checked once, so that it can take less.
  out.push_back({h100, {"31 P-384", p384(31), 125}, {"1 P-384", p384(1), 130}});
  out.push_back({fabric, {"31 P-384", p384(31)}, {"12 P-384", p384(12)}});
  return out;
}

Case repeated(std::function<void()> once) {
  return {[once = std::move(once)](std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) once();
  }};
}

constexpr std::size_t kTurns = 4;  // of each case

std::vector<Case> turns_of(const std::vector<Judged>& all) {
  std::vector<Case> out;
  for (const Judged& each : all) {
    out.push_back(repeated(each.cold.run));
    out.push_back(repeated([&about = each.about] { keep(judge(about, nullptr)); }));
    out.push_back(repeated(each.warm.run));
    out.push_back(repeated([&each] { keep(judge(each.about, each.cache.get())); }));
  }
  return out;
}

Row row_of(std::string what, const Checks& checks, const Timings& took, std::size_t floor) {
  Comparison against{.with = checks.what, .number = took.percent(floor + 1, floor), .unit = "% of it"};
  if (checks.most_percent > 0) against.target = Target{checks.most_percent, Target::Side::at_most};
  return {.what = std::move(what), .value = took[floor + 1].times(1e6), .unit = "us", .compared = std::move(against)};
}

// On this thread and another, each taking the next that is left.
void run_on_two(std::span<const std::function<void()>> tasks) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < tasks.size(); i = next++) tasks[i]();
  };
  std::jthread other(work);
  work();
}

attest::Verdict judge_on_two(const EvidenceCase& about) {
  VerifierCache cache(attest::root_set(about.policy.roots));
  std::vector<std::vector<Bytes>> chains;
  if (const auto devices = attest::nvidia::parse_evidence_json(as_text(about.bytes))) {
    for (const auto& each : *devices) chains.push_back(each.chain);
  }
  attest::check_ahead(chains, about.endorsements, cache, run_on_two);
  return judge(about, &cache);
}

void add_two_threads(Report& report, const std::vector<Judged>& all, const Timings& took, std::size_t on_two) {
  const std::size_t on_one = kTurns * (all.size() - 1) + 1;
  report.add({.what = all.back().about.name + ", cold, on two threads",
              .value = took[on_two].times(1e6),
              .unit = "us",
              .compared = Comparison{"one thread", took.percent(on_two, on_one), "% of it"}});
}

void add_peer(Report& report, const Timings& took, std::size_t theirs) {
  const std::size_t ours = 1;  // the first case is the one that the peer verifies
  const Target target{100, Target::Side::at_most};
  report.add({.what = "TDX v4 by PyPI dcap-qvl",
              .value = took[theirs].times(1e6),
              .unit = "us",
              .compared = Comparison{"ours, cold, of theirs", took.percent(ours, theirs), "%", target}});
}

std::optional<Peer> dcap_qvl(const std::string& python, const EvidenceCase& about) {
  if (python.empty()) return std::nullopt;
  const QuoteFiles files = tdx_v4_files();
  return Peer::start({python, AIPG_SOURCE_DIR "/bench/peers/dcap_qvl_driver.py", files.quote, files.collateral_json,
                      std::to_string(about.at.ms / 1000)});
}

}  // namespace

bool measure_in_memory(Report& report, const std::optional<RealCases>& real, const std::string& peers_python) {
  const SignatureFloors floors;
  const EvidenceCase h100 = simulated_h100(), fabric = simulated_fabric();
  const std::vector<Judged> all = cases(real, h100, fabric, floors);
  if (!std::ranges::all_of(all, [](const Judged& each) { return accepted(each.about); })) return false;
  std::vector<Case> turns = turns_of(all);
  const std::size_t on_two = turns.size(), theirs = on_two + 1;
  turns.push_back(repeated([&fabric] { keep(judge_on_two(fabric)); }));
  const auto peer = real ? dcap_qvl(peers_python, real->tdx_v4) : std::nullopt;
  if (peer) turns.push_back({[&peer](std::size_t n) { (void)peer->run(n); }});
  const Timings took = take_turns(turns, {.rounds = 41, .slice = milliseconds(20)});
  for (std::size_t i = 0; i < all.size(); ++i) {
    report.add(row_of(all[i].about.name + ", cold", all[i].cold, took, kTurns * i));
    report.add(row_of(all[i].about.name + ", with a cache", all[i].warm, took, kTurns * i + 2));
  }
  add_two_threads(report, all, took, on_two);
  if (peer) {
    add_peer(report, took, theirs);
  } else {
    report.note("SKIPPED: PyPI dcap-qvl, which is not installed or has no quote to verify");
  }
  return true;
}

}  // namespace aipg::bench
