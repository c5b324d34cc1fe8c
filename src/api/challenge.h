// SPDX-License-Identifier: Apache-2.0
// POST /v1/confidential/challenge: a verifier's nonce in, evidence over a
// Merkle root that contains it out. JSON. Errors: those of codec/json_fields.h, challenge_invalid.
#pragma once

#include <vector>

#include "attest/challenge.h"
#include "base/bytes.h"
#include "base/result.h"

namespace aipg::api {

inline constexpr std::size_t kMaxChallengedKeysets = 3;

struct ChallengeRequest {
  Hash256 nonce{};
  std::vector<Hash256> keyset_ids;   // 1…3, different
};
[[nodiscard]] std::string write_challenge_request(const ChallengeRequest& request);
[[nodiscard]] Result<ChallengeRequest> parse_challenge_request(std::string_view body);

// Keysets that did not answer in time are simply absent.
struct ChallengeAnswer {
  struct Evidence {
    Hash256 keyset_id{};
    attest::MerklePath path;         // from the nonce to this bundle's challenge value
    Bytes bundle;                    // unchanged, as the worker made it
  };
  std::vector<Evidence> evidence;
};
[[nodiscard]] std::string write_challenge_answer(const ChallengeAnswer& answer);
[[nodiscard]] Result<ChallengeAnswer> parse_challenge_answer(std::string_view body);

}  // namespace aipg::api
