// SPDX-License-Identifier: Apache-2.0
// The attestation an answer carries, aipg.attestation.v1: the evidence bundle,
// the verifier's nonce with its path, the receipt, and the two salts that let
// anyone who has question and answer check that they belong to it. Canonical
// JSON; base64 of it is the `attestation` field. Nothing in it is secret.
//
//   {"v":"aipg.attestation.v1","evidence":b64u,"nonce":b64u,
//    "path":{"index":n,"size":n,"siblings":[b64u…]},"receipt":jws,
//    "disclosure":{"request_salt":b64u,"response_salt":b64u},
//    "collateral":{"digests":[b64u…]}}
//
// Evidence over an epoch has neither nonce nor path. What vendors published and
// the client brought itself stands under "collateral", by SHA-256 or whole:
// {"files":[b64u…]}; left out when the evidence brought all that was looked at.
//
// Errors: those of codec/json_fields.h, not_canonical, attestation_version,
// attestation_freshness (nonce without path or the reverse), attestation_collateral.
#pragma once

#include <string>

#include "attest/appraise.h"
#include "attest/shared_bundle.h"
#include "seal/receipt.h"

namespace aipg::attest {

inline constexpr std::size_t kMaxAttestationBytes = 4 << 20;

struct Attestation {
  SharedBundle evidence;               // the bundle's exact bytes
  std::optional<Freshness> freshness;  // the asking client's nonce, and its path to the challenge
  std::string receipt;                 // compact JWS
  Hash256 request_salt{}, response_salt{};
  std::vector<Hash256> collateral_digests = {};  // of the files that the client brought; or else
  std::vector<Bytes> collateral_files = {};      // these, whole
};

[[nodiscard]] std::string write_attestation(const Attestation& attestation);
// What write_attestation() has before and after the digits of the evidence.
struct AroundEvidence {
  std::string before, after;
};
[[nodiscard]] AroundEvidence write_around_evidence(const Attestation& attestation);
[[nodiscard]] Result<Attestation> parse_attestation(std::string_view json);

// The question's body and the answer as the client received them, without the
// inserted attestation. What is left out is not bound, and the verdict says so.
struct BoundExchange {
  std::optional<ByteView> question;
  unsigned status = 200;
  std::optional<ByteView> answer;
};

// What a verifier brings besides the attestation.
struct AttestationInputs {
  // Vendors' files: those that the attestation names by digest, and others, which are for what holds today. Where an
  // attestation names none, all of them are for the receipt's instant too.
  std::vector<Bytes> collateral = {};
  const VerifiedReference* reference = nullptr;
  std::optional<Instant> today = {};  // also say what has changed since: Verdict::since
  VerifierCache* cache = nullptr;     // as of AppraisalInputs
  // Tokens and keys that NVIDIA's service gave at `service_at`, which may be long after the answer: for the receipt's
  // instant and for today.
  std::vector<Bytes> service_files = {};
  std::optional<Instant> service_at = {};
};

// seal::verify_receipt(), which a cache may remember.
[[nodiscard]] Result<seal::Receipt> verify_receipt(std::string_view jws, ByteView receipt_public_key,
                                                   VerifierCache* cache);

// Appraises the evidence at the instant the worker took the request (the
// receipt's instant less its duration: keys may end while an answer runs),
// verifies the receipt under the bundle's own keyset and workload, and that the
// digests match what is given of the exchange. Pure.
// Findings: those of appraise(), and receipt_invalid, receipt_signature,
// receipt_keyset, receipt_workload, receipt_window, question_bound and
// answer_bound (failed when they differ), question_not_bound and
// answer_not_bound (notes: not given), time_unproven (note),
// collateral_not_given (warning: a file that it names by digest).
[[nodiscard]] Verdict verify_attestation(const Attestation& attestation, const Policy& policy,
                                         const std::optional<BoundExchange>& exchange,
                                         const AttestationInputs& inputs = {});

}  // namespace aipg::attest
