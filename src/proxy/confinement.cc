// SPDX-License-Identifier: Apache-2.0
#include "proxy/confinement.h"

#include <filesystem>

namespace aipg::proxy {
namespace {

using program::PathUse;

constexpr std::uint16_t kNameServers = 53;  // over TCP where an answer is long

}  // namespace

program::SandboxProfile confinement(const Config& config, const net::Address& gateway,
                                    const std::vector<net::Address>& listen,
                                    const std::optional<std::string>& config_file) {
  using enum program::SyscallGroup;
  program::SandboxProfile out{
      .program = "aipg proxy",
      .calls = {memory, threads, time, self, descriptors, reading, writing, streams, connecting},
      .rules = {.paths = program::name_and_trust_rules()}};
  std::vector<program::PathRule>& paths = out.rules.paths;
  const auto read_again = [&paths](const std::string& file, std::string_view why) {
    if (file.empty()) return;
    for (const std::string& folder : program::folders_of(file)) paths.push_back({folder, PathUse::read, why});
  };
  read_again(config.connection.ca, "the gateway's authority");
  read_again(config_file.value_or(""), "settings, read again on SIGHUP");
  read_again(config.token_file, "token, read again on SIGHUP");
  paths.push_back({"/proc/self", PathUse::read, "what /metrics says of the process"});
  if (!config.keep_attestations.empty()) paths.push_back({config.keep_attestations, PathUse::write, "attestations"});
  for (const net::Address& address : listen) {
    if (address.kind != net::Address::Kind::unix_socket) continue;
    const auto folder = std::filesystem::path(address.path).parent_path();
    paths.push_back({folder.string(), PathUse::sockets, "its own socket, removed at the end"});
  }
  if (gateway.kind == net::Address::Kind::tcp) out.rules.connects = {gateway.port, kNameServers};
  return out;
}

}  // namespace aipg::proxy
