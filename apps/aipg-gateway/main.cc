// SPDX-License-Identifier: Apache-2.0
#include "gateway/keys_command.h"
#include "gateway/serve.h"
#include "program/process.h"
#include "program/program.h"

int main(int argc, char** argv) {
  aipg::program::harden_process();
  const std::vector<std::string> args(argv + 1, argv + argc);
  const aipg::program::Program program{"aipg-gateway",
                                       "The blind relay of AIPG's confidential tier.",
                                       {{"aipg-gateway serve", "run a gateway on loopback"},
                                        {"aipg-gateway keys create --name alice", "make an API key"},
                                        {"aipg-gateway serve --help", "all settings"}},
                                       {{"serve", "run the gateway", aipg::gateway::serve_command},
                                        {"keys", "make, list and revoke API keys", aipg::gateway::keys_command}}};
  return static_cast<int>(aipg::program::run_program(program, args));
}
