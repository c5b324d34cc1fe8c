// SPDX-License-Identifier: Apache-2.0
#include "program/version.h"

#include <fmt/core.h>

namespace aipg::program {

ExitCode print_version(const std::vector<std::string>&) {
  fmt::print("{} (protocol 1)\n", kVersion);
  return ExitCode::done;
}

}  // namespace aipg::program
