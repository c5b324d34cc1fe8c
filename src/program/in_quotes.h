// SPDX-License-Identifier: Apache-2.0
// Text inside quotes, in the form that JSON and TOML share: what could end the
// string, start a new line or steer a terminal is escaped, other characters
// stay as they are, bytes that are not UTF-8 become U+FFFD. Pure.
#pragma once

#include <string>
#include <string_view>

namespace aipg::program {

[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace aipg::program
