// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_nras.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/der.h"
#include "codec/json.h"
#include "crypto/certificate_writer.h"
#include "crypto/digest.h"

namespace aipg::tee {
namespace {

namespace der = codec::der;

constexpr milliseconds kDay{24LL * 3600 * 1000};
constexpr milliseconds kAuthorityLife = 15 * 365 * kDay;
constexpr std::int64_t kTokenSeconds = 3600;
const std::string kIntermediateName = "SIMULATED NVIDIA Attestation Service GPU Intermediate 001";

std::string quoted(std::string_view text) { return codec::json::quote(text); }
std::string seconds_of(Instant at) { return std::to_string(at.ms / 1000); }

void add_true(JsonMembers& out, const std::string& prefix, std::initializer_list<const char*> names) {
  for (const char* name : names) out[prefix + name] = "true";
}

std::string valid_chain() {
  return R"({"x-nvidia-cert-status":"valid","x-nvidia-cert-ocsp-status":"good",)"
         R"("x-nvidia-cert-expiration-date":"9999-12-31T23:59:59Z","x-nvidia-cert-revocation-reason":null})";
}

JsonMembers common_claims(const Hash256& nonce, Instant now) {
  return {{"iss", quoted("https://nras.attestation.nvidia.com")},
          {"eat_nonce", quoted(to_hex(nonce))},
          {"nbf", seconds_of(now)},
          {"iat", seconds_of(now)},
          {"exp", seconds_of(now + std::chrono::seconds(kTokenSeconds))},
          {"jti", quoted("00000000-0000-4000-8000-000000000000")}};
}

JsonMembers device_claims(const Hash256& nonce, Instant now, std::uint64_t ueid, const std::string& prefix) {
  JsonMembers out = common_claims(nonce, now);
  out["ueid"] = quoted(std::to_string(ueid));
  out["measres"] = quoted("success");
  out["secboot"] = "true";
  out["dbgstat"] = quoted("disabled");
  out["x-nvidia-attestation-warning"] = "null";
  add_true(out, prefix, {"arch-check"});
  add_true(out, prefix + "attestation-report-", {"parsed", "nonce-match", "signature-verified"});
  return out;
}

void add_rim(JsonMembers& out, const std::string& prefix, NrasVersion version) {
  add_true(out, prefix, {"fetched", "schema-validated", "signature-verified", "measurements-available"});
  if (version == NrasVersion::v2) return add_true(out, prefix, {"cert-validated"});
  add_true(out, prefix, {"version-match"});
  out[prefix + "cert-chain"] = valid_chain();
}

void add_report_chain(JsonMembers& out, const std::string& prefix, NrasVersion version) {
  if (version == NrasVersion::v2) return add_true(out, prefix, {"attestation-report-cert-chain-validated"});
  add_true(out, prefix, {"attestation-report-cert-chain-fwid-match"});
  out[prefix + "attestation-report-cert-chain"] = valid_chain();
}

}  // namespace

std::string to_json(const JsonMembers& members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (out.size() > 1) out += ',';
    out += quoted(name) + ':' + value;
  }
  return out + '}';
}

SimulatedNrasAuthority make_nras_authority(Instant now) {
  crypto::EcPrivateKey key = crypto::EcPrivateKey::generate(crypto::Curve::p384);
  crypto::CertificateTemplate what;
  what.subject_cn = kIntermediateName;
  what.not_before = now - kDay;
  what.not_after = now + kAuthorityLife;
  what.ca = true;
  what.key_usage = 1U << 5 | 1U << 6;
  Bytes certificate = crypto::issue_certificate(what, key.public_key(), kIntermediateName, key);
  return {.certificate = std::move(certificate), .key = std::move(key)};
}

SimulatedNras issue_nras(const SimulatedNrasAuthority& authority, Instant now) {
  crypto::EcPrivateKey key = crypto::EcPrivateKey::generate(crypto::Curve::p384);
  crypto::CertificateTemplate what;
  what.subject_cn = "SIMULATED NVIDIA Attestation Service GPU";
  what.serial = {2};
  what.not_before = now;
  what.not_after = now + 2 * kDay;
  what.with_basic_constraints = false;
  what.key_usage = 1U | 1U << 2 | 1U << 4;
  Bytes certificate = crypto::issue_certificate(what, key.public_key(), kIntermediateName, authority.key);
  return {.kid = "nv-eat-kid-simulated-1",
          .key = std::move(key),
          .certificate = std::move(certificate),
          .intermediate = authority.certificate};
}

SimulatedNras make_nras(Instant now) { return issue_nras(make_nras_authority(now), now); }

std::string SimulatedNras::jwk() const {
  const ByteView xy = key.public_key().xy();
  return to_json(
      {{"kty", quoted("EC")},
       {"crv", quoted("P-384")},
       {"kid", quoted(kid)},
       {"x", quoted(codec::to_base64url(xy.first(48)))},
       {"y", quoted(codec::to_base64url(xy.subspan(48)))},
       {"x5c", '[' + quoted(codec::to_base64(certificate)) + ',' + quoted(codec::to_base64(intermediate)) + ']'}});
}

std::string SimulatedNras::jwks() const { return R"({"keys":[)" + jwk() + "]}"; }

JsonMembers gpu_claims(const Hash256& nonce, Instant now, NrasVersion version, std::uint64_t ueid) {
  const std::string prefix = "x-nvidia-gpu-";
  JsonMembers out = device_claims(nonce, now, ueid, prefix);
  out["hwmodel"] = quoted("GH100 A01 GSP BROM");
  out["oemid"] = quoted("5703");
  out[prefix + "driver-version"] = quoted("570.124.06");
  out[prefix + "vbios-version"] = quoted("96.00.9F.00.01");
  add_report_chain(out, prefix, version);
  add_rim(out, prefix + "driver-rim-", version);
  add_rim(out, prefix + "vbios-rim-", version);
  add_true(out, prefix, {"vbios-index-no-conflict"});
  return out;
}

JsonMembers switch_claims(const Hash256& nonce, Instant now, std::uint64_t ueid) {
  const std::string prefix = "x-nvidia-switch-";
  JsonMembers out = device_claims(nonce, now, ueid, prefix);
  out["hwmodel"] = quoted("LS_10 A01 FSP BROM");
  out["oemid"] = "null";
  out[prefix + "bios-version"] = quoted("96.10.55.00.01");
  add_report_chain(out, prefix, NrasVersion::v3);
  add_rim(out, prefix + "bios-rim-", NrasVersion::v3);
  return out;
}

JsonMembers overall_claims(const Hash256& nonce, Instant now, NrasVersion version) {
  JsonMembers out = common_claims(nonce, now);
  out["sub"] = quoted("NVIDIA-PLATFORM-ATTESTATION");
  out["x-nvidia-ver"] = quoted(version == NrasVersion::v2 ? "2.0" : "3.0");
  out["x-nvidia-overall-att-result"] = "true";
  return out;
}

std::string sign_jws(std::string_view header, std::string_view claims, const crypto::EcPrivateKey& key) {
  const std::string input = codec::to_base64url(as_bytes(header)) + '.' + codec::to_base64url(as_bytes(claims));
  return input + '.' + codec::to_base64url(key.sign(as_bytes(input)));
}

std::string sign_claims(const JsonMembers& claims, const SimulatedNras& nras) {
  return sign_jws(R"({"kid":)" + quoted(nras.kid) + R"(,"alg":"ES384"})", to_json(claims), nras.key);
}

std::string submods_of(const DeviceTokens& devices) {
  JsonMembers out;
  for (const auto& [name, token] : devices) {
    out[name] = R"(["DIGEST",["SHA-256",)" + quoted(to_hex(crypto::sha256(as_bytes(token)))) + "]]";
  }
  return to_json(out);
}

std::string detached_eat(std::string_view overall, const DeviceTokens& devices) {
  std::string members;
  for (const auto& [name, token] : devices) {
    members += (members.empty() ? "" : ",") + quoted(name) + ':' + quoted(token);
  }
  return R"([["JWT",)" + quoted(overall) + "],{" + members + "}]";
}

}  // namespace aipg::tee
