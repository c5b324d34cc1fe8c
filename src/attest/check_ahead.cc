// SPDX-License-Identifier: Apache-2.0
#include "attest/check_ahead.h"

#include <set>

#include "attest/nvidia/signed_rim.h"

namespace aipg::attest {
namespace {

using crypto::Certificate;

// What was read, and the checks that it suggests.
class Checks {
 public:
  Checks(VerifierCache& cache, std::vector<std::function<void()>>& tasks) : cache_(cache), tasks_(tasks) {}

  void add_certificates(const std::vector<Bytes>& ders) {
    for (const Bytes& der : ders) {
      if (auto certificate = read_certificate(der, &cache_)) add(*certificate);
    }
  }

  void add_list(const Bytes& der) {
    if (auto list = read_crl(der, &cache_)) lists_.push_back(*std::move(list));
  }

  void add_response(const Bytes& der) {
    const auto response = read_ocsp_response(der, &cache_);
    if (!response || !seen_.insert(der).second) return;
    for (const Certificate& each : response->certificates()) {
      add(each);
      if (each.ec_key() == nullptr) continue;
      tasks_.emplace_back([response = *response, each] { (void)response.signed_by(*each.ec_key()); });
    }
  }

  void add_manifest(const Bytes& xml) {
    const auto rim = recall(&cache_, &VerifierCache::rims, xml, nvidia::read_signed_rim);
    if (!rim) return;
    add_certificates((*rim)->signature->certificates);
    for (const Bytes& der : (*rim)->signature->certificates) {
      const auto signer = read_certificate(der, &cache_);
      if (!signer || signer->is_ca().value_or(false) || signer->ec_key() == nullptr) continue;
      tasks_.emplace_back([rim = *rim, signer = *signer] { (void)rim->signed_by(signer); });
    }
  }

  // Once all are there.
  void pair() {
    for (const Certificate& subject : certificates_) suggest(subject);
    for (const crypto::Crl& list : lists_) suggest(list);
  }

 private:
  void add(const Certificate& certificate) {
    if (seen_.insert(to_bytes(certificate.der())).second) certificates_.push_back(certificate);
  }

  template <typename Signed>
  void suggest(const Signed& what) {
    if (!what.authority_key_id()) return;
    for (const Certificate& issuer : certificates_) {
      const bool fits = issuer.subject() == what.issuer() && issuer.subject_key_id() == what.authority_key_id();
      if (fits && !equal(issuer.der(), what.der()))
        tasks_.emplace_back([what, issuer] { (void)what.signed_by(issuer); });
    }
  }

  VerifierCache& cache_;
  std::vector<std::function<void()>>& tasks_;
  std::set<Bytes> seen_;
  std::vector<Certificate> certificates_;
  std::vector<crypto::Crl> lists_;
};

}  // namespace

void check_ahead(std::span<const std::vector<Bytes>> chains, const Endorsements& beside, VerifierCache& cache,
                 const TaskRunner& run) {
  std::vector<std::function<void()>> tasks;
  Checks checks(cache, tasks);
  for (const std::vector<Bytes>& chain : chains) checks.add_certificates(chain);
  checks.add_certificates(beside.certificates);
  for (const Bytes& der : beside.crls) checks.add_list(der);
  for (const Bytes& der : beside.ocsp_responses) checks.add_response(der);
  for (const Bytes& xml : beside.rims) checks.add_manifest(xml);
  checks.pair();
  run(tasks);
}

}  // namespace aipg::attest
