// SPDX-License-Identifier: Apache-2.0
#include "attest/verifier_cache.h"

namespace aipg::attest {
namespace {

// Each length but the signature's is said or follows from the curve, so no other three are written the same.
Bytes written(const crypto::EcPublicKey& key, ByteView message, ByteView rs) {
  const std::uint64_t length = message.size();
  Bytes out{static_cast<std::uint8_t>(key.curve())};
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::uint8_t>(length >> shift));
  append(out, key.xy());
  append(out, message);
  append(out, rs);
  return out;
}

// What is long is kept once, and handed out.
template <typename T, Result<T> (*parse)(ByteView)>
Result<std::shared_ptr<const T>> shared(ByteView bytes) {
  AIPG_TRY(T parsed, parse(bytes));
  return std::make_shared<const T>(std::move(parsed));
}

}  // namespace

Result<crypto::Certificate> read_certificate(ByteView der, VerifierCache* cache) {
  return recall(cache, &VerifierCache::certificates, der, &crypto::Certificate::parse);
}

Result<std::vector<crypto::Certificate>> read_certificates(const std::vector<Bytes>& ders, VerifierCache* cache) {
  std::vector<crypto::Certificate> out;
  for (const Bytes& der : ders) {
    AIPG_TRY(crypto::Certificate certificate, read_certificate(der, cache));
    out.push_back(std::move(certificate));
  }
  return out;
}

Result<crypto::Crl> read_crl(ByteView der, VerifierCache* cache) {
  return recall(cache, &VerifierCache::crls, der, &crypto::Crl::parse);
}

Result<crypto::OcspResponse> read_ocsp_response(ByteView der, VerifierCache* cache) {
  return recall(cache, &VerifierCache::ocsp_responses, der, [cache](ByteView bytes) {
    return crypto::OcspResponse::parse(bytes, [cache](ByteView each) { return read_certificate(each, cache); });
  });
}

Result<std::shared_ptr<const Bundle>> read_bundle(ByteView bytes, VerifierCache* cache) {
  return recall(cache, &VerifierCache::bundles, bytes, shared<Bundle, parse_bundle>);
}

Result<std::shared_ptr<const Keyset>> read_keyset(ByteView bytes, VerifierCache* cache) {
  return recall(cache, &VerifierCache::keysets, bytes, shared<Keyset, parse_keyset>);
}

Result<std::shared_ptr<const Manifest>> read_manifest(ByteView bytes, VerifierCache* cache) {
  return recall(cache, &VerifierCache::manifests, bytes, shared<Manifest, parse_manifest>);
}

bool verify_signature(const crypto::EcPublicKey& key, ByteView message, ByteView rs, VerifierCache* cache) {
  if (cache == nullptr) return key.verify(message, rs);
  const auto check = [&](ByteView) -> Result<std::monostate> {
    if (!key.verify(message, rs)) return fail("signature");
    return std::monostate{};
  };
  return cache->signatures.get(written(key, message, rs), check).has_value();
}

}  // namespace aipg::attest
