// SPDX-License-Identifier: Apache-2.0
// Reference values as their authors write them: a TOML description, from which
// everybody makes the same document, byte for byte. Pure.
//
//   version = 8
//   issued = "2026-11-22T12:00:00Z"
//   [[release]]
//   name = "aipg-guest 1.4.0"
//   …
//
// example_reference_file() has every key. Hashes and keys are hexadecimal.
// Unknown keys are refused, and so is what would make no valid document.
// Errors: reference_description, those of attest::parse_reference().
#pragma once

#include <string>
#include <string_view>

#include "attest/reference.h"

namespace aipg::client {

// `complaint`, when given, receives what is wrong, with line and key.
[[nodiscard]] Result<attest::Reference> parse_reference_file(std::string_view toml, std::string* complaint = nullptr);

// The description of a document; parse_reference_file() makes the same bytes of
// it. Error: reference_description where it holds what a description cannot say
// (extensions, fractions of a second).
[[nodiscard]] Result<std::string> write_reference_file(const attest::Reference& reference);

// A description to begin with, of seven days from then: one release, and what each key means.
[[nodiscard]] std::string example_reference_file(Instant issued);

}  // namespace aipg::client
