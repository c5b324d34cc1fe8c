// SPDX-License-Identifier: Apache-2.0
#include "gateway/confinement.h"

#include <filesystem>

namespace aipg::gateway {

program::SandboxProfile confinement(const Config& config, const std::optional<std::string>& config_file) {
  using enum program::SyscallGroup;
  using program::PathUse;
  program::SandboxProfile out{.program = "aipg-gateway serve",
                              .calls = {memory, threads, time, self, descriptors, reading, writing, streams}};
  std::vector<program::PathRule>& paths = out.rules.paths;
  const auto read_again = [&paths](const std::optional<std::string>& file, std::string_view why) {
    if (!file) return;
    for (const std::string& folder : program::folders_of(*file)) paths.push_back({folder, PathUse::read, why});
  };
  paths.push_back({config.state, PathUse::write, "API keys and job records"});
  read_again(config_file, "settings, read again on SIGHUP");
  read_again(config.tls_certificate, "certificate, read again on SIGHUP");
  read_again(config.tls_private_key, "private key, read again on SIGHUP");
  paths.push_back({"/dev/urandom", PathUse::read, "randomness, for SQLite"});
  paths.push_back({"/proc/self", PathUse::read, "what /metrics says of the process"});
  if (const auto listen = net::parse_listen(config.listen); listen && listen->kind == net::Address::Kind::unix_socket) {
    const auto folder = std::filesystem::path(listen->path).parent_path();
    paths.push_back({folder.string(), PathUse::sockets, "its own socket, removed at the end"});
  }
  return out;
}

}  // namespace aipg::gateway
