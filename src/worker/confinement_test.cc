// SPDX-License-Identifier: Apache-2.0
#include "worker/confinement.h"

#include <gmock/gmock.h>

namespace aipg::worker {
namespace {

using program::PathRule;
using program::PathUse;
using program::SyscallGroup;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

auto rule(std::string path, PathUse use) {
  return AllOf(Field(&PathRule::path, std::move(path)), Field(&PathRule::use, use));
}

Workload workload(const std::string& address) {
  Workload out;
  out.engine.argv = {"/opt/engine/server", "--model", "/opt/models/m.gguf"};
  out.engine.address = net::parse_url(address).value();
  out.models = {{"m", "/opt/models/m.gguf", {"/v1/chat/completions"}}};
  out.components = {{"library", "/opt/engine/lib.so"}};
  return out;
}

LinkSettings settings() {
  LinkSettings out;
  out.gateway = net::parse_url("https://gateway.example").value();
  out.gateway_ca = "/opt/ca/ca.pem";
  return out;
}

TEST(WorkerConfinement, ConnectsToItsGatewayAndNameServersOnly) {
  EXPECT_THAT(worker_confinement(settings(), workload("unix:/run/aipg/engine.sock")).rules.connects,
              ElementsAre(443, 53));
  EXPECT_THAT(worker_confinement(settings(), workload("http://127.0.0.1:8000")).rules.connects,
              ElementsAre(443, 53, 8000));
  EXPECT_THAT(worker_confinement(settings(), workload("http://127.0.0.1:8000")).rules.listens, IsEmpty());
}

TEST(WorkerConfinement, StartsNothingAndWritesNothing) {
  const program::SandboxProfile profile = worker_confinement(settings(), workload("unix:/run/aipg/engine.sock"));
  EXPECT_THAT(profile.calls, Not(Contains(SyscallGroup::programs)));
  EXPECT_THAT(profile.calls, Not(Contains(SyscallGroup::writing)));
  EXPECT_THAT(profile.rules.paths, testing::Each(Field(&PathRule::use, PathUse::read)));
  EXPECT_THAT(profile.rules.paths, Contains(rule("/opt/ca", PathUse::read)));
}

TEST(EngineConfinement, HasWhatIsMeasured) {
  const program::SandboxProfile profile = engine_confinement(workload("unix:/run/aipg/engine.sock"));
  EXPECT_THAT(profile.rules.paths, Contains(rule("/opt/engine/server", PathUse::run)));
  EXPECT_THAT(profile.rules.paths, Contains(rule("/opt/models/m.gguf", PathUse::read)));
  EXPECT_THAT(profile.rules.paths, Contains(rule("/opt/engine/lib.so", PathUse::run)));
  EXPECT_THAT(profile.rules.paths, Not(Contains(Field(&PathRule::use, PathUse::own)))) << "it says where to write";
}

TEST(EngineConfinement, HasOneAddressAndNoOtherNetwork) {
  const program::SandboxProfile by_file = engine_confinement(workload("unix:/run/aipg/engine.sock"));
  EXPECT_THAT(by_file.rules.paths, Contains(rule("/run/aipg", PathUse::sockets)));
  EXPECT_THAT(by_file.rules.listens, IsEmpty());
  EXPECT_THAT(by_file.calls, Not(Contains(SyscallGroup::tcp_listening)));
  const program::SandboxProfile by_port = engine_confinement(workload("http://127.0.0.1:8000"));
  EXPECT_THAT(by_port.rules.listens, ElementsAre(8000));
  for (const auto& profile : {by_file, by_port}) {
    EXPECT_THAT(profile.calls, Not(Contains(SyscallGroup::connecting)));
    EXPECT_THAT(profile.rules.connects, IsEmpty());
  }
}

}  // namespace
}  // namespace aipg::worker
