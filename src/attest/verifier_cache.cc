// SPDX-License-Identifier: Apache-2.0
#include "attest/verifier_cache.h"

namespace aipg::attest {

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

}  // namespace aipg::attest
