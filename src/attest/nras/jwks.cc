// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/jwks.h"

#include "codec/base64.h"
#include "codec/json_fields.h"

namespace aipg::attest::nras {
namespace {

namespace json = codec::json;
using crypto::Certificate;

constexpr std::size_t kMaxDocumentBytes = 1 << 20, kMaxKeys = 256, kMaxKidBytes = 256, kMaxChain = 8;
constexpr std::size_t kMaxCertificateBytes = 16 << 10, kCoordinateBytes = 48;
constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5;

Result<std::vector<Bytes>> read_chain(json::Value list) {
  if (list.size() == 0 || list.size() > kMaxChain) return fail("jwks_key", "x5c", list.offset());
  std::vector<Bytes> out;
  for (json::Value value : list) {
    const auto text = value.plain_string();
    if (!text || text->size() > 2 * kMaxCertificateBytes) return fail("jwks_key", "x5c", value.offset());
    auto der = codec::from_base64(*text);
    if (!der) return fail("jwks_key", "x5c", value.offset());
    out.push_back(*std::move(der));
  }
  return out;
}

Result<crypto::EcPublicKey> read_point(ByteView x, ByteView y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) return fail("jwks_key", "point");
  Bytes xy = to_bytes(x);
  append(xy, y);
  auto key = crypto::EcPublicKey::from_xy(crypto::Curve::p384, xy);
  if (!key) return fail("jwks_key", "point");
  return *std::move(key);
}

Result<Jwk> read_key(json::Value value) {
  json::Fields fields(value, "jwks key");
  const std::string type = fields.string("kty", 16), curve = fields.string("crv", 16);
  const std::string kid = fields.string("kid", kMaxKidBytes);
  const Bytes x = fields.bytes("x", kCoordinateBytes), y = fields.bytes("y", kCoordinateBytes);
  const auto chain = fields.value("x5c", json::Kind::array);
  const std::string use = fields.optional_string("use", 16).value_or("sig");
  const std::string algorithm = fields.optional_string("alg", 16).value_or("ES384");
  AIPG_CHECK(fields.finish());
  if (type != "EC" || curve != "P-384") return fail("jwks_key", "type", value.offset());
  if (use != "sig" || algorithm != "ES384") return fail("jwks_key", "use", value.offset());
  if (kid.empty()) return fail("jwks_key", "kid", value.offset());
  AIPG_TRY(crypto::EcPublicKey key, read_point(x, y));
  AIPG_TRY(std::vector<Bytes> ders, read_chain(*chain));
  AIPG_TRY(Certificate certificate, Certificate::parse(ders.front()));
  const crypto::EcPublicKey* certified = certificate.ec_key();
  const bool same =
      certified != nullptr && certified->curve() == crypto::Curve::p384 && equal(certified->xy(), key.xy());
  if (!same) return fail("jwks_key", "certificate", value.offset());
  ders.erase(ders.begin());
  return Jwk{kid, std::move(key), std::move(certificate), std::move(ders)};
}

bool has_unknown_critical_extension(const Certificate& certificate) {
  const std::array known{certificate.find_extension("2.5.29.19"), certificate.find_extension("2.5.29.15"),
                         certificate.find_extension("2.5.29.37")};
  return std::ranges::any_of(certificate.extensions(), [&](const crypto::Extension& each) {
    return each.critical && std::ranges::find(known, &each) == known.end();
  });
}

Result<void> check_issuer(const Certificate& issuer, Instant at) {
  if (!issuer.is_ca().value_or(false)) return fail("nras_key_chain", "issuer_ca");
  if ((issuer.key_usage().value_or(0) & kKeyCertSign) == 0) return fail("nras_key_chain", "issuer_key_usage");
  if (!issuer.valid_at(at)) return fail("nras_key_chain", "issuer_validity");
  return {};
}

Result<void> check_leaf(const Certificate& leaf, const Certificate& issuer, Instant at) {
  if (leaf.issuer() != issuer.subject()) return fail("nras_key_chain", "name");
  if (leaf.authority_key_id() && issuer.subject_key_id() && leaf.authority_key_id() != issuer.subject_key_id()) {
    return fail("nras_key_chain", "key_id");
  }
  if (leaf.is_ca().value_or(false)) return fail("nras_key_chain", "ca");
  if ((leaf.key_usage().value_or(0) & kDigitalSignature) == 0) return fail("nras_key_chain", "key_usage");
  if (has_unknown_critical_extension(leaf)) return fail("nras_key_chain", "critical_extension");
  if (!leaf.valid_at(at)) return fail("nras_key_chain", "validity");
  if (!leaf.signed_by(issuer)) return fail("nras_key_chain", "signature");
  return {};
}

}  // namespace

Result<Jwks> Jwks::parse(ByteView document) {
  AIPG_TRY(const json::Document parsed, json::parse(as_text(document), {.max_bytes = kMaxDocumentBytes}));
  json::Fields fields(parsed.root(), "jwks");
  const auto list = fields.value("keys", json::Kind::array);
  AIPG_CHECK(fields.finish());
  if (list->size() == 0 || list->size() > kMaxKeys) return fail("jwks_invalid", "keys");
  Jwks out;
  for (json::Value value : *list) {
    AIPG_TRY(Jwk key, read_key(value));
    if (out.find(key.kid) != nullptr) return fail("jwks_repeated", {}, value.offset());
    out.keys_.push_back(std::move(key));
  }
  return out;
}

const Jwk* Jwks::find(std::string_view kid) const {
  const auto found = std::ranges::find(keys_, kid, &Jwk::kid);
  return found == keys_.end() ? nullptr : &*found;
}

Result<void> check_key_chain(const Jwk& key, const std::vector<Bytes>& pinned, Instant at) {
  if (key.issuers.size() != 1) return fail("nras_key_chain", "length", key.issuers.size() + 1);
  if (std::ranges::find(pinned, key.issuers.front()) == pinned.end()) return fail("nras_key_chain", "not_pinned");
  AIPG_TRY(const Certificate issuer, Certificate::parse(key.issuers.front()));
  AIPG_CHECK(check_issuer(issuer, at));
  return check_leaf(key.certificate, issuer, at);
}

}  // namespace aipg::attest::nras
