// SPDX-License-Identifier: Apache-2.0
// What the terminal of a conversation can show.
#pragma once

#include <string>
#include <string_view>

namespace aipg::client {

struct TerminalLook {
  bool colour = false;  // never with NO_COLOR
  bool moves = false;   // lines can be taken back, and pasted blocks told apart: it is no dumb terminal
};

// Decoration: what matters less.
[[nodiscard]] inline std::string dimmed(std::string_view text, const TerminalLook& look) {
  return look.colour ? "\x1b[2m" + std::string(text) + "\x1b[0m" : std::string(text);
}

}  // namespace aipg::client
