// SPDX-License-Identifier: Apache-2.0
// POST /v1/confidential/challenge: a verifier's nonce in, evidence over a
// Merkle root that contains it out. JSON with closed lists of members:
//
//   {"keysets":[b64u],"nonce":b64u}
//   {"evidence":[{"bundle":b64u,"keyset_id":b64u,"path":{"index":n,"siblings":[b64u],"size":n}}]}
//
// Forms only: whether a path leads from the nonce to the bundle's challenge is
// for the verifier to say. Pure. Errors: those of codec/json.h and
// codec/json_fields.h, challenge_invalid (where names the member).
#pragma once

#include <vector>

#include "attest/bundle.h"
#include "attest/challenge.h"
#include "base/bytes.h"
#include "base/result.h"

namespace aipg::api {

inline constexpr std::size_t kMaxChallengedKeysets = 3;
inline constexpr std::size_t kMaxChallengeRequestBytes = 4 << 10;
inline constexpr std::size_t kMaxChallengeAnswerBytes = 9 << 20;  // three bundles in base64url, and their paths

struct ChallengeRequest {
  Hash256 nonce{};
  std::vector<Hash256> keyset_ids;  // 1…3, different
};
[[nodiscard]] std::string write_challenge_request(const ChallengeRequest& request);
[[nodiscard]] Result<ChallengeRequest> parse_challenge_request(std::string_view body);

// Keysets that did not answer in time are simply absent.
struct ChallengeAnswer {
  struct Evidence {
    Hash256 keyset_id{};
    attest::MerklePath path;  // from the nonce to this bundle's challenge value
    Bytes bundle;             // unchanged, as the worker made it
  };
  std::vector<Evidence> evidence;
};
[[nodiscard]] std::string write_challenge_answer(const ChallengeAnswer& answer);
[[nodiscard]] Result<ChallengeAnswer> parse_challenge_answer(std::string_view body);

}  // namespace aipg::api
