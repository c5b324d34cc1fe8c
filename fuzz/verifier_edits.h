// SPDX-License-Identifier: Apache-2.0
// A fuzz input as a recipe: which valid evidence to begin with, and what to do
// to it. So every input means something whatever keys this process made, and
// damage reaches past the parsers: members of JSON, bits of certificates inside
// PEM, parts of one machine in another's, content that is correctly signed.
#pragma once

#include "base/byte_reader.h"
#include "verifier_originals.h"

namespace aipg::fuzz {

struct Edited {
  Scenario scenario;
  bool strict = true;     // under the policy `vendor`, else `chain`
  milliseconds later{0};  // judged so long after
  Parts signed_anew;      // parts that are genuine besides the originals'
};

// What the recipe makes. Steps that do not apply do nothing; bytes that are missing are zero.
[[nodiscard]] Edited follow(ByteView recipe, const Originals& originals);

}  // namespace aipg::fuzz
