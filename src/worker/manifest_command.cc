// SPDX-License-Identifier: Apache-2.0
#include "worker/manifest_command.h"

#include <cstdio>

#include "base/hex.h"
#include "worker/config.h"
#include "worker/workload_manifest.h"

namespace aipg::worker {

program::ExitCode manifest_command(const std::vector<std::string>& args) {
  HostSettings settings;
  bool hash_only = false;
  program::Options options("aipg-worker manifest",
                           "Hashes all that the worker runs or loads, and prints the manifest.");
  options.example("aipg-worker manifest --workload workload.toml", "the canonical JSON that clients check");
  options.example("aipg-worker manifest --workload workload.toml --hash", "only its hash, for a policy file");
  declare_workload_option(options, settings);
  options.flag("hash", &hash_only, "print the workload hash only").flag_only();
  if (const auto end = options.parse(args, program::process_environment())) return *end;

  const auto workload = read_workload(settings.workload);
  if (!workload) return program::say("aipg-worker manifest", workload.error());
  const auto manifest = make_workload_manifest(*workload, "/proc/self/exe", terminal_progress());
  if (!manifest) return program::say("aipg-worker manifest", manifest.error());
  const std::string text = hash_only ? to_hex(manifest->hash) : to_text(manifest->bytes);
  // Without a line end the manifest's output is exactly the bytes that are hashed.
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (hash_only) std::fputc('\n', stdout);
  return std::fflush(stdout) == 0 ? program::ExitCode::done : program::ExitCode::refused;
}

}  // namespace aipg::worker
