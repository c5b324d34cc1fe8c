// SPDX-License-Identifier: Apache-2.0
// The registration token of control.h.
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"
#include "link/control.h"

namespace aipg::link {
namespace {

// Compared byte for byte: a header that can only say one thing cannot be used to say another.
constexpr std::string_view kHeader = R"({"alg":"Ed25519","typ":"aipg-register+jwt"})";
constexpr std::size_t kMaxJwsBytes = 2048;
constexpr std::uint64_t kVersion = 1;

std::string claims_json(const RegistrationClaims& claims) {
  using codec::json::Tree;
  return Tree(Tree::Object{{"v", kVersion},
                           {"ks", codec::to_base64url(claims.keyset_id)},
                           {"worker_id", claims.worker_id},
                           {"stake", claims.stake_id},
                           {"exporter", codec::to_base64url(claims.exporter)},
                           {"nonce", codec::to_base64url(claims.nonce)}})
      .write();
}

Result<RegistrationClaims> parse_claims(std::string_view json) {
  const auto document = codec::json::parse_canonical(json, kMaxJwsBytes);
  if (!document) return fail("registration_invalid", "claims");
  codec::json::Fields fields(document->root(), "registration");
  RegistrationClaims claims;
  const std::uint64_t version = fields.uint("v");
  claims.keyset_id = fields.array<32>("ks");
  claims.worker_id = fields.string("worker_id", 64);
  claims.stake_id = fields.string("stake", 64);
  claims.exporter = fields.array<32>("exporter");
  claims.nonce = fields.array<32>("nonce");
  if (!fields.finish()) return fail("registration_invalid", "claims");
  if (version != kVersion) return fail("registration_invalid", "v");
  return claims;
}

}  // namespace

std::string sign_registration(const RegistrationClaims& claims, const crypto::Ed25519PrivateKey& key) {
  std::string jws = codec::to_base64url(as_bytes(kHeader));
  jws += '.';
  jws += codec::to_base64url(as_bytes(claims_json(claims)));
  const auto signature = key.sign(as_bytes(jws));
  jws += '.';
  jws += codec::to_base64url(signature);
  return jws;
}

Result<RegistrationClaims> verify_registration(std::string_view jws, ByteView receipt_public_key) {
  if (jws.size() > kMaxJwsBytes) return fail("registration_invalid", "size");
  const std::size_t first = jws.find('.');
  const std::size_t last = jws.rfind('.');
  if (first == std::string_view::npos || first == last) return fail("registration_invalid", "parts");
  if (jws.substr(0, first) != codec::to_base64url(as_bytes(kHeader))) return fail("registration_invalid", "header");
  const auto signature = codec::from_base64url(jws.substr(last + 1));
  if (!signature || signature->size() != 64) return fail("registration_invalid", "signature");
  // Before the claims are looked at: what nobody signed is not worth parsing.
  if (!crypto::ed25519_verify(receipt_public_key, as_bytes(jws.substr(0, last)), *signature)) {
    return fail("registration_signature");
  }
  const auto claims = codec::from_base64url(jws.substr(first + 1, last - first - 1));
  if (!claims) return fail("registration_invalid", "claims");
  return parse_claims(as_text(*claims));
}

}  // namespace aipg::link
