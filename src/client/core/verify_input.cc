// SPDX-License-Identifier: Apache-2.0
#include "client/core/verify_input.h"

#include "base/text.h"
#include "client/core/insertion.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace aipg::client {
namespace {

// The "v" of one of our documents; empty when it is none.
std::string version_of(std::string_view json) {
  const auto document = codec::json::parse(json, {.max_bytes = attest::kMaxAttestationBytes, .max_depth = 32});
  if (!document) return {};
  const auto version = document->root().find("v");
  return version ? version->string().value_or("") : "";
}

Result<VerifyInput> recognise_document(std::string_view json) {
  const std::string version = version_of(json);
  if (version.starts_with("aipg.attestation.")) {
    AIPG_TRY(auto attestation, attest::parse_attestation(json));
    return std::move(attestation);
  }
  if (version.starts_with("aipg.evidence.")) return EvidenceBundle{to_bytes(json)};
  return fail("verify_input");
}

}  // namespace

Result<VerifyInput> recognise(ByteView file) {
  if (auto separated = separate_attestation(file)) {
    AIPG_TRY(const Bytes json, codec::from_base64(separated->attestation));
    AIPG_TRY(auto attestation, attest::parse_attestation(as_text(json)));
    return AttestedAnswer{std::move(attestation), std::move(separated->original)};
  }
  const std::string_view text = trimmed(as_text(file));
  if (text.starts_with('{')) return recognise_document(text);
  const auto decoded = codec::from_base64(text);
  if (!decoded) return fail("verify_input");
  return recognise_document(as_text(*decoded));
}

}  // namespace aipg::client
