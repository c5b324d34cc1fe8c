// SPDX-License-Identifier: Apache-2.0
#include "proxy/proxy_command.h"

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

}  // namespace

program::ExitCode proxy_command(const std::vector<std::string>& args) {
  Config config;
  program::Options options("aipg proxy", "Makes every OpenAI client on this machine confidential.");
  options.example("aipg proxy", "then OPENAI_BASE_URL=http://127.0.0.1:8117/v1 for any client");
  options.example("aipg proxy --listen unix:/run/user/1000/aipg.sock --model llama-3-70b",
                  "on a Unix socket, with workers for a model verified from the start");
  options.example("aipg proxy --keep-attestations ~/attestations",
                  "keep the proof of every answer; `aipg log` reads it");
  declare_options(options, config);
  options.user_file("proxy");
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  auto checked = check_config(config);
  if (!checked) return program::say(kCommand, checked.error());
  auto ground =
      client::session_ground(config.connection, {static_cast<std::size_t>(config.recipients), checked->padding});
  if (!ground) return program::say(kCommand, ground.error());
  return serve(config, *std::move(checked), *std::move(ground), say_where);
}

}  // namespace aipg::proxy
