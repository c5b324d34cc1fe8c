// SPDX-License-Identifier: Apache-2.0
// What the formats leave unsigned, by offset: the only places where a changed
// bit or a cut may be accepted, each with its reason. Found by where they
// stand in the file, independently of the verifier's readers, so that files
// added later have theirs; flips_test.cc pins the offsets of those known today.
#pragma once

#include <optional>

#include "damage.h"

namespace aipg::flips {

enum class Reason : std::uint8_t {
  digit_case,         // a hexadecimal digit may be of either case
  white_space,        // white space, or Intel's NUL after a quote's certificates, at the end of a text
  unsigned_claim,     // what a tool wrote beside the evidence, and nothing here reads
  padding,            // cut: of the zeros after a quote's signature section, or of the white space at the end of a text
  whole_certificate,  // cut: after a whole certificate; those that are left suffice, for roots are compiled in
};
inline constexpr std::size_t kReasons = 5;
[[nodiscard]] std::string_view to_text(Reason reason);

struct Region {
  std::size_t from, to;
  Reason reason;

  bool operator==(const Region&) const = default;
};

// Where bits may change, ascending.
[[nodiscard]] std::vector<Region> unsigned_regions(const Subject& subject);

// Why this was rightly accepted; nullopt: it was not.
[[nodiscard]] std::optional<Reason> reason_for(const Subject& subject, const std::vector<Region>& regions,
                                               Acceptance accepted);

}  // namespace aipg::flips
