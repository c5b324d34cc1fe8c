// SPDX-License-Identifier: Apache-2.0
// The whole verifier, on evidence of every kind that begins valid and is edited
// by the input (verifier_edits.h). Whatever is accepted consists of parts that
// were signed by whoever had to: nothing of it differs from a valid one in a
// signed byte. What a verdict says agrees with itself and can be shown.
#include <cstdint>

#include "codec/canonical_json.h"
#include "verifier_edits.h"

namespace {

namespace attest = aipg::attest;
namespace fuzz = aipg::fuzz;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void require_consistent(const attest::Verdict& verdict) {
  if (verdict.findings.empty()) return;  // a file beside the evidence could not be read
  require(verdict.accepted == (verdict.first_failed() == nullptr));
  require(verdict.simulated && verdict.level.has_value() == verdict.accepted);
  require(!attest::to_text(verdict, true).empty());
  require(aipg::codec::json::parse_canonical(attest::to_json(verdict)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Originals& originals = fuzz::Originals::get();
  const fuzz::Edited edited = fuzz::follow({data, size}, originals);
  const attest::Verdict verdict = originals.judge(edited.scenario, edited.strict, edited.later);
  require_consistent(verdict);
  if (!verdict.accepted) return 0;
  for (const aipg::Bytes& part : fuzz::signed_parts(edited.scenario, edited.strict)) {
    require(originals.parts().contains(part) || edited.signed_anew.contains(part));
  }
  return 0;
}
