// SPDX-License-Identifier: Apache-2.0
// An attestation as answers carry it: base64 of write_attestation(). It is
// long, and all but its two ends the same in each answer over the same
// evidence, so it comes in pieces that need not be written, or copied, again.
#pragma once

#include <array>

#include "attest/attestation.h"

namespace aipg::attest {

class AttestationText {
 public:
  explicit AttestationText(const Attestation& attestation);

  // In their order; borrowed from this, or a copy.
  [[nodiscard]] std::array<std::string_view, 3> pieces() const { return {head_, middle_, tail_}; }
  [[nodiscard]] std::string whole() const;

 private:
  SharedBundle evidence_;  // so that `middle_` lives
  std::string_view middle_;
  std::string head_, tail_;
};

}  // namespace aipg::attest
