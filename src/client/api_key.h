// SPDX-License-Identifier: Apache-2.0
// The key that a gateway knows its user by, from wherever it comes: given as
// it is, or printed by a command of the user's ("pass show aipg").
//
// That command is run without a shell: its words are split at spaces, quotes
// hold words together, and what a shell would do more than that is refused. It
// inherits the terminal's error output, not the input, so that it may say what
// it waits for. The first line that it prints is the key, which never stands
// in a message, a log or an argument.
// Complaints: api_key_form, key_command_form, key_command_failed.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "program/complaint.h"

namespace aipg::client {

// As long as somebody may need to unlock a store of passwords.
inline constexpr milliseconds kKeyCommandLimit{60'000};

// 1 to 512 visible characters of ASCII: what a header field can carry.
[[nodiscard]] bool is_api_key(std::string_view text);

// Error: key_command_form. Pure.
[[nodiscard]] Result<std::vector<std::string>> split_command(std::string_view command);

// Threads: any. Starts a process, and ends it when `limit` is over.
[[nodiscard]] std::expected<std::string, program::Complaint> key_from_command(const std::string& command,
                                                                              milliseconds limit = kKeyCommandLimit);

// The key itself, else what the command prints; empty when there is neither.
[[nodiscard]] std::expected<std::string, program::Complaint> find_api_key(const std::string& api_key,
                                                                          const std::string& command);

}  // namespace aipg::client
