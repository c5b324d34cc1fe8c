// SPDX-License-Identifier: Apache-2.0
// From what a service answered to pieces of collateral: of the right kind, of
// the right form, about what was asked for. Nothing is authentic yet: the
// verifier judges these pieces, each time they are used, like any other file.
// What is refused here would only be kept to fail later. Pure.
// Errors: issuer_chain_missing, answer_other_subject, answer_form (where says
// what), ocsp_nonce, those of issuer_chain.h, and of the piece's own reader:
// tcb_info_invalid, qe_identity_invalid, crl_invalid, certificate_…,
// rim_service_…, ocsp_…, jwks_….
#pragma once

#include <optional>

#include "collateral/resource.h"

namespace aipg::collateral {

// What of an answer is looked at.
struct Answer {
  // The header with the issuer's chain, if the kind has one and it was sent.
  std::optional<std::string> issuer_chain = {};
  Bytes body;
};

// "TCB-Info-Issuer-Chain"; empty for kinds whose answers bring none.
[[nodiscard]] std::string_view issuer_chain_header(ResourceKind kind);
// No answer of the kind is longer.
[[nodiscard]] std::size_t max_answer_bytes(ResourceKind kind);

// The pieces, each as a file that Endorsements take: the document, then its
// chain where there is one. `nonce` is the one that an OCSP request had.
[[nodiscard]] Result<std::vector<Bytes>> read_answer(const Resource& resource, const Answer& answer,
                                                     std::optional<ByteView> nonce = std::nullopt);

}  // namespace aipg::collateral
