// SPDX-License-Identifier: Apache-2.0
// What a file given to `aipg verify` is, told by its content. Pure.
// Errors: verify_input (none of what it can read), and those of the formats once one is recognised.
#pragma once

#include <optional>
#include <variant>

#include "attest/attestation.h"
#include "base/secret.h"

namespace aipg::client {

// An answer of the API (JSON or an event stream) that carries its attestation.
struct AttestedAnswer {
  attest::Attestation attestation;
  SecretBytes answer;  // without it: the bytes under the receipt
};
struct EvidenceBundle {
  Bytes bytes;
};
using VerifyInput = std::variant<attest::Attestation, EvidenceBundle, AttestedAnswer>;

[[nodiscard]] Result<VerifyInput> recognise(ByteView file);

}  // namespace aipg::client
