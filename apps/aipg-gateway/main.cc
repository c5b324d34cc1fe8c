// SPDX-License-Identifier: Apache-2.0
#include "gateway/keys_command.h"
#include "gateway/serve.h"
#include "program/options.h"
#include "program/process.h"
#include "program/program.h"

namespace {

using aipg::program::ExitCode;

ExitCode serve(const std::vector<std::string>& args) {
  aipg::gateway::Config config;
  aipg::program::Options options("aipg-gateway serve", "Relays sealed requests to workers; it cannot open them.");
  options.example("aipg-gateway serve", "on loopback port 8443, without TLS");
  options.example("aipg-gateway serve --listen 0.0.0.0:443 --tls-certificate chain.pem --tls-private-key key.pem",
                  "for others; plain HTTP is for loopback only");
  options.example("aipg-gateway serve --config gateway.toml --check-config", "check a configuration file");
  aipg::gateway::declare_options(options, config);
  if (auto end = options.parse(args, aipg::program::process_environment())) return *end;
  return aipg::gateway::serve(config, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  aipg::program::harden_process();
  const std::vector<std::string> args(argv + 1, argv + argc);
  const aipg::program::Program program{
      "aipg-gateway",
      "The blind relay of AIPG's confidential tier.",
      {{"aipg-gateway serve", "run a gateway on loopback"},
       {"aipg-gateway keys create --name alice", "make an API key"},
       {"aipg-gateway serve --help", "all settings"}},
      {{"serve", "run the gateway", serve}, {"keys", "make, list and revoke API keys", aipg::gateway::keys_command}}};
  return static_cast<int>(aipg::program::run_program(program, args));
}
