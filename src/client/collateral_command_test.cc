// SPDX-License-Identifier: Apache-2.0
// `aipg collateral` from end to end: the vendors' services on this machine with
// what they really answered, and `aipg verify` on what comes of it.
#include "client/collateral_command.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "attest/collateral_pack.h"
#include "attest/endorsements.h"
#include "attest/evidence_library_for_tests.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/tcb_info.h"
#include "client/verify_command.h"
#include "client/whole_file.h"
#include "collateral/plan.h"
#include "collateral/services_for_tests.h"
#include "net/loopback_test.h"
#include "tee/simulated_nras.h"
#include "tee/test_intel.h"
#include "tee/test_machine.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using attest::kEvidenceLibrary;
using attest::read_evidence;
using program::ExitCode;

// Serves on a thread of its own while a command runs.
class ServingThread {
 public:
  explicit ServingThread(collateral::LocalVendors& vendors)
      : server_(
            *net::HttpServer::listen(runtime_, *net::parse_listen("127.0.0.1:0"), std::nullopt, {}, vendors.handler())),
        thread_([this] { runtime_.run(); }) {}
  ~ServingThread() {
    runtime_.post([this] { runtime_.stop(); });
    thread_.join();
    runtime_.destroy_tasks();
  }
  ServingThread(const ServingThread&) = delete;
  ServingThread& operator=(const ServingThread&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  net::Runtime runtime_;
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

class CollateralCommands : public testing::Test {
 protected:
  // What a command comes to; its output is in `out`.
  ExitCode run(ExitCode (*command)(const std::vector<std::string>&), const std::vector<std::string>& args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const ExitCode code = command(args);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }
  // Every service on this machine, or nowhere.
  [[nodiscard]] std::vector<std::string> at(const std::string& url, std::vector<std::string> args) const {
    for (const char* flag : {"--intel-url", "--intel-root-url", "--amd-url", "--rim-url", "--ocsp-url", "--nras-url"}) {
      args.insert(args.end(), {flag, url});
    }
    args.insert(args.end(), {"--cache", folder.file("cache")});
    return args;
  }
  void publish_real_intel() {
    const auto real = attest::tdx::parse_collateral_json(read_evidence("tdx/v4_uptodate/collateral.json"));
    vendors.publish(*real, attest::tdx::Tee::tdx, attest::tdx::parse_tcb_info(real->tcb_info)->fmspc,
                    collateral::PckCa::platform);
  }
  [[nodiscard]] ExitCode verify_real_quote(const std::string& collateral) {
    return run(verify_command, {"--tdx-quote", quote, "--collateral", collateral, "--policy", "vendor", "--at", kThen});
  }

  static constexpr const char* kThen = "2025-07-01T00:00:00Z";
  const std::string quote = kEvidenceLibrary + "tdx/v4_uptodate/quote.bin";
  net::TemporaryFolder folder;
  collateral::LocalVendors vendors;
  std::string out, err;
};

TEST_F(CollateralCommands, FetchWhatMakesARealQuoteAccepted) {
  AIPG_NEEDS_EVIDENCE();
  publish_real_intel();
  const std::string to = folder.file("collateral");
  const ServingThread serving(vendors);
  ASSERT_EQ(run(collateral_fetch, at(serving.url(), {quote, "--at", kThen, "--to", to})), ExitCode::done) << out << err;
  EXPECT_THAT(out, testing::HasSubstr("fetched  TCB info               TDX B0C06F000000"));
  EXPECT_TRUE(fs::exists(to + "/tcb_info_tdx_B0C06F000000.json"));
  EXPECT_TRUE(fs::exists(to + "/pck_crl_platform_issuer_chain.pem"));
  EXPECT_EQ(verify_real_quote(to), ExitCode::done) << out << err;
  EXPECT_EQ(verify_real_quote(folder.file("cache")), ExitCode::done) << "its files are collateral too";

  ASSERT_EQ(run(collateral_pack, {to, "--out", folder.file("pack.json")}), ExitCode::done) << err;
  EXPECT_EQ(verify_real_quote(folder.file("pack.json")), ExitCode::done) << out << err;
  ASSERT_EQ(run(collateral_show, {folder.file("pack.json")}), ExitCode::done) << err;
  EXPECT_THAT(out, testing::HasSubstr("TDX FMSPC b0c06f000000"));
  EXPECT_THAT(out, testing::HasSubstr("OVER")) << "these are of 2025";
}

// NVIDIA's services: the responder by what a request asks about, the attestation service by what its token is for.
std::optional<std::string> nvidia_answers(std::string_view request) {
  if (request.starts_with('{')) {
    return std::string(as_text(read_evidence("nvidia/h100_550.90.07/nras_detached_eat.json")));
  }
  for (const auto& file : fs::directory_iterator(kEvidenceLibrary + "nvidia/h100_550.90.07/ocsp")) {
    const Bytes answer = read_evidence("nvidia/h100_550.90.07/ocsp/" + file.path().filename().string());
    const crypto::OcspCertId id = crypto::OcspResponse::parse(answer)->responses().front().id;
    if (request.contains(as_text(id.serial)) && request.contains(as_text(id.issuer_key_hash))) {
      return std::string(as_text(answer));
    }
  }
  return std::nullopt;
}

TEST_F(CollateralCommands, FetchEverythingAboutARealGpu) {
  AIPG_NEEDS_EVIDENCE();
  vendors.publish_rim("NV_GPU_DRIVER_GH100_550.90.07", as_text(read_evidence("nvidia/h100_550.90.07/driver_rim.xml")));
  vendors.publish_rim("NV_GPU_VBIOS_1010_0200_882_96009F0001",
                      as_text(read_evidence("nvidia/h100_550.90.07/vbios_rim.xml")));
  const tee::SimulatedNras nras = tee::make_nras(*parse_instant(kThen));
  vendors.publish("/.well-known/jwks.json", nras.jwks());
  vendors.on_post = nvidia_answers;
  const std::string report = kEvidenceLibrary + "nvidia/h100_550.90.07/report.bin",
                    chain = kEvidenceLibrary + "nvidia/h100_550.90.07/chain.pem", to = folder.file("to");
  const ServingThread serving(vendors);
  ASSERT_EQ(run(collateral_fetch, at(serving.url(), {report, chain, "--at", "2025-10-24T12:00:00Z", "--to", to,
                                                     "--ocsp-without-nonce", "--nras"})),
            ExitCode::done)
      << out << err;
  EXPECT_TRUE(fs::exists(to + "/rim_NV_GPU_DRIVER_GH100_550.90.07.xml"));
  EXPECT_EQ(as_text(read_whole(to + "/nras_gpu_token.json", 1 << 20)->reveal()),
            as_text(read_evidence("nvidia/h100_550.90.07/nras_detached_eat.json")));

  // At the instant of the manifests' responses, only the devices' are of another day.
  EXPECT_EQ(run(verify_command, {"--gpu-report", report, "--gpu-chain", chain, "--collateral", to, "--policy", "vendor",
                                 "--at", "2025-10-24T12:00:00Z"}),
            ExitCode::refused);
  EXPECT_THAT(out, testing::HasSubstr("32 of 32 measurements match"));
  EXPECT_THAT(out, testing::Not(testing::HasSubstr("ocsp_missing")));
}

TEST_F(CollateralCommands, UseTheCacheOfflineAndSayWhatIsMissing) {
  AIPG_NEEDS_EVIDENCE();
  publish_real_intel();
  const ServingThread serving(vendors);
  EXPECT_EQ(run(collateral_fetch, at(serving.url(), {quote, "--at", kThen, "--offline"})), ExitCode::cannot_read);
  EXPECT_THAT(out, testing::HasSubstr(serving.url() + "/tdx/certification/v4/tcb?fmspc=B0C06F000000"));
  EXPECT_TRUE(vendors.asked.empty());
  EXPECT_EQ(run(collateral_fetch, at(serving.url(), {quote, "--at", kThen})), ExitCode::done);
  const std::size_t asked = vendors.asked.size();
  EXPECT_EQ(run(collateral_fetch, at(serving.url(), {quote, "--at", kThen, "--offline"})), ExitCode::done) << out;
  EXPECT_EQ(vendors.asked.size(), asked);
}

TEST_F(CollateralCommands, AreNotNeededBeforeVerifyingWithANetwork) {
  AIPG_NEEDS_EVIDENCE();
  publish_real_intel();
  const ServingThread serving(vendors);
  const std::vector<std::string> judge{"--tdx-quote", quote, "--policy", "vendor"};
  std::vector<std::string> offline = at(serving.url(), judge);
  offline.emplace_back("--offline");
  EXPECT_EQ(run(verify_command, offline), ExitCode::refused);
  EXPECT_THAT(out, testing::HasSubstr("collateral_missing"));
  EXPECT_THAT(err, testing::HasSubstr(serving.url() + "/tdx/certification/v4/qe/identity")) << "says what to get";
  EXPECT_TRUE(vendors.asked.empty());

  // What was true in 2025 is fetched, judged, and over.
  EXPECT_EQ(run(verify_command, at(serving.url(), judge)), ExitCode::refused);
  EXPECT_EQ(vendors.asked.size(), 4U);
  EXPECT_THAT(out, testing::Not(testing::HasSubstr("collateral_missing")));
  EXPECT_THAT(out, testing::HasSubstr("tdx_tcb_info_expired"));
  // The policy `chain` asks for nothing, and so nobody is asked.
  EXPECT_EQ(run(verify_command, at(serving.url(), {"--tdx-quote", quote, "--policy", "chain"})), ExitCode::done) << out;
  EXPECT_EQ(vendors.asked.size(), 4U);
}

TEST_F(CollateralCommands, AreNotNeededBeforeVerifyingAnSnpReportWithANetwork) {
  AIPG_NEEDS_EVIDENCE();
  const auto plan = collateral::plan_snp_report(read_evidence("snp/genoa_v3_azure/report.bin"), std::nullopt);
  ASSERT_TRUE(plan);
  attest::Endorsements pieces;
  for (const char* file :
       {"snp/genoa_v3_azure/vcek.pem", "snp/chains/genoa_ask_ark_asvk.pem", "snp/crl/genoa_crl.pem"}) {
    ASSERT_TRUE(pieces.add(read_evidence(file)));
  }
  vendors.publish(plan->resources[0].path, std::string(as_text(pieces.certificates[0])));
  vendors.publish(plan->resources[1].path, collateral::pem_of({pieces.certificates[1], pieces.certificates[2]}));
  vendors.publish(plan->resources[2].path, std::string(as_text(pieces.crls[0])));
  const std::string report = kEvidenceLibrary + "snp/genoa_v3_azure/report.bin";
  const ServingThread serving(vendors);
  EXPECT_EQ(run(verify_command, at(serving.url(), {"--snp-report", report, "--policy", "vendor"})), ExitCode::refused);
  EXPECT_EQ(vendors.asked.size(), 3U) << err;
  EXPECT_THAT(out, testing::Not(testing::HasSubstr("✗ snp_certificates")));
  EXPECT_THAT(out, testing::HasSubstr("crl_expired")) << "the list is of 2024";

  // Of an old report nobody can tell which chip's certificate to ask for.
  const std::string old = kEvidenceLibrary + "snp/milan_v2/report.bin";
  EXPECT_EQ(run(verify_command, at(serving.url(), {"--snp-report", old, "--policy", "vendor"})), ExitCode::refused);
  EXPECT_THAT(err, testing::HasSubstr("--product"));
  EXPECT_EQ(vendors.asked.size(), 3U);
}

TEST_F(CollateralCommands, AreNotNeededBeforeVerifyingABundleWithANetwork) {
  AIPG_NEEDS_EVIDENCE();
  publish_real_intel();
  tee::TestMachine machine;
  attest::Bundle bundle = machine.bundle();
  bundle.quote = read_evidence("tdx/v4_uptodate/quote.bin");
  bundle.devices.clear();
  bundle.collateral.clear();
  ASSERT_TRUE(write_whole(folder.file("bundle.json"), attest::make_bundle(bundle).bytes, Readable::by_all));
  const ServingThread serving(vendors);
  EXPECT_EQ(run(verify_command, at(serving.url(), {folder.file("bundle.json"), "--at", kThen})), ExitCode::refused);
  EXPECT_THAT(out, testing::HasSubstr("collateral_missing"));
  EXPECT_TRUE(vendors.asked.empty()) << "what is published now says nothing about then";
  EXPECT_EQ(run(verify_command, at(serving.url(), {folder.file("bundle.json")})), ExitCode::refused);
  EXPECT_THAT(out, testing::Not(testing::HasSubstr("collateral_missing")));
  EXPECT_EQ(vendors.asked.size(), 4U);
}

TEST_F(CollateralCommands, GoOnPastWhatAServiceDoesNotHave) {
  AIPG_NEEDS_EVIDENCE();
  publish_real_intel();
  vendors.replies.erase("/tdx/certification/v4/qe/identity");
  const ServingThread serving(vendors);
  const std::string to = folder.file("collateral");
  EXPECT_EQ(run(collateral_fetch, at(serving.url(), {quote, "--at", kThen, "--to", to})), ExitCode::refused);
  EXPECT_THAT(out, testing::HasSubstr("the service does not have it: status 404 (service_not_found)"));
  EXPECT_TRUE(fs::exists(to + "/intel_root_crl.der"));
}

TEST_F(CollateralCommands, SayThatAServiceCannotBeReached) {
  AIPG_NEEDS_EVIDENCE();
  EXPECT_EQ(run(collateral_fetch, at("http://127.0.0.1:1", {quote, "--at", kThen})), ExitCode::cannot_read);
  EXPECT_THAT(out, testing::HasSubstr("the service cannot be reached"));
}

TEST_F(CollateralCommands, AskNobodyAboutEvidenceThatNoVendorStandsBehind) {
  const tee::TestIntel simulated;
  ASSERT_TRUE(write_whole(folder.file("quote.bin"), simulated.quote(), Readable::by_all));
  const ServingThread serving(vendors);
  EXPECT_EQ(run(collateral_fetch, at(serving.url(), {folder.file("quote.bin")})), ExitCode::refused);
  EXPECT_THAT(err, testing::HasSubstr("(plan_not_genuine)"));
  EXPECT_TRUE(vendors.asked.empty());
}

TEST_F(CollateralCommands, SayWhatIsMissingFromTheCommandLine) {
  ASSERT_TRUE(write_whole(folder.file("text"), as_bytes("hello"), Readable::by_all));
  EXPECT_EQ(run(collateral_fetch, {}), ExitCode::usage);
  EXPECT_EQ(run(collateral_fetch, {folder.file("text")}), ExitCode::cannot_read);
  EXPECT_THAT(err, testing::HasSubstr("(evidence_unknown)"));
  EXPECT_EQ(run(collateral_fetch, {folder.file("nothing")}), ExitCode::cannot_read);
  EXPECT_EQ(run(collateral_fetch, {folder.file("text"), "--amd-url", "http://kds.example"}), ExitCode::usage);
  EXPECT_THAT(err, testing::HasSubstr("(service_not_https)"));
  EXPECT_EQ(run(collateral_fetch, {folder.file("text"), "--nras"}), ExitCode::usage);
  EXPECT_EQ(run(collateral_pack, {folder.file("text")}), ExitCode::usage);
  EXPECT_EQ(run(collateral_show, {folder.file("text")}), ExitCode::cannot_read);
}

TEST_F(CollateralCommands, ShowAndPackWhatIsRecognisedInAFolder) {
  const tee::TestIntel simulated;
  const attest::tdx::Collateral documents = simulated.collateral();
  const std::string in = folder.file("in");
  ASSERT_TRUE(replace_whole(in + "/tcb.json", documents.tcb_info));
  ASSERT_TRUE(replace_whole(in + "/same.json", documents.tcb_info));
  ASSERT_TRUE(replace_whole(in + "/root.crl", documents.root_crl));
  ASSERT_TRUE(replace_whole(in + "/notes.txt", as_bytes("not collateral")));
  ASSERT_EQ(run(collateral_show, {in, "--json"}), ExitCode::done) << err;
  EXPECT_THAT(out, testing::HasSubstr(R"("what":"revocation list")"));
  ASSERT_EQ(run(collateral_pack, {in, "--out", folder.file("pack.json")}), ExitCode::done) << err;
  EXPECT_THAT(err, testing::HasSubstr("left out: " + in + "/notes.txt"));
  const auto file = read_whole(folder.file("pack.json"), 1 << 20);
  const auto entries = attest::parse_collateral_pack(file->reveal_text());
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 2U);
  // A pack of a pack is the same pack.
  ASSERT_EQ(run(collateral_pack, {folder.file("pack.json"), "--out", folder.file("again.json")}), ExitCode::done);
  EXPECT_EQ(as_text(read_whole(folder.file("again.json"), 1 << 20)->reveal()), file->reveal_text());
}

}  // namespace
}  // namespace aipg::client
