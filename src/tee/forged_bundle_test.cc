// SPDX-License-Identifier: Apache-2.0
// Forged bundles: what holds CPU, devices, keys, workload and challenge together.
#include "tee/forged_campaign_fixture.h"
#include "tee/test_machine.h"

namespace aipg::tee {
namespace {

using std::chrono::hours;

// The test machine, with a last hook on the very bytes.
struct ForgedBundle : TestMachine {
  std::function<void(Bytes&)> edit_bytes;

  [[nodiscard]] attest::Verdict judged() {
    Bytes bytes = bundle().bytes;
    if (edit_bytes) edit_bytes(bytes);
    return attest::appraise(bytes, policy, inputs(), now).verdict;
  }
};

// The same guest on an SEV-SNP machine.
struct ForgedSnpBundle : ForgedBundle {
  SimulatedPlatform platform = make_platform(test_authorities(), SimulatedCpu::snp_genoa, {.gpus = 0}, kTestNow);
  std::function<void(SnpReportContent&)> edit_snp;

  ForgedSnpBundle() {
    attest::RootSet roots = root_set(policy.roots);
    roots.amd = test_authorities()->roots().amd;
    policy.roots = attest::SimulatedRoots(std::move(roots));
    policy.releases = {{"test image", attest::SnpLaunch{simulated_snp_measurement()}, manifest.hash}};
    ask_for_healthy_firmware(SimulatedCpu::snp_genoa, policy);
    edit_collateral = [this](std::vector<Bytes>& files) { files[0] = platform.collateral(now).front().bytes; };
  }

  Result<CpuEvidence> quote(ByteView report_data) override {
    use_workload(platform.content, manifest.hash);
    use_report_data(platform.content, to_array<64>(report_data));
    if (edit_snp) edit_snp(platform.content.amd.report);
    return CpuEvidence{
        .kind = attest::CpuKind::snp, .quote = platform.cpu_evidence(), .chain = platform.cpu_chain(now)};
  }
};

template <typename Machine>
Forgery forged(const char* rule, const char* code, std::function<void(Machine&)> forge) {
  return {rule, code, [forge = std::move(forge)] {
            Machine machine;
            forge(machine);
            return machine.judged();
          }};
}
using Forge = std::function<void(ForgedBundle&)>;
Forgery bundle_as(const char* rule, const char* code, Forge forge) {
  return forged<ForgedBundle>(rule, code, std::move(forge));
}
Forgery bundle(const char* rule, Forge forge) { return bundle_as(rule, rule, std::move(forge)); }
Forgery snp(const char* rule, std::function<void(ForgedSnpBundle&)> forge) {
  return forged<ForgedSnpBundle>(rule, rule, std::move(forge));
}

Forge quote(std::function<void(QuoteContent&)> edit) {
  return [edit](ForgedBundle& machine) { machine.edit_content = edit; };
}
Forge documents(std::function<void(attest::Bundle&)> edit) {
  return [edit](ForgedBundle& machine) { machine.edit_bundle = edit; };
}
Forge keyset(milliseconds begin, milliseconds end) {
  return [=](ForgedBundle& machine) {
    machine.keyset =
        attest::make_keyset("w-01", kTestNow + begin, kTestNow + end, {{1, Bytes(32, 7)}}, ByteArray<32>{9});
  };
}
// Beside the good answers, one about another device of the same authority, by `responder`.
using Says = std::function<Bytes(const TestMachine&, OcspAnswer)>;
Forge beside_good_answers(Says says) {
  return [says = std::move(says)](ForgedBundle& machine) {
    machine.edit_collateral = [says, &machine](std::vector<Bytes>& files) {
      const std::vector<Bytes>& chain = machine.gpus.front().chain;
      const auto subject = crypto::Certificate::parse(chain.at(1)), issuer = crypto::Certificate::parse(chain.at(2));
      OcspAnswer another = answer_about(subject.value(), issuer.value(), machine.now);
      another.serial = {0x77};
      files.push_back(says(machine, std::move(another)));
    };
  };
}
Bytes genuine_answer(const TestMachine& machine, OcspAnswer answer) {
  const SimulatedResponder& responder = machine.pki.responders.front();
  return make_ocsp_response(content_of(std::move(answer), responder), responder);
}
Bytes unsigned_answer(const TestMachine& machine, OcspAnswer answer) {
  const SimulatedResponder& responder = machine.pki.responders.front();
  OcspContent content = content_of(std::move(answer), responder);
  content.signature = Bytes(96, 1);
  return make_ocsp_response(content, responder);
}
// By one who has the responder's name from nobody.
Bytes answer_of_an_impostor(const TestMachine& machine, OcspAnswer answer) {
  const auto issuer = crypto::Certificate::parse(machine.gpus.front().chain.at(2));
  const SimulatedResponder impostor = make_responder(responder_at(machine.now), issuer->subject_common_name(),
                                                     crypto::EcPrivateKey::generate(crypto::Curve::p384));
  return make_ocsp_response(content_of(std::move(answer), impostor), impostor);
}
void name_another_version(Bytes& bytes) {
  std::string text(as_text(bytes));
  text.replace(text.find("evidence.v1"), 11, "evidence.v2");
  bytes = to_bytes(text);
}

void add_documents(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      bundle_as("bundle_structure", "bundle_version", [](auto& m) { m.edit_bytes = name_another_version; }),
      bundle_as("bundle_structure", "json_invalid",
                [](auto& m) { m.edit_bytes = [](Bytes& bytes) { bytes.push_back('x'); }; }),
      bundle_as("keyset_structure", "json_missing_field", documents([](auto& b) { b.keyset = to_bytes("{}"); })),
      bundle_as("manifest_structure", "json_missing_field", documents([](auto& b) { b.manifest = to_bytes("{}"); })),
      bundle("keyset_not_yet_valid", keyset(hours(1), hours(2))),
      bundle("keyset_expired", keyset(-hours(2), -hours(1))),
      bundle("keyset_post_quantum",
             [](auto& m) {
               keyset(hours(0), hours(1))(m);
               m.policy.require_pq = true;
             }),
      bundle("freshness_path", [](auto& m) { m.freshness->nonce[0] ^= 1; }),
      bundle("freshness_path", [](auto& m) { m.freshness->path = m.tree.path(0); }),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_bindings(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      bundle("tdx_report_data", quote([](auto& q) { q.report_data[0] ^= 1; })),
      bundle("tdx_report_data", quote([](auto& q) { q.report_data[63] ^= 1; })),
      bundle("workload_rtmr3", quote([](auto& q) { q.rtmr[3][0] ^= 1; })),
      bundle("workload_unbound", quote([](auto& q) { q.rtmr[1][0] ^= 1; })),
      bundle("workload_unbound", quote([](auto& q) { q.mrtd[0] ^= 1; })),
      bundle("workload_unbound", [](auto& m) { m.policy.releases.clear(); }),
      bundle("workload_not_expected", [](auto& m) { m.policy.expected_workload = Hash256{1}; }),
      snp("workload_host_data", [](auto& m) { m.edit_snp = [](auto& r) { r.host_data[0] ^= 1; }; }),
      snp("workload_unbound", [](auto& m) { m.edit_snp = [](auto& r) { r.measurement[0] ^= 1; }; }),
      snp("snp_report_data", [](auto& m) { m.edit_snp = [](auto& r) { r.report_data[0] ^= 1; }; }),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_devices(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      bundle("nvidia_mode", [](auto& m) { m.edit_report = [](auto& r) { r.protected_pcie = 0xAA; }; }),
      bundle("nvidia_device_count", [](auto& m) { m.gpus.push_back(make_device(m.pki, 1, m.fwid, m.now)); }),
      bundle("nvidia_nonce", [](auto& m) { m.edit_report = [](auto& r) { r.nonce[0] ^= 1; }; }),
      bundle("nvidia_arch", [](auto& m) { m.edit_device = [](auto& d) { d.arch = attest::DeviceArch::blackwell; }; }),
      bundle_as("ocsp_good", "ocsp_signature", beside_good_answers(unsigned_answer)),
      bundle_as("ocsp_good", "ocsp_responder_issuer", beside_good_answers(answer_of_an_impostor)),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_policies(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      bundle("policy_not_for_workers", [](auto& m) { m.policy.name = "vendor"; }),
      bundle("level_below_minimum", [](auto& m) { m.policy.minimum_level = attest::Level::l2; }),
      bundle("nras_token_missing", [](auto& m) { m.policy.gpu_method = attest::GpuMethod::both; }),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

const Campaign& campaign() {
  static const Campaign made = [] {
    Campaign out{.name = "bundle",
                 .prefixes = {"bundle_", "keyset_", "manifest_", "freshness_", "workload_", "release_", "platform_",
                              "policy_", "level_", "receipt_", "question_", "answer_", "paravisor_", "nvidia_mode",
                              "nvidia_device_count", "nras_token_missing"},
                 .rows = {},
                 .unforged = {}};
    add_documents(out.rows);
    add_bindings(out.rows);
    add_devices(out.rows);
    add_policies(out.rows);
    const char* const signed_values = "of signed reference values: reference_appraisal_test.cc";
    const char* const attestation = "of an attestation around a bundle: attestation_test.cc";
    const char* const paravisor = "of reports that a paravisor passes on, which no bundle holds: paravisor_test.cc";
    out.unforged = {{"release_revoked", signed_values},
                    {"release_over", signed_values},
                    {"platform_denied", signed_values},
                    {"policy_expired", signed_values},
                    {"freshness_epoch", signed_values},
                    {"receipt_signature", attestation},
                    {"receipt_keyset", attestation},
                    {"receipt_workload", attestation},
                    {"receipt_window", attestation},
                    {"question_bound", attestation},
                    {"answer_bound", attestation},
                    {"paravisor_report_data", paravisor},
                    {"paravisor_runtime_data", paravisor},
                    {"level_unfounded", "of real hardware: what is simulated has one level; level_test.cc"}};
    return out;
  }();
  return made;
}

TEST(ForgedBundle, HealthyIsAccepted) {
  EXPECT_TRUE(ForgedBundle().judged().accepted);
  ForgedSnpBundle machine;
  const attest::Verdict verdict = machine.judged();
  EXPECT_TRUE(verdict.accepted) << attest::to_text(verdict, false);
}
TEST(ForgedBundle, AnAnswerAboutAnotherMachineDoesNoHarm) {
  ForgedBundle machine;
  beside_good_answers(genuine_answer)(machine);
  const attest::Verdict verdict = machine.judged();
  EXPECT_TRUE(verdict.accepted) << attest::to_text(verdict, false);
}
// Each answer is about one of them, and none is anybody else's.
TEST(ForgedBundle, AnswersAboutEveryDeviceOfAMachineAreItsOwn) {
  ForgedBundle machine;
  machine.use([] {
    attest::Manifest out = TestMachine::good_manifest();
    out.device_count = 8;
    out.device_mode = attest::DeviceMode::ppcie;
    return out;
  }());
  for (std::uint32_t i = 1; i < 8; ++i) machine.gpus.push_back(make_device(machine.pki, i, machine.fwid, machine.now));
  const attest::Verdict verdict = machine.judged();
  EXPECT_EQ(verdict.identity.devices.size(), 8U);
  for (const attest::Finding& each : verdict.findings) {
    if (each.code.view().starts_with("ocsp_")) {
      EXPECT_EQ(each.code.view(), "ocsp_good") << each.detail;
      EXPECT_EQ(each.severity, attest::Severity::passed);
    }
  }
}
TEST(ForgedBundle, IsSeenAsWhatItIs) { run(campaign()); }
TEST(ForgedBundle, BreaksEveryRule) { expect_complete(campaign()); }

// A rule of a new family needs a campaign.
TEST(ForgedCampaigns, AreAboutEveryRule) {
  std::vector<std::string_view> prefixes = campaign().prefixes;
  for (const char* each : {"tdx_", "sgx_", "pck_", "collateral_", "snp_", "nvidia_", "rim_", "ocsp_", "nras_"}) {
    prefixes.emplace_back(each);
  }
  for (const std::string_view rule : attest::rules_with_meaning()) {
    EXPECT_TRUE(std::ranges::any_of(prefixes, [rule](auto prefix) { return rule.starts_with(prefix); })) << rule;
  }
}

}  // namespace
}  // namespace aipg::tee
