// SPDX-License-Identifier: Apache-2.0
// The receipt a worker signs for each answer (docs/protocol.md, "Receipt"): a
// compact JWS with a constant header over canonical claims, by the keyset's
// Ed25519 key. It holds salted hashes of question and answer, never content.
// Errors: receipt_invalid (where names the part), receipt_signature.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/signature.h"

namespace aipg::seal {

struct Receipt {
  ByteArray<16> job_id{};      // jti
  ByteArray<16> request_id{};  // rid
  Hash256 keyset_id{};         // ks
  Hash256 workload_hash{};     // wl
  std::string model;
  Hash256 request_hash{};                       // req = H(preamble ‖ chunks)
  Hash256 response_hash{};                      // res = H(rpre ‖ chunks before the last)
  std::uint64_t response_chunks = 0;            // n: how many those are
  Hash256 question{};                           // pq
  Hash256 answer{};                             // pr
  std::uint64_t tokens_in = 0, tokens_out = 0;  // rounded up to 32
  Instant issued;                               // iat_ms
  std::uint64_t duration_ms = 0;                // rounded up to 100
  Hash256 epoch{};                              // zero if none seen
};

// What the signature is over: the constant header and the claims, joined by a dot.
[[nodiscard]] std::string receipt_signing_input(const Receipt& receipt);
// Defined with the recipient's half: only workers sign.
[[nodiscard]] std::string sign_receipt(const Receipt& receipt, const crypto::Ed25519PrivateKey& key);
[[nodiscard]] Result<Receipt> verify_receipt(std::string_view jws, ByteView receipt_public_key);
// Structure only; who says so is not checked. For job records.
[[nodiscard]] Result<Receipt> parse_receipt(std::string_view jws);

}  // namespace aipg::seal
