// SPDX-License-Identifier: Apache-2.0
// Splits a command line into flags, values and positional arguments; what
// they mean is the option table's business.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "program/complaint.h"

namespace aipg::program {

struct KnownFlag {
  std::string name;  // "--drain-grace"
  bool takes_value = true;
  bool repeatable = false;
};

struct CommandLine {
  std::map<std::string, std::vector<std::string>> flags;  // those given; a flag without a value has "true"
  std::vector<std::string> positionals;
};

// Complaints: unknown_flag, missing_value, repeated_flag. Values are not repeated in them: one may be a secret.
// After "--" everything is positional. "-h" is "--help".
[[nodiscard]] std::expected<CommandLine, Complaint> split_command_line(const std::vector<std::string>& args,
                                                                       const std::vector<KnownFlag>& known);

}  // namespace aipg::program
