// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <atomic>
#include <thread>

#include "attest/check_ahead.h"
#include "attest/nvidia/evidence_json.h"
#include "signature_floors.h"
#include "verify_measurements.h"
#include "verify_peers.h"

namespace aipg::bench {
namespace {

using attest::VerifierCache;

// Signature checks that a case cannot do without.
struct Checks {
  std::string what;  // "9 P-256"
  std::function<void()> run;
  double most_percent = 0;  // how much of their time the case may take; 0: it is only reported
};

// One case, cold and with a cache that has seen it.
struct Judged {
  std::string name;
  std::function<attest::Verdict(VerifierCache*)> judge;
  Checks cold, warm;
  std::unique_ptr<VerifierCache> cache;
};

// Borrows `about`.
template <typename AnyCase>
Judged judged(const AnyCase& about, Checks cold, Checks warm) {
  return {about.name, [&about](VerifierCache* cache) { return about.judge(cache); }, std::move(cold), std::move(warm),
          std::make_unique<VerifierCache>(attest::root_set(about.policy.roots))};
}

// With what a cache knows from others of this machine's evidence: this one it sees for the first time.
attest::Verdict judge_another(const Judged& about) {
  about.cache->bundles = {};
  about.cache->signatures = {};
  return about.judge(about.cache.get());
}

bool accepted(const Judged& about) {
  const attest::Verdict verdict = about.judge(nullptr);
  if (verdict.accepted) return true;
  fmt::print(stderr, "bench: {} was refused:\n{}\n", about.name, attest::to_text(verdict, false));
  return false;
}

struct SimulatedCases {
  EvidenceCase h100 = simulated_h100();
  BundleCase bundle = simulated_bundle();
  EvidenceCase fabric = simulated_fabric();
};

void add_real_cases(std::vector<Judged>& out, const RealCases& real, const SignatureFloors& floors) {
  const auto p256 = [&floors](std::size_t n) { return [&floors, n] { floors.p256(n); }; };
  const auto p384 = [&floors](std::size_t n) { return [&floors, n] { floors.p384(n); }; };
  const auto snp = [&floors] { floors.p384(1), floors.rsa4096_pss(3); };
  // Two of the PCK chain, two of the quote, TCB info and QE identity each with its signing chain, two revocation lists.
  // The signing chains are mostly the same one, which is checked once: nine are done.
  out.push_back(judged(real.tdx_v4, {"10 P-256", p256(10), 125}, {"2 P-256", p256(2), 130}));
  out.push_back(judged(real.tdx_v5, {"10 P-256", p256(10), 125}, {"2 P-256", p256(2), 130}));
  out.push_back(judged(real.tdx_v4_alone, {"4 P-256", p256(4)}, {"2 P-256", p256(2)}));
  out.push_back(judged(real.snp, {"1 P-384, 3 RSA-4096", snp, 130}, {"1 P-384", p384(1), 130}));
  // Five of the device, two manifests of four.
  out.push_back(judged(real.h100_no_ocsp, {"13 P-384", p384(13)}, {"1 P-384", p384(1)}));
}

void add_simulated_cases(std::vector<Judged>& out, const SimulatedCases& some, const SignatureFloors& floors) {
  const auto p384 = [&floors](std::size_t n) { return [&floors, n] { floors.p384(n); }; };
  const auto both = [&floors](std::size_t intel, std::size_t nvidia) {
    return [&floors, intel, nvidia] { floors.p256(intel), floors.p384(nvidia); };
  };
  // Five of the device, two manifests of four, nine answers under responders' certificates. What stands there twice
  // is checked once, so that it can take less.
  out.push_back(judged(some.h100, {"31 P-384", p384(31), 125}, {"1 P-384", p384(1), 130}));
  // A quote as above with what is done for it; five of the device, two manifests by one signer whose chain has three
  // more, six answers. Warm, the quote's two and the report's one are left: keyset and manifest are not signed but
  // bound by hashes.
  out.push_back(judged(some.bundle, {"9 P-256, 22 P-384", both(9, 22)}, {"2 P-256, 1 P-384", both(2, 1)}));
  out.push_back(judged(some.fabric, {"31 P-384", p384(31)}, {"12 P-384", p384(12)}));
}

Case repeated(std::function<void()> once) {
  return {[once = std::move(once)](std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) once();
  }};
}

constexpr std::size_t kTurns = 4;  // of each case
constexpr std::size_t kCold = 1;   // which of them is ours without a cache

std::vector<Case> turns_of(const std::vector<Judged>& all) {
  std::vector<Case> out;
  for (const Judged& each : all) {
    out.push_back(repeated(each.cold.run));
    out.push_back(repeated([&each] { keep(each.judge(nullptr)); }));
    out.push_back(repeated(each.warm.run));
    out.push_back(repeated([&each] { keep(judge_another(each)); }));
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
  return about.judge(&cache);
}

// The turn in which ours judges this case cold.
std::size_t cold_turn(const std::vector<Judged>& all, const std::string& name) {
  return kTurns * static_cast<std::size_t>(std::ranges::find(all, name, &Judged::name) - all.begin()) + kCold;
}

void add_two_threads(Report& report, const std::string& name, const Timings& took, std::size_t on_one,
                     std::size_t on_two) {
  report.add({.what = name + ", cold, on two threads",
              .value = took[on_two].times(1e6),
              .unit = "us",
              .compared = Comparison{"one thread", took.percent(on_two, on_one), "% of it"}});
}

void add_peer(Report& report, const OtherVerifier& peer, const Timings& took, std::size_t ours, std::size_t theirs) {
  Comparison against{"ours, cold, of theirs", took.percent(ours, theirs), "%"};
  if (peer.most_percent > 0) against.target = Target{peer.most_percent, Target::Side::at_most};
  report.add({.what = peer.about->name + " by " + peer.name,
              .value = took[theirs].times(1e6),
              .unit = "us",
              .compared = std::move(against)});
}

}  // namespace

bool measure_in_memory(Report& report, const std::optional<RealCases>& real, const std::string& peers_folder) {
  const SignatureFloors floors;
  const SimulatedCases simulated;
  std::vector<Judged> all;
  if (real) add_real_cases(all, *real, floors);
  add_simulated_cases(all, simulated, floors);
  if (!std::ranges::all_of(all, accepted)) return false;
  const OtherVerifiers others = real ? start_others(peers_folder, *real) : OtherVerifiers{};
  std::vector<Case> turns = turns_of(all);
  const std::size_t on_two = turns.size();
  turns.push_back(repeated([&simulated] { keep(judge_on_two(simulated.fabric)); }));
  for (const OtherVerifier& each : others.started) {
    turns.push_back({[&each](std::size_t n) { (void)each.peer.run(n); }});
  }
  const Timings took = take_turns(turns, {.rounds = 41, .slice = milliseconds(20)});
  for (std::size_t i = 0; i < all.size(); ++i) {
    report.add(row_of(all[i].name + ", cold", all[i].cold, took, kTurns * i));
    report.add(row_of(all[i].name + ", with a cache", all[i].warm, took, kTurns * i + 2));
  }
  add_two_threads(report, simulated.fabric.name, took, cold_turn(all, simulated.fabric.name), on_two);
  for (std::size_t i = 0; i < others.started.size(); ++i) {
    const OtherVerifier& each = others.started[i];
    add_peer(report, each, took, cold_turn(all, each.about->name), on_two + 1 + i);
  }
  for (const std::string& each : others.notes) report.note(each);
  return true;
}

}  // namespace aipg::bench
