// SPDX-License-Identifier: Apache-2.0
// The key schedule of the seal (docs/protocol.md, "Sealed request" and "Sealed
// response"): each function is one line of it, so that vectors can check every
// intermediate value. Pure; no HPKE here. Used by sender and recipient alike.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "seal/preamble.h"

namespace aipg::seal {

// --- the recipients' part of a request ----------------------------------------
// kid = H(suite u16 ‖ public key)
[[nodiscard]] Hash256 recipient_kid(std::uint16_t suite, ByteView public_key);
// info_i = "aipg seal v1" ‖ 00 ‖ suite ‖ kid_i
[[nodiscard]] Bytes seal_info(std::uint16_t suite, const Hash256& kid);
// aad = H(preamble through count ‖ kid_1 ‖ … ‖ kid_n)
[[nodiscard]] Hash256 seal_aad(ByteView through_count, const std::vector<Hash256>& kids);

// --- from the content secret to the request's keys ----------------------------
// root = Extract("aipg seal root v1", content_secret)
[[nodiscard]] Secret32 seal_root(const Secret32& content_secret);
// commitment = Expand(root, "commit" ‖ request_id, 32). Public: it is in the preamble.
[[nodiscard]] Hash256 seal_commitment(const Secret32& root, const ByteArray<16>& request_id);
// transcript = H(preamble)
[[nodiscard]] Hash256 seal_transcript(ByteView preamble);
// prk = Extract(transcript, Expand(root, "traffic", 32))
[[nodiscard]] Secret32 request_prk(const Hash256& transcript, const Secret32& root);

struct TrafficKeys {
  Secret32 key;
  SecretArray<12> base_nonce;
};
[[nodiscard]] TrafficKeys request_keys(const Secret32& prk);
// The salt of pq. Secret until its owner discloses it.
[[nodiscard]] Secret32 request_salt(const Secret32& prk);

// --- the answer's keys ---------------------------------------------------------
// The exporter context of rsecret: "aipg response v1" ‖ transcript
[[nodiscard]] Bytes response_exporter_context(const Hash256& transcript);
// prk_r = Extract(H(rpre), rsecret)
[[nodiscard]] Secret32 response_prk(const ResponsePreamble& preamble, const Secret32& response_secret);
[[nodiscard]] TrafficKeys response_keys(const Secret32& prk);
// The salt of pr.
[[nodiscard]] Secret32 response_salt(const Secret32& prk);

// --- what receipts say about question and answer --------------------------------
// pq = HMAC(request salt, body); pr = HMAC(response salt, status u16 ‖ body).
[[nodiscard]] Hash256 question_digest(const Hash256& salt, ByteView body);
[[nodiscard]] Hash256 question_digest(const Secret32& salt, ByteView body);
[[nodiscard]] Hash256 answer_digest(const Hash256& salt, unsigned status, ByteView body);
// pr for a body that comes in pieces.
[[nodiscard]] crypto::HmacSha256 begin_answer_digest(const Secret32& salt, unsigned status);

}  // namespace aipg::seal
