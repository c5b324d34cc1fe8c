// SPDX-License-Identifier: Apache-2.0
// The XML signature that a reference integrity manifest ends with, and the
// certificates of whoever made it. One form only: enveloped, last in the root,
// one Reference to the whole document, ECDSA P-384 with SHA-384, canonical XML
// 1.1, no key but the certificates'. Every address of an algorithm is compared,
// none is looked up. Internal to rim.cc. Pure.
// Errors: rim_signature_form (where says the part), rim_certificate; those of
// crypto/certificate.h.
// Source: W3C XML Signature 1.1, as real manifests use it.
#pragma once

#include "attest/verifier_cache.h"
#include "base/clock.h"
#include "codec/xml.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace aipg::attest::nvidia {

struct RimSignature {
  codec::xml::Node element;  // left out of what is digested
  codec::xml::Node signed_info;
  crypto::Hash384 digest{};
  Bytes value;                      // r ‖ s
  std::vector<Bytes> certificates;  // DER, in the file's order, which means nothing
};

// The only signature there is, anywhere in the document.
[[nodiscard]] Result<RimSignature> read_rim_signature(const codec::xml::Node& root);

// Is the digest that of the document without its signature?
[[nodiscard]] bool digests(const RimSignature& signature, const codec::xml::Node& root);
// Did this key sign SignedInfo?
[[nodiscard]] bool signs(const crypto::Certificate& signer, const RimSignature& signature);

// Exactly four P-384 certificates, put in order by their issuers, signer first,
// up to one of `roots`, with the usages that NVIDIA gives them, valid at `at`.
[[nodiscard]] Result<std::vector<crypto::Certificate>> verified_rim_chain(const std::vector<Bytes>& certificates,
                                                                          const std::vector<Bytes>& roots, Instant at,
                                                                          VerifierCache* cache = nullptr);

}  // namespace aipg::attest::nvidia
