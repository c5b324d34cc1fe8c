// SPDX-License-Identifier: Apache-2.0
// A bundle that parses survives being written and read again; whatever the
// bytes are, without roots nothing is accepted, and the verdict about them can
// be shown as text and as JSON of canonical form.
#include <cstdint>

#include "attest/appraise.h"
#include "codec/canonical_json.h"

namespace {

namespace attest = aipg::attest;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool same(const attest::DeviceEvidence& a, const attest::DeviceEvidence& b) {
  return a.arch == b.arch && a.report == b.report && a.chain == b.chain;
}

void require_survives(const attest::Bundle& bundle) {
  const auto again = attest::parse_bundle(attest::make_bundle(bundle).bytes);
  require(again.has_value());
  require(again->challenge_value == bundle.challenge_value && again->keyset == bundle.keyset);
  require(again->manifest == bundle.manifest && again->quote == bundle.quote);
  require(again->epoch == bundle.epoch && again->cpu_chain == bundle.cpu_chain);
  require(again->collateral == bundle.collateral);
  require(std::ranges::equal(again->devices, bundle.devices, same));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in(data, size);
  if (const auto bundle = attest::parse_bundle(in)) require_survives(*bundle);
  attest::Policy policy;
  policy.roots = attest::SimulatedRoots({});
  policy.minimum_level = attest::Level::l0;
  const attest::Appraisal result = attest::appraise(in, policy, {}, {1'795'000'000'000});
  require(!result.verdict.accepted && !result.worker && result.verdict.first_failed() != nullptr);
  require(!attest::to_text(result.verdict, true).empty());
  require(aipg::codec::json::parse_canonical(attest::to_json(result.verdict)).has_value());
  return 0;
}
