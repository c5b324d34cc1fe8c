// SPDX-License-Identifier: Apache-2.0
#include "gateway/serve.h"

#include <cstdio>

#include "gateway/confinement.h"
#include "gateway/lanes.h"
#include "program/process.h"

namespace aipg::gateway {
namespace {

using program::ExitCode;

constexpr const char* kCommand = "aipg-gateway serve";

ExitCode serve(const Config& config, const std::optional<std::string>& config_file, ReadAgain read_again) {
  const Result<CheckedConfig> checked = check_config(config);
  if (!checked) return ExitCode::usage;
  program::raise_file_limit();
  program::give_back_large_blocks();
  Ground ground{.log = program::Log(checked->log_level)};
  const auto lanes = Lanes::open(config, *checked, ground);
  if (!lanes) return lanes.error();
  if (const auto refused = program::confine(confinement(config, config_file), ground.log)) {
    return program::say(kCommand, *refused);
  }
  (*lanes)->run(std::move(read_again));
  return ExitCode::done;
}

void declare_all(program::Options& options, Config& config, bool& print_sandbox) {
  declare_options(options, config);
  options.flag("print_sandbox", &print_sandbox, "print what it confines itself to, and end").flag_only();
}

}  // namespace

ExitCode serve_command(const std::vector<std::string>& args) {
  Config config;
  bool print_sandbox = false;
  program::Options options(kCommand, "Relays sealed requests to workers; it cannot open them.");
  options.example("aipg-gateway serve", "on loopback port 8443, without TLS");
  options.example("aipg-gateway serve --listen 0.0.0.0:443 --tls-certificate chain.pem --tls-private-key key.pem",
                  "for others; plain HTTP is for loopback only");
  options.example("aipg-gateway serve --config gateway.toml --check-config", "check a configuration file");
  declare_all(options, config, print_sandbox);
  if (auto end = options.parse(args, program::process_environment())) return *end;
  if (print_sandbox) {
    std::fputs(program::sandbox_text(confinement(config, options.file())).c_str(), stdout);
    return ExitCode::done;
  }
  return serve(config, options.file(), [&args]() -> std::expected<Config, program::Complaint> {
    Config fresh;
    bool ignored = false;
    program::Options again(kCommand, "");
    declare_all(again, fresh, ignored);
    AIPG_CHECK(again.read(args, program::process_environment()));
    return fresh;
  });
}

}  // namespace aipg::gateway
