// SPDX-License-Identifier: Apache-2.0
// What a person reads on stderr when a program cannot go on: what happened,
// what to do, and the code last, for searching.
//
//   aipg-gateway serve: gateway.toml line 4: drain.grace is "30", without a unit
//     write it like 250ms, 30s, 5m or 1h
//   (invalid_duration)
#pragma once

#include <string>

#include "base/result.h"
#include "program/exit_code.h"

namespace aipg::program {

struct Complaint {
  Literal code;
  std::string happened;
  std::string next;  // may hold several lines; empty when there is nothing to do
  ExitCode exit = ExitCode::usage;
};

[[nodiscard]] std::string to_text(std::string_view command, const Complaint& complaint);

// Writes it to stderr and returns its exit code.
[[nodiscard]] ExitCode say(std::string_view command, const Complaint& complaint);

}  // namespace aipg::program
