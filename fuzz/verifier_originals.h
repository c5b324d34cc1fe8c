// SPDX-License-Identifier: Apache-2.0
// Valid evidence of every kind from the simulator, with what belongs beside it,
// under keys made when the program starts; and the signed parts of an input, so
// that a fuzz target can ask what of an accepted one was in a valid one before.
#pragma once

#include <set>

#include "attest/evidence.h"
#include "tee/simulated_authorities.h"
#include "tee/test_machine.h"

namespace aipg::fuzz {

struct Scenario {
  std::optional<attest::EvidenceKind> kind;  // nullopt: a worker's whole bundle, which brings its files itself
  std::vector<Bytes> items;                  // the evidence, and the files beside it
  std::optional<Hash256> nonce;
};

// The parts of an input that somebody signed, each by itself, as they stand once text is decoded: a certificate, a
// list, a report, a document. What cannot be read has none, and what a verdict of this policy does not rest on is none.
using Parts = std::set<Bytes>;
[[nodiscard]] Parts signed_parts(const Scenario& scenario, bool strict = true);

class Originals {
 public:
  // Made on first use. Traps where one of them is not accepted.
  [[nodiscard]] static const Originals& get();

  [[nodiscard]] const std::vector<Scenario>& scenarios() const { return scenarios_; }
  [[nodiscard]] const Parts& parts() const { return parts_; }
  // The verdict on a scenario, damaged or not, so long after they were made. Strict: by `vendor`, else by `chain`;
  // bundles by a worker's policy.
  [[nodiscard]] attest::Verdict judge(const Scenario& scenario, bool strict, milliseconds later) const;

  // The scenario's evidence with other content, correctly signed; nullopt where nobody signs it alone. The content is
  // of no sense: `bytes` decide it.
  [[nodiscard]] std::optional<Bytes> signed_anew(std::optional<attest::EvidenceKind> kind, ByteView bytes) const;

 private:
  Originals();
  void add_intel();
  void add_amd();
  void add_nvidia();
  void add_token();
  void add_bundle();
  void add(std::optional<attest::EvidenceKind> kind, std::vector<Bytes> items, std::optional<Hash256> nonce = {});

  Instant now_ = *parse_instant("2026-11-22T12:00:00Z");
  tee::SimulatedAuthorities authorities_ = tee::make_authorities(now_, tee::Amd::with);
  crypto::EcPrivateKey quoting_key_ = crypto::EcPrivateKey::generate(crypto::Curve::p256);
  tee::SimulatedDevice device_;
  std::unique_ptr<tee::TestMachine> machine_ = std::make_unique<tee::TestMachine>();
  attest::Policy vendor_, chain_;
  std::vector<Scenario> scenarios_;
  Parts parts_;
};

}  // namespace aipg::fuzz
