// SPDX-License-Identifier: Apache-2.0
#include "program/options.h"
#include "program/process.h"
#include "program/program.h"
#include "worker/manifest_command.h"
#include "worker/serve.h"

namespace {

using aipg::program::ExitCode;

ExitCode serve(const std::vector<std::string>& args) {
  aipg::worker::HostSettings settings;
  bool print_sandbox = false;
  aipg::program::Options options("aipg-worker serve",
                                 "Answers sealed requests inside a confidential VM, through an inference engine.");
  options.example("aipg-worker serve --workload workload.toml", "with a gateway on loopback port 8443");
  options.example("aipg-worker serve --workload workload.toml --gateway https://gateway.example --name w-01",
                  "under a name, with a gateway elsewhere");
  options.example("aipg-worker serve --print-config", "the host's settings as they are now");
  aipg::worker::declare_options(options, settings);
  options.flag("print_sandbox", &print_sandbox, "print what it and its engine are confined to, and end").flag_only();
  if (auto end = options.parse(args, aipg::program::process_environment())) return *end;
  return print_sandbox ? aipg::worker::print_sandbox(settings) : aipg::worker::serve(settings);
}

}  // namespace

int main(int argc, char** argv) {
  aipg::program::harden_process();
  const std::vector<std::string> args(argv + 1, argv + argc);
  const aipg::program::Program program{
      "aipg-worker",
      "The worker of AIPG's confidential tier: runs inside the confidential VM.",
      {{"aipg-worker serve --workload workload.toml", "run a worker"},
       {"aipg-worker manifest --workload workload.toml --hash", "what clients have to pin"},
       {"aipg-worker serve --help", "all settings that the host has"}},
      {{"serve", "run the worker", serve},
       {"manifest", "measure the workload and print its manifest", aipg::worker::manifest_command}}};
  return static_cast<int>(aipg::program::run_program(program, args));
}
