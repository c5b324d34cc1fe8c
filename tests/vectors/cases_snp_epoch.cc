// SPDX-License-Identifier: Apache-2.0
// Kind evidence, where it is not TDX over nonces: SEV-SNP machines, and
// challenges that are epochs.
#include "attest/epoch.h"
#include "evidence_scene.h"
#include "tee/simulated_snp_report.h"

namespace aipg::vectors {
namespace {

using tee::SnpReportContent;
using tee::TestMachine;

// --- SEV-SNP -----------------------------------------------------------------------

// AMD's two authorities of one family. Made once, for RSA keys take seconds.
struct SnpAuthorities {
  tee::SnpAuthorityKeys keys = tee::SnpAuthorityKeys::generate();
  Bytes ark = issue(tee::SnpAuthority::ark), ask = issue(tee::SnpAuthority::ask);

 private:
  [[nodiscard]] Bytes issue(tee::SnpAuthority which) const {
    const auto what = tee::snp_authority_template(which, tee::SnpFamily::genoa, *parse_instant("2026-11-22T12:00:00Z"));
    return tee::issue_snp_authority(what, which, tee::SnpFamily::genoa, keys);
  }
};

struct SnpMachine : TestMachine {
  std::function<void(SnpReportContent&)> edit_snp;
  tee::SnpKeyContent key;
  std::vector<Bytes> chain;
  crypto::EcPrivateKey leaf_key = crypto::EcPrivateKey::generate(crypto::Curve::p384);

  Result<tee::CpuEvidence> quote(ByteView report_data) override {
    SnpReportContent content = tee::snp_report_for(key);
    content.measurement = tee::simulated_measurement("image");
    content.host_data = manifest.hash;
    content.report_data = to_array<64>(report_data);
    if (edit_snp) edit_snp(content);
    return tee::CpuEvidence{attest::CpuKind::snp, tee::make_snp_report(content, leaf_key), chain};
  }
  // Its chain is issued by these, and the verifier trusts their root.
  void use_authorities(const SnpAuthorities& amd) {
    const Bytes leaf = tee::issue_snp_key(tee::snp_key_template(key, now), leaf_key.public_key(),
                                          tee::SnpAuthority::ask, key.family, amd.keys);
    chain = {leaf, amd.ask, amd.ark};
    attest::RootSet roots = attest::root_set(policy.roots);
    roots.amd = {amd.ark};
    policy.roots = attest::SimulatedRoots(std::move(roots));
  }
};

Value made_snp(const std::function<void(SnpReportContent&)>& edit) {
  static const SnpAuthorities amd;
  SceneOf<SnpMachine> scene;
  scene.without_gpu();
  scene.machine.edit_snp = edit;
  scene.machine.use_authorities(amd);
  scene.releases = {Value::Object{{"name", "an image"},
                                  {"workload_hash", Value::hex(scene.machine.manifest.hash)},
                                  {"measurement", Value::hex(tee::simulated_measurement("image"))}}};
  return scene.input();
}

void add_snp(Cases& cases) {
  cases.recorded("evidence/snp.json", "evidence", "An SEV-SNP machine without devices.", {},
                 [] { return made_snp({}); }, {});
  const auto bad = [&](const char* name, const char* what, const char* code,
                       const std::function<void(SnpReportContent&)>& edit) {
    cases.recorded(
        std::string("evidence/snp_") + name + ".json", "evidence", "Evidence of an SEV-SNP machine that is refused.",
        what, [edit] { return made_snp(edit); }, code);
  };
  bad("report_data", "the last bit of the report data", "snp_report_data",
      [](SnpReportContent& content) { content.report_data.back() ^= 1; });
  bad("host_data", "the guest was started for another workload", "workload_host_data",
      [](SnpReportContent& content) { content.host_data = made_of("another workload"); });
  bad("host_data_zero", "the guest was started for no workload", "workload_host_data",
      [](SnpReportContent& content) { content.host_data = {}; });
  bad("measurement", "a bit of MEASUREMENT", "workload_unbound",
      [](SnpReportContent& content) { content.measurement.back() ^= 1; });
}

// --- epochs --------------------------------------------------------------------------

crypto::Ed25519PrivateKey key(std::string_view who) {
  return crypto::Ed25519PrivateKey::from_seed(Secret32(made_of("seed of " + std::string(who))));
}

template <typename... Who>
std::string sign(const attest::DocumentKind& kind, ByteView document, Who... signers) {
  attest::SignedDocument out{to_bytes(document), {}};
  (attest::sign_document(kind, key(signers), out), ...);
  return to_text(attest::write_signed_document(kind, out));
}

// Reference values that name the machine's release, and who signs epochs.
Value reference_for(const TestMachine& machine) {
  attest::Reference content;
  content.version = 1;
  content.issued = machine.now - std::chrono::hours(24);
  content.expires = machine.now + std::chrono::hours(24);
  content.releases = {{"release 1", machine.manifest.hash, {machine.boot}, {}, attest::ReleaseStatus::good, {}}};
  content.minimum = {{0}, 0, {0}, {0}, 570};
  content.validators = {{key("validator 1").public_key(), key("validator 2").public_key()}, 2};
  const attest::Reference made = attest::make_reference(std::move(content));
  return Value::Object{
      {"envelope", sign(attest::kReferenceKind, made.bytes, "a", "c")},
      {"release_keys", Value::Array{Value::hex(key("a").public_key()), Value::hex(key("c").public_key())}},
      {"quorum", std::uint64_t{2}}};
}

attest::Epoch epoch_begun(Instant start) {
  attest::Epoch out;
  out.epoch = 4'711;
  out.start = start;
  out.chain = "test-chain";
  out.block = 123'456;
  out.block_hash = made_of("block");
  return attest::make_epoch(std::move(out));
}

using EditChallenge = std::function<void(tee::Challenge&)>;

Value made_over_an_epoch(milliseconds age, const EditChallenge& edit) {
  Scene scene;
  scene.without_gpu();
  const attest::Epoch epoch = epoch_begun(scene.machine.now - age);
  tee::Challenge challenge{epoch.digest, to_bytes(sign(attest::kEpochKind, epoch.bytes, "validator 1", "validator 2"))};
  if (edit) edit(challenge);
  scene.machine.epoch = challenge;
  scene.machine.freshness.reset();
  scene.reference = reference_for(scene.machine);
  return scene.input();
}

void add_epochs(Cases& cases) {
  constexpr milliseconds kOldest{10 * 60 * 1000};
  cases.recorded("evidence/epoch.json", "evidence", "Over an epoch of ten minutes ago, which needs no nonce.", {},
                 [=] { return made_over_an_epoch(kOldest, {}); }, {});
  const auto bad = [&](const char* name, const char* what, const char* code, milliseconds age,
                       const EditChallenge& edit) {
    cases.recorded(
        std::string("evidence/epoch_") + name + ".json", "evidence", "Evidence over an epoch that proves nothing.",
        what, [=] { return made_over_an_epoch(age, edit); }, code);
  };
  bad("stale", "a millisecond older", "epoch_stale", kOldest + milliseconds(1), {});
  bad("other_value", "the challenge is not the epoch's hash", "freshness_epoch", kOldest,
      [](tee::Challenge& challenge) { challenge.value[0] ^= 1; });
  bad("one_validator", "one of two validators signed", "document_quorum", kOldest, [](tee::Challenge& challenge) {
    auto document = *attest::parse_signed_document(attest::kEpochKind, challenge.epoch);
    document.signatures.pop_back();
    challenge.epoch = attest::write_signed_document(attest::kEpochKind, document);
  });
}

}  // namespace

void add_snp_and_epoch_cases(Cases& cases) {
  add_snp(cases);
  add_epochs(cases);
}

}  // namespace aipg::vectors
