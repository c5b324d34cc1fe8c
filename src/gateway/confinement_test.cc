// SPDX-License-Identifier: Apache-2.0
#include "gateway/confinement.h"

#include <gmock/gmock.h>

namespace aipg::gateway {
namespace {

using program::PathRule;
using program::PathUse;
using program::SyscallGroup;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

auto rule(std::string path, PathUse use) {
  return AllOf(Field(&PathRule::path, std::move(path)), Field(&PathRule::use, use));
}

const Config kWithTls{.state = "/var/lib/gateway", .tls_certificate = "/c/chain.pem", .tls_private_key = "/k/key.pem"};

TEST(GatewayConfinement, ConnectsToNobodyAndOpensNoPort) {
  const program::SandboxProfile profile = confinement(kWithTls, "/etc/gateway.toml");
  EXPECT_THAT(profile.rules.connects, IsEmpty());
  EXPECT_THAT(profile.rules.listens, IsEmpty());
  for (const SyscallGroup group : {SyscallGroup::connecting, SyscallGroup::programs, SyscallGroup::unix_listening,
                                   SyscallGroup::tcp_listening, SyscallGroup::sanitizing}) {
    EXPECT_THAT(profile.calls, Not(Contains(group)));
  }
  EXPECT_EQ(profile.intruder, program::Intruder::ends_the_program);
}

TEST(GatewayConfinement, WritesItsStateAndReadsWhatItReloads) {
  const auto paths = confinement(kWithTls, "/s/gateway.toml").rules.paths;
  EXPECT_THAT(paths,
              testing::UnorderedElementsAre(rule("/var/lib/gateway", PathUse::write), rule("/s", PathUse::read),
                                            rule("/c", PathUse::read), rule("/k", PathUse::read),
                                            rule("/dev/urandom", PathUse::read), rule("/proc/self", PathUse::read)));
}

TEST(GatewayConfinement, HasNoFilesButItsStateWithoutThem) {
  EXPECT_THAT(confinement({.state = "/var/lib/gateway"}, std::nullopt).rules.paths,
              testing::UnorderedElementsAre(rule("/var/lib/gateway", PathUse::write),
                                            rule("/dev/urandom", PathUse::read), rule("/proc/self", PathUse::read)));
}

TEST(GatewayConfinement, RemovesItsOwnSocketAtTheEnd) {
  EXPECT_THAT(confinement({.listen = "unix:/run/aipg/gateway.sock"}, std::nullopt).rules.paths,
              Contains(rule("/run/aipg", PathUse::sockets)));
}

}  // namespace
}  // namespace aipg::gateway
