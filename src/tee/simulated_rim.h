// SPDX-License-Identifier: Apache-2.0
// Writes reference integrity manifests laid out as NVIDIA's are, signed under a
// PKI of its own whose names begin with SIMULATED; and, for tests, manifests
// with one thing wrong and everything else signed anew. Not part of the
// verifier; canonical XML is the codec's, which is held against libxml2.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/certificate_writer.h"
#include "crypto/digest.h"
#include "tee/simulated_ocsp.h"

namespace aipg::tee {

// Who signs simulated manifests: what NVIDIA's reference values service is to real ones.
struct SimulatedRimPki {
  std::vector<Bytes> chain;                         // signer (L4), L3, CA, root
  crypto::EcPrivateKey key;                         // the signer's
  std::vector<SimulatedResponder> responders = {};  // who answers for L3, CA and root, in this order
};

using RimTemplates = std::array<crypto::CertificateTemplate, 4>;  // in the chain's order
// `edit` may change a certificate before it is issued.
[[nodiscard]] SimulatedRimPki make_rim_pki(Instant now, const std::function<void(RimTemplates&)>& edit = {},
                                           crypto::Curve signer = crypto::Curve::p384);

// What the responders say about the signer, L3 and CA: all good, but for what `edit` changes.
[[nodiscard]] std::vector<Bytes> make_rim_revocation_answers(const SimulatedRimPki& pki, Instant now,
                                                             const OcspEdit& edit = {});

struct GoldenValue {
  std::uint32_t index = 0;
  bool active = false;
  std::vector<crypto::Hash384> alternatives;
};

struct RimContent {
  std::string version, product = "GH100", edition = "GPU";
  std::vector<GoldenValue> values;  // 64, as in every real manifest
};

// What the simulated reports' measurements are checked against: the same values, active where real ones are.
[[nodiscard]] RimContent driver_rim(std::string_view version);
[[nodiscard]] RimContent vbios_rim(std::string_view version);
[[nodiscard]] RimContent switch_rim(std::string_view version);

// Where a test may break something. Each is called with what is written so far.
struct RimEdits {
  std::function<void(std::string&)> body = {};  // the root and all in it but the signature; before it is digested
  std::function<void(std::string&)> signed_info = {};  // before it is signed
  std::function<void(std::string&)> signature = {};    // the whole element, signed
};

[[nodiscard]] std::string make_rim(const RimContent& content, const SimulatedRimPki& pki, const RimEdits& edits = {});

// The service's answer around a manifest.
[[nodiscard]] std::string make_rim_answer(std::string_view id, std::string_view xml);

}  // namespace aipg::tee
