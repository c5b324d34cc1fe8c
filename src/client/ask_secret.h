// SPDX-License-Identifier: Apache-2.0
// A secret that somebody types or pastes: not shown on the terminal, or one
// line of standard input where that is no terminal.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::client {

// `prompt` goes to stderr, on a terminal only. At most 4096 bytes. Ctrl-C and Ctrl-D give up.
// Errors: key_not_given (nothing, or given up), file_unreadable.
[[nodiscard]] Result<SecretBytes> ask_secret(const std::string& prompt);

}  // namespace aipg::client
