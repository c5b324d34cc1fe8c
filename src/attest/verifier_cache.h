// SPDX-License-Identifier: Apache-2.0
// What a verifier need not do twice: reading the same bytes, and checking the
// same signature over them with the same key. Optional, and given by whoever
// verifies often: a worker's certificates, revocation lists, manifests and
// OCSP responses are the same for hours, and its evidence is the same in each
// answer until its keys change.
//
// It cannot change a verdict. What it keeps follows from bytes alone and is
// found again only by exactly these bytes: how they read, and which key signed
// them (crypto/known_signer.h). All that depends on an instant, on roots or on
// a policy is not kept but judged each time, as without it: windows, names,
// revocations, pins, findings. So nothing that it keeps can expire.
//
// It serves one set of roots, and is not used with another: whoever appraises
// for several trust stores has a cache for each. Bounded, some MiB at most.
// For one thread at a time; what it hands out may be read from any.
#pragma once

#include <optional>
#include <variant>

#include "attest/bundle.h"
#include "attest/keyset.h"
#include "attest/manifest.h"
#include "attest/remembered.h"
#include "attest/roots.h"
#include "crypto/crl.h"
#include "crypto/ocsp.h"

namespace aipg::seal {
struct Receipt;
}

namespace aipg::attest {

namespace nvidia {
struct Rim;
struct SignedRim;
}  // namespace nvidia
namespace tdx {
struct CollateralItem;
struct QeIdentity;
struct TcbInfo;
template <typename T>
struct KeptDocument;
}  // namespace tdx

class VerifierCache {
 public:
  explicit VerifierCache(RootSet roots) : roots_(std::move(roots)) {}
  [[nodiscard]] bool is_for(const RootSet& roots) const { return roots_ == roots; }

 private:
  template <typename T>
  using Handles = Remembered<std::shared_ptr<const T>>;
  RootSet roots_;

 public:
  // By the bytes that each is read from.
  Remembered<crypto::Certificate> certificates;
  Remembered<crypto::Crl> crls;
  Remembered<crypto::OcspResponse> ocsp_responses;
  Handles<std::vector<Bytes>> quote_chains;  // DER of each certificate
  Handles<nvidia::SignedRim> rims;
  Handles<nvidia::Rim> rim_contents;
  Handles<tdx::CollateralItem> collateral_items;
  Handles<tdx::KeptDocument<tdx::TcbInfo>> tcb_infos;
  Handles<tdx::KeptDocument<tdx::QeIdentity>> qe_identities;
  Handles<Bundle> bundles;
  Handles<Keyset> keysets;
  Handles<Manifest> manifests;
  Handles<seal::Receipt> receipts;  // by the key that signed it, and its text

  // Of quotes and reports, those that held: by key, signature and what is signed.
  Remembered<std::monostate> signatures;
};

// The cache that one verdict uses: the caller's where it is for these roots, else one for this verdict alone, so that
// what stands in one set of evidence several times is looked at once, too. Borrows the caller's.
class CacheInUse {
 public:
  CacheInUse(VerifierCache* callers, const RootSet& roots) : cache_(callers) {
    if (callers == nullptr || !callers->is_for(roots)) cache_ = &own_.emplace(roots);
  }
  CacheInUse(const CacheInUse&) = delete;
  CacheInUse& operator=(const CacheInUse&) = delete;
  [[nodiscard]] VerifierCache* get() { return cache_; }

 private:
  std::optional<VerifierCache> own_;
  VerifierCache* cache_;
};

// What `read(bytes)` gives, which a cache may remember.
template <typename T, typename Read>
[[nodiscard]] Result<T> recall(VerifierCache* cache, Remembered<T> VerifierCache::* kind, ByteView bytes,
                               const Read& read) {
  return cache == nullptr ? read(bytes) : (cache->*kind).get(bytes, read);
}

[[nodiscard]] Result<crypto::Certificate> read_certificate(ByteView der, VerifierCache* cache);
[[nodiscard]] Result<std::vector<crypto::Certificate>> read_certificates(const std::vector<Bytes>& ders,
                                                                         VerifierCache* cache);
[[nodiscard]] Result<crypto::Crl> read_crl(ByteView der, VerifierCache* cache);
[[nodiscard]] Result<crypto::OcspResponse> read_ocsp_response(ByteView der, VerifierCache* cache);
// parse_bundle(), parse_keyset(), parse_manifest().
[[nodiscard]] Result<std::shared_ptr<const Bundle>> read_bundle(ByteView bytes, VerifierCache* cache);
[[nodiscard]] Result<std::shared_ptr<const Keyset>> read_keyset(ByteView bytes, VerifierCache* cache);
[[nodiscard]] Result<std::shared_ptr<const Manifest>> read_manifest(ByteView bytes, VerifierCache* cache);
// key.verify(message, rs).
[[nodiscard]] bool verify_signature(const crypto::EcPublicKey& key, ByteView message, ByteView rs,
                                    VerifierCache* cache);

}  // namespace aipg::attest
