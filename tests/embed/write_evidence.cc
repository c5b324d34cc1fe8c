// SPDX-License-Identifier: Apache-2.0
// write_evidence FOLDER: a simulated quote as of now, its collateral, and a
// policy that trusts the simulator, for the examples to judge.
#include <cstdio>
#include <fstream>

#include "client/core/policy_file.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_quote.h"

int main(int argc, char** argv) {
  using namespace aipg;
  if (argc != 2) return 2;
  const auto keep = [folder = std::string(argv[1])](const char* name, std::string_view text) {
    std::ofstream(folder + "/" + name, std::ios::binary) << text;
  };
  const Instant now = SystemClock().now();
  const tee::SimulatedPki pki = tee::make_pki(now);
  attest::tdx::Collateral collateral = tee::make_collateral(tee::good_collateral(now), pki.intel);
  collateral.pck_crl_issuer_chain = {pki.pck_chain[1], pki.pck_chain[2]};
  attest::Policy policy = *attest::ready_policy("vendor");
  policy.roots = attest::SimulatedRoots(pki.roots());
  policy.minimum_level = attest::Level::l0;
  keep("policy.toml", client::write_policy(policy));
  keep("quote.bin", as_text(tee::make_quote({}, pki, crypto::EcPrivateKey::generate(crypto::Curve::p256))));
  keep("collateral.json", tee::combined_json(collateral));
}
