// SPDX-License-Identifier: Apache-2.0
// Whether a stream is a terminal, and colours on it. A colour is decoration
// only: what it says, the words beside it say too. There are none where the
// stream is no terminal, where NO_COLOR is set to anything, or on a terminal
// that says it is dumb (https://no-color.org).
#pragma once

#include <string>
#include <string_view>

#include "program/options.h"

namespace aipg::program {

[[nodiscard]] bool is_terminal(int fd);

enum class Colour : std::uint8_t { good, doubtful, bad, faint };

class Paint {
 public:
  // None at all.
  Paint() = default;
  Paint(int fd, const Environment& environment);

  [[nodiscard]] bool is_on() const { return why_not_.empty(); }
  // "output is no terminal", "NO_COLOR is set", "TERM is dumb"; empty when it is on.
  [[nodiscard]] std::string_view why_not() const { return why_not_; }
  [[nodiscard]] std::string operator()(Colour colour, std::string_view text) const;

 private:
  std::string_view why_not_ = "not asked for";
};

}  // namespace aipg::program
