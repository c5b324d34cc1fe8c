// SPDX-License-Identifier: Apache-2.0
// A reference integrity manifest (RIM): what NVIDIA says that a driver or a
// VBIOS measures as. A SWID tag in XML, signed. Refuses what no real manifest
// has: other elements beside Entity, Meta, Payload and the signature, unknown
// attributes of a Resource, an index twice, values of another length. Pure.
// Errors: those of codec/xml.h; rim_root, rim_meta, rim_payload,
// rim_resource, rim_hash (where says the field, offset the Resource's
// position); rim_signature_form, rim_certificate; those of crypto/certificate.h.
// Source: ISO/IEC 19770-2:2015, TCG RIM information model, as real ones are.
#pragma once

#include <string>

#include "attest/rules.h"
#include "attest/verifier_cache.h"
#include "codec/xml.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace aipg::attest::nvidia {

inline constexpr std::size_t kMaxRimBytes = 1 << 20;
inline constexpr std::size_t kRimIndexes = 64;

enum class RimEdition : std::uint8_t { gpu, nvswitch };

struct RimMeasurement {
  std::uint8_t index = 0;  // SPDM counts from 1: its index is this and one
  bool active = false;     // the others carry no golden value
  std::vector<crypto::Hash384> alternatives;
};

struct Rim {
  std::string version;  // of driver or VBIOS: "570.124.06", "96.00.9F.00.01"
  std::string product;  // "GH100", "LS10"
  RimEdition edition = RimEdition::gpu;
  std::vector<RimMeasurement> measurements;  // in the file's order; each index once, at least one active
};

// The content of the root element. Says nothing about who wrote it: verify_rim() does.
[[nodiscard]] Result<Rim> parse_rim(const codec::xml::Node& root);

// A manifest that NVIDIA signed. Exists only through verify_rim().
class VerifiedRim {
 public:
  [[nodiscard]] const Rim& content() const { return *content_; }
  // Signer first, root last: all but the root may have been revoked.
  [[nodiscard]] const std::vector<crypto::Certificate>& chain() const { return chain_; }

 private:
  friend std::optional<VerifiedRim> verify_rim(ByteView, const std::vector<Bytes>&, Instant, Rules&, VerifierCache*);
  VerifiedRim(std::shared_ptr<const Rim> content, std::vector<crypto::Certificate> chain)
      : content_(std::move(content)), chain_(std::move(chain)) {}
  std::shared_ptr<const Rim> content_;
  std::vector<crypto::Certificate> chain_;
};

// Rules rim_structure, rim_chain, rim_digest, rim_signature, rim_content. Golden
// values are read only once the bytes they stand in are known to be NVIDIA's.
// nullopt once a rule is broken.
[[nodiscard]] std::optional<VerifiedRim> verify_rim(ByteView xml, const std::vector<Bytes>& roots, Instant at,
                                                    Rules& rules, VerifierCache* cache = nullptr);

}  // namespace aipg::attest::nvidia
