// SPDX-License-Identifier: Apache-2.0
// What the host may set on a worker: docs/protocol.md's list and nothing else,
// by flag, variable or file. Everything that decides what happens to a request
// is in the workload file, which is measured.
#pragma once

#include <string>

#include "program/log.h"
#include "program/options.h"
#include "worker/link_client.h"

namespace aipg::worker {

struct HostSettings {
  std::string workload = "/etc/aipg/workload.toml";  // which file; its bytes are measured
  std::string gateway = "http://127.0.0.1:8443";     // ws:// and wss:// say the same
  std::string gateway_ca;
  std::string name = "worker";
  std::string stake_id;
  std::string link_token;
  std::uint64_t price_input = 0, price_output = 0;
  std::string log_level = "warn";
};

void declare_workload_option(program::Options& options, HostSettings& settings);
// The workload option and the host's.
void declare_options(program::Options& options, HostSettings& settings);

struct CheckedSettings {
  LinkSettings link;
  program::LogLevel log_level = program::LogLevel::warn;
};
// Errors: invalid_address, plain_not_loopback, invalid_worker_name, invalid_stake_id, invalid_log_level.
[[nodiscard]] Result<CheckedSettings> check_settings(const HostSettings& settings);

}  // namespace aipg::worker
