// SPDX-License-Identifier: Apache-2.0
// write_evidence FOLDER: for the examples to judge, a simulated quote as of now
// with its collateral, what a simulated worker's answer carried, and a policy
// for each that trusts the simulator.
#include <cstdio>
#include <fstream>

#include "attest/attestation.h"
#include "client/core/policy_file.h"
#include "seal/keys.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_quote.h"
#include "tee/test_machine.h"

namespace {

using namespace aipg;

struct Folder {
  std::string path;
  void keep(const char* name, std::string_view text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
};

void write_quote(const Folder& folder, Instant now) {
  const tee::SimulatedPki pki = tee::make_pki(now);
  attest::tdx::Collateral collateral = tee::make_collateral(tee::good_collateral(now), pki.intel);
  collateral.pck_crl_issuer_chain = {pki.pck_chain[1], pki.pck_chain[2]};
  attest::Policy policy = *attest::ready_policy("vendor");
  policy.roots = attest::SimulatedRoots(pki.roots());
  policy.minimum_level = attest::Level::l0;
  folder.keep("policy.toml", client::write_policy(policy));
  folder.keep("quote.bin", as_text(tee::make_quote({}, pki, crypto::EcPrivateKey::generate(crypto::Curve::p256))));
  folder.keep("collateral.json", tee::combined_json(collateral));
}

void write_attestation(const Folder& folder) {
  tee::TestMachine machine;
  crypto::SystemRng rng;
  const auto key = crypto::Ed25519PrivateKey::generate(rng);
  machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60),
                                       {{1, Bytes(32, 7)}, {2, Bytes(1216, 8)}}, key.public_key());
  const auto salt = rng.array<32>();
  seal::Receipt receipt;
  receipt.keyset_id = machine.keyset.id;
  receipt.workload_hash = machine.manifest.hash;
  receipt.model = "test-model";
  receipt.issued = machine.now + std::chrono::minutes(5);
  receipt.duration_ms = 1200;
  receipt.question = seal::question_digest(salt, as_bytes("a question"));
  receipt.answer = seal::answer_digest(salt, 200, as_bytes("an answer"));
  folder.keep("worker.toml", client::write_policy(machine.policy));
  folder.keep("attestation.json", attest::write_attestation({machine.bundle().bytes, *machine.freshness,
                                                             seal::sign_receipt(receipt, key), salt, salt}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const Folder folder{argv[1]};
  write_quote(folder, SystemClock().now());
  write_attestation(folder);
}
