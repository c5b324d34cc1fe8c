// SPDX-License-Identifier: Apache-2.0
// `aipg login` and `aipg logout`: the API key in the user's file of settings.
#pragma once

#include <string>
#include <vector>

#include "program/exit_code.h"

namespace aipg::client {

// Complaints: key_not_given, api_key_form, key_command_form, key_command_failed, invalid_api_key, invalid_address,
// no_home, and those of change_settings().
[[nodiscard]] program::ExitCode login_command(const std::vector<std::string>& args);
[[nodiscard]] program::ExitCode logout_command(const std::vector<std::string>& args);

}  // namespace aipg::client
