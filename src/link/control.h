// SPDX-License-Identifier: Apache-2.0
// Control messages of the worker link: JSON text of at most 64 KiB, closed
// lists of members. The gateway can say hello, registered, challenge, drain,
// refused and receipt_recorded; nothing it sends changes a worker's
// configuration.
//
//   gateway → worker  {"type":"hello","v":1,"nonce":b64u}
//   worker → gateway  {"type":"register","v":1,"keyset":b64u,"jws":…,"stake":…,"tiers":[…],"jobs":n,"models":[…]}
//   gateway → worker  {"type":"registered","keyset":id} | {"type":"refused","code":…}
//   gateway → worker  {"type":"challenge","id":n,"keyset":id,"kind":2,"value":b64u}
//   worker → gateway  {"type":"evidence","id":n,"keyset":id,"bytes":size}   then that many bytes as DATA on stream 0
//   worker → gateway  {"type":"retire","keyset":id}                          its keys are wiped
//   gateway → worker  {"type":"drain"}                                       no more jobs on this link
//   worker → gateway  {"type":"receipt","jws":…}                             of an END that another link lost
//   gateway → worker  {"type":"receipt_recorded","job":b64u16}               need not be sent again
//
// with tiers ["confidential"], and models as in the directory (api/offered_model.h).
// A worker registers again on the same link at each rotation. Ids are hex.
// Errors: those of codec/json_fields.h, link_control.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "api/directory.h"
#include "attest/challenge.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/signature.h"

namespace aipg::link {

inline constexpr std::size_t kMaxControlBytes = 64 * 1024;
// That a worker may have registered at once; a registration beyond is refused.
inline constexpr std::size_t kMaxKeysetsPerLink = 8;
// That a worker may run at once; a link has no more streams.
inline constexpr std::uint64_t kMaxJobs = 1024;

struct Hello {
  Hash256 nonce{};
};
struct Register {
  Bytes keyset;     // exact bytes
  std::string jws;  // registration.h
  std::string stake_id;
  std::uint64_t jobs = 0;  // that it runs at once: 1…kMaxJobs
  std::vector<api::OfferedModel> models;
};
struct Registered {
  Hash256 keyset_id{};
};
struct Refused {
  std::string code;
};
struct Challenge {
  std::uint64_t id = 0;
  Hash256 keyset_id{};
  attest::ChallengeKind kind = attest::ChallengeKind::nonces;
  Hash256 value{};
};
struct EvidenceComing {
  std::uint64_t id = 0;
  Hash256 keyset_id{};
  std::uint64_t bytes = 0;  // ≤ 2 MiB
};
struct Retire {
  Hash256 keyset_id{};
};
struct Drain {};
struct LateReceipt {
  std::string jws;  // seal/receipt.h; ≤ 8 KiB, as in END
};
struct ReceiptRecorded {
  ByteArray<16> job_id{};
};

using Control = std::variant<Hello, Register, Registered, Refused, Challenge, EvidenceComing, Retire, Drain,
                             LateReceipt, ReceiptRecorded>;

[[nodiscard]] std::string write_control(const Control& message);
[[nodiscard]] Result<Control> parse_control(std::string_view text);

// The registration token: a compact JWS, constant header
// {"alg":"Ed25519","typ":"aipg-register+jwt"}, canonical claims, by the
// keyset's receipt key, over this link and this hello: copied evidence
// registers nobody. Errors: registration_invalid, registration_signature.
struct RegistrationClaims {
  Hash256 keyset_id{};
  std::string worker_id, stake_id;
  Hash256 exporter{};  // WebSocket::channel_binding()
  Hash256 nonce{};     // of the hello
  friend bool operator==(const RegistrationClaims&, const RegistrationClaims&) = default;
};
[[nodiscard]] std::string sign_registration(const RegistrationClaims& claims, const crypto::Ed25519PrivateKey& key);
[[nodiscard]] Result<RegistrationClaims> verify_registration(std::string_view jws, ByteView receipt_public_key);

}  // namespace aipg::link
