// SPDX-License-Identifier: Apache-2.0
// Flips bits of a subject, cuts it, and says what was accepted nevertheless.
#pragma once

#include <map>

#include "subjects.h"

namespace aipg::flips {

// One bit of each byte that is looked at, each time another; or all eight.
enum class Bits : std::uint8_t { one, all };

struct Acceptance {
  std::size_t at;
  std::uint8_t bit;  // a mask; 0: cut here

  auto operator<=>(const Acceptance&) const = default;
};

struct Damage {
  std::size_t flips = 0, cuts = 0;
  std::vector<Acceptance> accepted;

  void add(const Damage& more);
};

// Damages the bytes [from, to).
[[nodiscard]] Damage damage(const Subject& subject, Bits bits, std::size_t from, std::size_t to);

// All of it, on so many threads. `done` is told of each subject as it is finished, one at a time.
using Done = std::function<void(const Subject&, const Damage&)>;
void damage_all(const std::vector<Subject>& subjects, Bits bits, unsigned threads, const Done& done);

}  // namespace aipg::flips
