// SPDX-License-Identifier: Apache-2.0
// What an operator may set on a gateway, and the table that makes flags, file
// keys, environment and help of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/limits.h"
#include "net/address.h"
#include "net/http_server.h"
#include "program/log.h"
#include "program/options.h"

namespace aipg::gateway {

struct Config {
  std::string listen = "127.0.0.1:8443";
  std::string state = "aipg-gateway";
  std::uint64_t threads = 0;  // 0: as many as there are cores
  std::optional<std::string> tls_certificate{}, tls_private_key{};
  std::optional<std::string> worker_token{};
  milliseconds register_within{30'000};
  std::string log_level = "info";
  milliseconds drain_grace{30'000};
  milliseconds challenge_timeout{10'000};
  std::uint64_t challenge_waiting = 10'000;
  milliseconds upload_stall{30'000};
  std::uint64_t queue_length = 16;
  milliseconds queue_wait{2'000};
  Allowance limit_key{.requests = 60'000, .bytes = 10ULL << 30, .challenges = 6'000, .jobs = 2'000};
  Allowance limit_address{.requests = 60'000, .bytes = 10ULL << 30, .challenges = 600, .jobs = 2'000};
  std::uint64_t limit_bad_seals = 30;
  std::uint64_t limit_address_connections = 2'000;
};

// The file in the state folder that holds keys and jobs.
[[nodiscard]] std::string database_path(const std::string& state);

void declare_options(program::Options& options, Config& config);

// What the checks below make of it.
struct CheckedConfig {
  net::Address listen;
  std::optional<net::TlsFiles> tls;
  program::LogLevel log_level = program::LogLevel::info;
};
// Refuses plain HTTP anywhere but on loopback or a Unix socket.
// Errors: invalid_address, invalid_log_level, tls_incomplete, plain_not_loopback, worker_token_empty.
[[nodiscard]] Result<CheckedConfig> check_config(const Config& config);

}  // namespace aipg::gateway
