// SPDX-License-Identifier: Apache-2.0
// What a user may set on the proxy, and the table that makes flags, file keys,
// environment and help of it.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "client/connection.h"
#include "net/address.h"
#include "program/log.h"
#include "program/options.h"
#include "proxy/door.h"

namespace aipg::proxy {

struct Config {
  std::vector<std::string> listen{"127.0.0.1:8117"};
  bool allow_remote = false;
  std::vector<std::string> hosts;
  std::string token, token_file;
  client::ConnectionSettings connection;
  std::uint64_t recipients = 2;
  std::string padding = "p1";
  std::string prefix_cache = "per-key";
  std::vector<std::string> models;
  std::string keep_attestations;
  milliseconds grace{30'000};
  std::string log_level = "info";
};

void declare_options(program::Options& options, Config& config);

// What the checks below make of it.
struct CheckedConfig {
  std::vector<net::Address> listen;
  Door door;
  seal::Padding padding = seal::Padding::p1;
  program::LogLevel log_level = program::LogLevel::info;
};
// Refuses to listen beyond this machine unless that is asked for and there is a token.
// Complaints: invalid_address, listen_not_loopback, token_missing, token_weak, and those of a file that cannot be read.
[[nodiscard]] std::expected<CheckedConfig, program::Complaint> check_config(const Config& config);

}  // namespace aipg::proxy
