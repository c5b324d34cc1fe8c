// SPDX-License-Identifier: Apache-2.0
// `aipg workers`: who is offered, and what a verifier on this machine says of each.
#pragma once

#include <string>
#include <vector>

#include "client/core/session.h"
#include "program/exit_code.h"

namespace aipg::client {

[[nodiscard]] program::ExitCode workers_command(const std::vector<std::string>& args);

// A table for people; `why` adds what failed. Pure.
[[nodiscard]] std::string workers_text(const std::vector<Candidate>& workers, bool why, Instant now);
// An array of {worker_id, keyset_id, stake_id, models, verdict}. Pure.
[[nodiscard]] std::string workers_json(const std::vector<Candidate>& workers);

}  // namespace aipg::client
