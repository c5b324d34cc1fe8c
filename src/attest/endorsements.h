// SPDX-License-Identifier: Apache-2.0
// What vendors say beside the evidence (RFC 9334: endorsements and reference
// values), gathered from files of any of them. A file is recognised by its
// content: PEM, DER, JSON or XML, or one of these in hexadecimal or base64; a
// pack (collateral_pack.h) gives all that is in it. What it is taken for only
// decides what it will be checked as: nothing here is authentic. A piece that
// is there already is not added again. Pure.
// Errors: endorsement_unknown (none of the kinds below), endorsement_too_large,
// endorsements_too_many, and those of the container once it is recognised:
// pem_invalid, pem_too_many, the JSON reader's, rim_service_invalid, and those of a pack.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::attest {

inline constexpr std::size_t kMaxEndorsementBytes = 10 << 20;
inline constexpr std::size_t kMaxEndorsements = 256;

struct Endorsements {
  std::vector<Bytes> certificates;    // DER
  std::vector<Bytes> crls;            // DER
  std::vector<Bytes> intel;           // TCB info, QE identity, the combined JSON; PEM chains, each whole
  std::vector<Bytes> rims;            // XML
  std::vector<Bytes> ocsp_responses;  // DER
  std::vector<Bytes> jwks;            // JSON
  std::vector<Bytes> tokens;          // of NVIDIA's service: a detached EAT, or a single one

  // Adds what one file holds.
  [[nodiscard]] Result<void> add(ByteView file);
  // Takes from `other` what it has of kinds of which there is nothing here.
  void complete_from(Endorsements other);
  [[nodiscard]] std::size_t size() const;
};

}  // namespace aipg::attest
