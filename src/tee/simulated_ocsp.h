// SPDX-License-Identifier: Apache-2.0
// Writes OCSP responses byte for byte as NVIDIA's responders do, and issues
// the responders' certificates: every field can be set, so that any answer can
// be had. The writer shares no code with the verifier.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crypto/certificate.h"
#include "crypto/signature.h"

namespace aipg::tee {

struct SimulatedResponder {
  Bytes certificate;
  crypto::EcPrivateKey key;
};

// The defaults are NVIDIA's newer responders.
struct ResponderContent {
  std::string name = "SIMULATED NVIDIA OCSP Responder";
  Instant not_before, not_after;
  bool ca = false;
  unsigned key_usage = 1;                          // digitalSignature
  std::vector<std::string> purposes = {kSigning};  // extended key usage; no extension when empty
  bool purposes_critical = true;
  bool no_check = true;  // the extension; older ones name it as a purpose
  std::vector<crypto::Extension> extra;
  crypto::Curve curve = crypto::Curve::p384;

  static constexpr const char* kSigning = "1.3.6.1.5.5.7.3.9";
  static constexpr const char* kNoCheckPurpose = "1.3.6.1.5.5.7.48.1.5";
};
// Valid from a day before `now` for three years.
[[nodiscard]] ResponderContent responder_at(Instant now);
[[nodiscard]] SimulatedResponder make_responder(const ResponderContent& content, const std::string& issuer_cn,
                                                const crypto::EcPrivateKey& issuer_key);
// The responder of an authority, for good: whoever keeps it need not keep the authority's key.
[[nodiscard]] SimulatedResponder make_lasting_responder(std::string_view authority, const crypto::EcPrivateKey& key,
                                                        Instant now);

enum class SimulatedOcspStatus : std::uint8_t { good, revoked, unknown };

struct OcspAnswer {
  std::string hash_oid = "2.16.840.1.101.3.4.2.2";  // SHA-384
  Bytes issuer_name_hash, issuer_key_hash, serial;
  SimulatedOcspStatus status = SimulatedOcspStatus::good;
  Instant revoked_at;
  std::optional<unsigned> reason;
  Instant this_update;
  std::optional<Instant> next_update;
  std::vector<crypto::Extension> extensions;
};
// Good, from an hour before `now` for a day.
[[nodiscard]] OcspAnswer answer_about(const crypto::Certificate& subject, const crypto::Certificate& issuer,
                                      Instant now);

struct OcspContent {
  std::uint8_t response_status = 0;  // successful; any other is sent without an answer
  std::string response_type = "1.3.6.1.5.5.7.48.1.1";
  std::optional<Bytes> responder_name;      // DER of a Name; else the responder is named by its key
  std::optional<Bytes> responder_key_hash;  // else the SHA-1 of the certificate's
  Instant produced_at;
  std::vector<OcspAnswer> answers;
  std::optional<Bytes> nonce;
  std::vector<crypto::Extension> extensions;
  std::vector<Bytes> certificates;  // carried along
  std::optional<Bytes> signature;   // r ‖ s of 48 bytes each, instead of a true one
};
using OcspEdit = std::function<void(std::size_t, OcspAnswer&)>;  // position in the chain, and what is said about it
[[nodiscard]] OcspContent content_of(OcspAnswer answer, const SimulatedResponder& responder);

// Signed with `key`; `signer` is whom the response names.
[[nodiscard]] Bytes make_ocsp_response(const OcspContent& content, const crypto::Certificate& signer,
                                       const crypto::EcPrivateKey& key);
// As it is in life: by the responder, whose certificate is carried along.
[[nodiscard]] Bytes make_ocsp_response(const OcspContent& content, const SimulatedResponder& responder);

// One response for each of `responders`: the first answers about chain[first], whose issuer is chain[first + 1], the
// next about the one after it. All good, but for what `edit` changes.
[[nodiscard]] std::vector<Bytes> make_answers(std::span<const SimulatedResponder> responders,
                                              const std::vector<Bytes>& chain, std::size_t first, Instant now,
                                              const OcspEdit& edit = {});

}  // namespace aipg::tee
