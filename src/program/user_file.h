// SPDX-License-Identifier: Apache-2.0
// The user's file of settings, one for all commands of a program for people:
// $XDG_CONFIG_HOME/aipg/config.toml, or below $HOME/.config. What commands
// share stands outside any table, the rest in a table for each command:
//
//   gateway = "https://api.aipowergrid.io/v1"
//   api_key_command = "pass show aipg"
//   [chat]
//   model = "llama-3-70b"
//
// A command reads its own keys only (Options::user_file); the whole file is
// held against what all commands take before one of them runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "program/complaint.h"
#include "program/description.h"
#include "program/options.h"

namespace aipg::program {

// nullopt where there is no home.
[[nodiscard]] std::optional<std::string> user_file_path(const Environment& environment);
// nullopt where there is none, which is fine.
[[nodiscard]] std::optional<std::string> existing_user_file(const Environment& environment);

// What is wrong with the file: nullopt when every key is one that some command knows, and nobody else may read a file
// that holds a secret. Complaints: config_unreadable, config_not_toml, unknown_key, file_open_to_others.
[[nodiscard]] std::optional<Complaint> check_user_file(const std::string& path,
                                                       const std::vector<CommandDescription>& commands);

}  // namespace aipg::program
