// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy_command.h"

#include <filesystem>

#include "program/user_file.h"
#include "proxy/confinement.h"
#include "proxy/serve.h"

namespace aipg::proxy {
namespace {

constexpr std::string_view kCommand = "aipg proxy";

// What a shell needs, on stdout; the log is on stderr.
void say_where(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (address.starts_with("unix:")) continue;
    std::fprintf(stdout, "export OPENAI_BASE_URL=http://%s/v1\n", address.c_str());
    break;
  }
  std::fflush(stdout);
}

void declare_all(program::Options& options, Config& config, bool& print_sandbox) {
  declare_options(options, config);
  options.flag("print_sandbox", &print_sandbox, "print what it confines itself to, and end").flag_only();
  options.user_file("proxy");
}

program::ExitCode print_sandbox(const Config& config, const CheckedConfig& checked,
                                const std::optional<std::string>& file) {
  const auto gateway = client::gateway_address(config.connection.gateway);
  if (!gateway) return program::say(kCommand, gateway.error());
  std::fputs(program::sandbox_text(confinement(config, *gateway, checked.listen, file)).c_str(), stdout);
  return program::ExitCode::done;
}

// As at the start, where the program checked the file before the command ran.
std::expected<Config, program::Complaint> read_again(const std::vector<std::string>& args,
                                                     const std::vector<program::CommandDescription>& commands) {
  Config config;
  bool ignored = false;
  program::Options options(std::string(kCommand), "");
  declare_all(options, config, ignored);
  AIPG_CHECK(options.read(args, program::process_environment()));
  const auto file = options.file();
  if (file && std::filesystem::exists(*file)) {
    if (auto wrong = program::check_user_file(*file, commands)) return std::unexpected(*std::move(wrong));
  }
  return config;
}

}  // namespace

program::ExitCode proxy_command(const std::vector<std::string>& args,
                                std::function<std::vector<program::CommandDescription>()> describe) {
  Config config;
  bool only_print = false;
  program::Options options(std::string(kCommand), "Makes every OpenAI client on this machine confidential.");
  options.example("aipg proxy", "then OPENAI_BASE_URL=http://127.0.0.1:8117/v1 for any client");
  options.example("aipg proxy --listen unix:/run/user/1000/aipg.sock --model llama-3-70b",
                  "on a Unix socket, with workers for a model verified from the start");
  options.example("aipg proxy --keep-attestations ~/attestations",
                  "keep the proof of every answer; `aipg log` reads it");
  declare_all(options, config, only_print);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  auto checked = check_config(config);
  if (!checked) return program::say(kCommand, checked.error());
  if (only_print) return print_sandbox(config, *checked, options.file());
  auto ground =
      client::session_ground(config.connection, {static_cast<std::size_t>(config.recipients), checked->padding});
  if (!ground) return program::say(kCommand, ground.error());
  Source source{options.file(), [&args, &describe] { return read_again(args, describe()); }};
  return serve(std::move(config), *std::move(checked), *std::move(ground), std::move(source), say_where);
}

}  // namespace aipg::proxy
