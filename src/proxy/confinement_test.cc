// SPDX-License-Identifier: Apache-2.0
#include "proxy/confinement.h"

#include <gmock/gmock.h>

namespace aipg::proxy {
namespace {

using program::PathRule;
using program::PathUse;
using program::SandboxProfile;
using program::SyscallGroup;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;

auto rule(std::string path, PathUse use) {
  return AllOf(Field(&PathRule::path, std::move(path)), Field(&PathRule::use, use));
}

SandboxProfile confined(const Config& config, const std::string& gateway = "https://gateway.example/v1") {
  return confinement(config, net::parse_url(gateway).value(), check_config(config).value().listen, "/s/config.toml");
}

TEST(ProxyConfinement, ConnectsToItsGatewayAndNameServersOnly) {
  EXPECT_THAT(confined({}).rules.connects, ElementsAre(443, 53));
  EXPECT_THAT(confined({}, "http://127.0.0.1:8443").rules.connects, ElementsAre(8443, 53));
  EXPECT_THAT(confined({}, "unix:/run/gateway.sock").rules.connects, IsEmpty());
  EXPECT_THAT(confined({}).rules.listens, IsEmpty());
}

TEST(ProxyConfinement, StartsNothingAndOpensNoPort) {
  for (const SyscallGroup group :
       {SyscallGroup::programs, SyscallGroup::unix_listening, SyscallGroup::tcp_listening, SyscallGroup::sanitizing}) {
    EXPECT_THAT(confined({}).calls, Not(Contains(group)));
  }
}

TEST(ProxyConfinement, WritesNothingUnlessItKeepsAttestations) {
  EXPECT_THAT(confined({}).rules.paths, Each(Field(&PathRule::use, PathUse::read)));
  Config keeping;
  keeping.keep_attestations = "/srv/attestations";
  EXPECT_THAT(confined(keeping).rules.paths, Contains(rule("/srv/attestations", PathUse::write)));
}

TEST(ProxyConfinement, ReadsWhatItReloads) {
  Config config;
  config.connection.ca = "/ca/ca.pem";
  const auto paths = confined(config).rules.paths;
  EXPECT_THAT(paths, Contains(rule("/ca", PathUse::read)));
  EXPECT_THAT(paths, Contains(rule("/s", PathUse::read)));
}

TEST(ProxyConfinement, RemovesItsOwnSocketsAtTheEnd) {
  Config config;
  config.listen = {"127.0.0.1:8117", "unix:/run/user/1/aipg.sock"};
  EXPECT_THAT(confined(config).rules.paths, Contains(rule("/run/user/1", PathUse::sockets)));
}

}  // namespace
}  // namespace aipg::proxy
