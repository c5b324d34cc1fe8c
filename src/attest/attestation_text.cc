// SPDX-License-Identifier: Apache-2.0
#include "attest/attestation_text.h"

#include "codec/base64.h"

namespace aipg::attest {
namespace {

constexpr std::size_t kGroup = 3;  // of bytes, for base64

}  // namespace

AttestationText::AttestationText(const Attestation& attestation) : evidence_(attestation.evidence) {
  const auto [before, after] = write_around_evidence(attestation);
  const SharedBundle::Digits& digits = evidence_.digits((kGroup - before.size() % kGroup) % kGroup);
  const std::string start = before + digits.first;
  const bool is_whole = start.size() % kGroup == 0;  // not where the evidence has no two digits
  middle_ = digits.middle;
  if (is_whole) head_ = codec::to_base64(as_bytes(start));
  tail_ = codec::to_base64(as_bytes((is_whole ? std::string() : start) + digits.last + after));
}

std::string AttestationText::whole() const {
  std::string out;
  out.reserve(head_.size() + middle_.size() + tail_.size());
  for (const std::string_view piece : pieces()) out += piece;
  return out;
}

}  // namespace aipg::attest
