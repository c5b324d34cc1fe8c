// SPDX-License-Identifier: Apache-2.0
#include "worker/confinement.h"

#include <filesystem>

namespace aipg::worker {
namespace {

namespace fs = std::filesystem;
using program::PathRule;
using program::PathUse;
using program::SandboxProfile;

constexpr std::uint16_t kNameServers = 53;  // over TCP where an answer is long

void add_system(std::vector<PathRule>& paths) {
  for (const char* folder : {"/usr", "/bin", "/lib", "/lib64"}) {
    paths.push_back({folder, PathUse::run, "the system's programs and libraries"});
  }
  paths.push_back({"/etc/ld.so.cache", PathUse::read, "where libraries are"});
  paths.push_back({"/proc", PathUse::read, "processors, memory, itself"});
  paths.push_back({"/sys", PathUse::read, "processors, memory, devices"});
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}) {
    paths.push_back({device, PathUse::device, "the system's devices"});
  }
  std::error_code failed;
  for (const auto& device : fs::directory_iterator("/dev", failed)) {
    if (!device.path().filename().string().starts_with("nvidia")) continue;
    paths.push_back({device.path().string(), PathUse::device, "GPUs"});
  }
}

void add_measured(std::vector<PathRule>& paths, const Workload& workload) {
  paths.push_back({workload.engine.argv[0], PathUse::run, "the engine, measured"});
  for (const WorkloadModel& model : workload.models) {
    if (model.file) paths.push_back({*model.file, PathUse::read, "weights, measured"});
  }
  for (const NamedFile& component : workload.components) {
    paths.push_back({component.file, PathUse::run, "a component, measured"});
  }
}

}  // namespace

SandboxProfile worker_confinement(const LinkSettings& link, const Workload& workload) {
  using enum program::SyscallGroup;
  SandboxProfile out{
      .program = "aipg-worker serve",
      .calls = {memory, threads, time, self, descriptors, reading, streams, connecting},
      .rules = {.paths = program::name_and_trust_rules(), .connects = {link.gateway.port, kNameServers}}};
  if (!link.gateway_ca.empty()) {
    for (const std::string& folder : program::folders_of(link.gateway_ca)) {
      out.rules.paths.push_back({folder, PathUse::read, "the gateway's authority"});
    }
  }
  const net::Address& engine = workload.engine.address;
  if (engine.kind == net::Address::Kind::tcp) out.rules.connects.push_back(engine.port);
  return out;
}

SandboxProfile engine_confinement(const Workload& workload) {
  using enum program::SyscallGroup;
  SandboxProfile out{.program = "its engine",
                     .calls = {memory, threads, time, self, descriptors, reading, writing, streams, programs},
                     .intruder = program::Intruder::is_refused};
  std::vector<PathRule>& paths = out.rules.paths;
  add_measured(paths, workload);
  add_system(paths);
  for (const std::string& path : workload.engine.reads) paths.push_back({path, PathUse::run, "as the workload says"});
  for (const std::string& path : workload.engine.writes) paths.push_back({path, PathUse::own, "as the workload says"});
  const net::Address& address = workload.engine.address;
  if (address.kind == net::Address::Kind::unix_socket) {
    out.calls.push_back(unix_listening);
    paths.push_back({fs::path(address.path).parent_path().string(), PathUse::sockets, "its socket"});
  } else {
    out.calls.push_back(tcp_listening);
    out.rules.listens.push_back(address.port);
  }
  return out;
}

}  // namespace aipg::worker
