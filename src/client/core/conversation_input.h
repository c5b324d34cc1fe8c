// SPDX-License-Identifier: Apache-2.0
// What a person's input means in a conversation. Pure; views borrow.
#pragma once

#include <string_view>

namespace aipg::client {

struct SaidCommand {
  std::string_view name;      // without its slash
  std::string_view argument;  // without the white space around it
};

// More lines are to follow: the last one ends with a backslash, or a line that begins with ``` has no other after it.
[[nodiscard]] bool goes_on(std::string_view text);
[[nodiscard]] bool ends_with_backslash(std::string_view text);

// A slash begins a command; two are text that begins with one.
[[nodiscard]] bool is_command(std::string_view text);
[[nodiscard]] SaidCommand read_command(std::string_view text);
[[nodiscard]] std::string_view read_message(std::string_view text);

}  // namespace aipg::client
