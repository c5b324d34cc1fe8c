// SPDX-License-Identifier: Apache-2.0
// What `aipg simulate` prints is what `aipg verify` then says.
#include "client/simulate_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "attest/appraise.h"
#include "base/hex.h"
#include "client/core/policy_file.h"
#include "client/verify_command.h"
#include "net/loopback_test.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using program::ExitCode;
using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

struct Ran {
  ExitCode code = ExitCode::done;
  std::string out, err;
};

template <typename Command>
Ran run(Command command, const std::vector<std::string>& args) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran{.code = command(args), .out = {}, .err = {}};
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

std::vector<std::string> split(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

// What was said about each piece, and the command that is to say it again.
struct Promise {
  std::string outcome;
  std::vector<std::string> verify;
};

std::vector<Promise> promises_of(const std::string& printed) {
  std::vector<Promise> out;
  std::istringstream in(printed);
  std::string before;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  aipg verify ")) {
      std::vector<std::string> words = split(line);
      words.erase(words.begin(), words.begin() + 2);
      out.push_back({before, std::move(words)});
    }
    before = line;
  }
  return out;
}

class SimulateCommand : public testing::Test {
 protected:
  Ran simulate(std::vector<std::string> args) {
    out = folder.file("machine-" + std::to_string(count++));
    args.insert(args.end(), {"--out", out});
    return run(simulate_command, args);
  }
  // Every piece's outcome; all are kept.
  std::vector<std::string> outcomes(const std::vector<std::string>& args) {
    const Ran ran = simulate(args);
    EXPECT_EQ(ran.code, ExitCode::done) << ran.err;
    std::vector<std::string> said;
    for (const Promise& promise : promises_of(ran.out)) {
      const Ran verified = run(verify_command, promise.verify);
      const bool accepted = promise.outcome.starts_with("accepted");
      EXPECT_EQ(verified.code, accepted ? ExitCode::done : ExitCode::refused) << verified.out << verified.err;
      for (const std::string& code : split(promise.outcome)) {
        if (code.contains('_')) EXPECT_THAT(verified.out, HasSubstr(code));
      }
      said.push_back(promise.outcome);
    }
    return said;
  }

  // Of a whole worker, which is one piece.
  std::string bundle_outcome(std::vector<std::string> args) {
    args.insert(args.end(), {"--bundle", "--state", state.file("keys")});
    const std::vector<std::string> said = outcomes(args);
    return said.size() == 1 ? said.front() : std::to_string(said.size()) + " pieces";
  }
  std::string contents(const std::string& name) const {
    std::ifstream file(out + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  net::TemporaryFolder folder, state;
  std::string out;
  int count = 0;
};

TEST_F(SimulateCommand, WritesAHealthyMachineThatVerifyAccepts) {
  const std::vector<std::string> said = outcomes({});
  EXPECT_THAT(said, SizeIs(4));  // quote, evidence, report, token
  EXPECT_THAT(said, testing::Each("accepted (exit 0)"));
  for (const char* name : {"tdx-quote.bin", "gpu-0-report.bin", "gpu-0-chain.pem", "nvidia-evidence.json",
                           "nras-token.json", "policy.toml", "collateral/intel.json", "collateral/rim-driver.xml",
                           "collateral/rim-vbios.xml", "collateral/ocsp-gpu-0.der", "collateral/jwks.json"}) {
    EXPECT_TRUE(fs::exists(out + "/" + name)) << name;
  }
}

TEST_F(SimulateCommand, WritesEveryKindOfMachine) {
  for (const char* cpu : {"tdx-v5", "sgx", "snp-genoa", "snp-turin"}) {
    EXPECT_THAT(outcomes({"--cpu", cpu, "--gpu", "none"}), Contains(HasSubstr("accepted"))) << cpu;
  }
  for (const char* gpu : {"blackwell", "blackwell-mpt-8", "hopper-ppcie-8"}) {
    EXPECT_THAT(outcomes({"--gpu", gpu}), testing::Each(HasSubstr("accepted"))) << gpu;
  }
}

TEST_F(SimulateCommand, WritesTheStateThatIsAskedFor) {
  EXPECT_THAT(outcomes({"--tcb", "out-of-date", "--gpu", "none"}),
              testing::ElementsAre("rejected (exit 1): tdx_tcb_out_of_date"));
  EXPECT_THAT(outcomes({"--cpu", "snp-genoa", "--debug", "--gpu", "none"}),
              testing::ElementsAre(HasSubstr("rejected (exit 1): snp_debug")));
  EXPECT_THAT(outcomes({"--gpu", "blackwell-mpt-8", "--revoked", "gpu"}), Contains("rejected (exit 1): ocsp_revoked"));
  EXPECT_THAT(outcomes({"--fault", "rim-mismatch"}), Contains("rejected (exit 1): nvidia_measurements"));
  EXPECT_THAT(outcomes({"--driver", "565.57.01", "--base", "network"}), Contains(HasSubstr("nvidia_driver")));
  EXPECT_THAT(outcomes({"--driver", "565.57.01"}), Contains("accepted (exit 0); warns: nvidia_driver"));
  EXPECT_THAT(outcomes({"--expired", "tcb-info", "--expired", "pck-crl", "--gpu", "none"}),
              testing::ElementsAre("rejected (exit 1): crl_expired tdx_tcb_info_expired"));
}

TEST_F(SimulateCommand, WritesAWholeWorker) {
  for (const char* cpu : {"tdx", "tdx-v5", "snp-genoa", "snp-turin"}) {
    for (const char* gpu : {"none", "hopper", "hopper-ppcie-8", "blackwell", "blackwell-mpt-8"}) {
      EXPECT_THAT(bundle_outcome({"--cpu", cpu, "--gpu", gpu}), testing::StartsWith("accepted (exit 0)"))
          << cpu << " " << gpu;
    }
  }
}

TEST_F(SimulateCommand, WritesAWorkerInTheStateThatIsAskedFor) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> states{
      {{"--tcb", "out-of-date"}, "tdx_tcb_out_of_date"},
      {{"--cpu", "tdx-v5", "--tcb", "relaunch-advised"}, "tdx_tcb_relaunch"},
      {{"--debug"}, "tdx_debug"},
      {{"--revoked", "pck"}, "tdx_pck_revoked"},
      {{"--expired", "tcb-info"}, "tdx_tcb_info_expired"},
      {{"--cpu", "snp-genoa", "--debug"}, "snp_debug"},
      {{"--cpu", "snp-turin", "--tcb", "out-of-date"}, "snp_launch_tcb snp_tcb_minimum"},
      {{"--cpu", "snp-milan"}, "snp_family_minimum"},
      {{"--cpu", "snp-genoa", "--fault", "vlek"}, "snp_vlek"},
      {{"--cpu", "snp-genoa", "--revoked", "ask"}, "snp_revoked"},
      {{"--gpu", "blackwell-mpt-8", "--revoked", "gpu"}, "ocsp_revoked"},
      {{"--gpu", "hopper-ppcie-8", "--fault", "rim-mismatch"}, "nvidia_measurements"},
      {{"--driver", "565.57.01"}, "nvidia_driver"},
  };
  for (const auto& [state, code] : states) EXPECT_EQ(bundle_outcome(state), "rejected (exit 1): " + code);
}

TEST_F(SimulateCommand, WritesABundleThatIsOverTheNonce) {
  const Hash256 nonce{0xaa, 0xaa};
  ASSERT_EQ(simulate({"--bundle", "--nonce", to_hex(nonce), "--at", "2027-01-02T03:04:05Z"}).code, ExitCode::done);
  const auto policy = parse_policy(contents("policy.toml"));
  ASSERT_TRUE(policy);
  const auto judged = [&](const Hash256& asked) {
    const attest::Freshness alone{.nonce = asked, .path = {.index = 0, .size = 1, .siblings = {}}};
    return attest::appraise(as_bytes(contents("bundle.json")), *policy, {.freshness = alone},
                            *parse_instant("2027-01-02T03:04:05Z"))
        .verdict;
  };
  EXPECT_TRUE(judged(nonce).accepted);
  EXPECT_EQ(judged(Hash256{}).first_failed()->code.view(), "freshness_path");
}

TEST_F(SimulateCommand, WritesWhatABundleBringsBesideItToo) {
  ASSERT_EQ(simulate({"--bundle", "--gpu", "hopper-ppcie-8", "--at", "2027-01-02T03:04:05Z"}).code, ExitCode::done);
  const Ran verified = run(verify_command, {out + "/bundle.json", "--policy", out + "/policy.toml", "--collateral",
                                            out + "/collateral", "--at", "2027-01-02T03:04:05Z"});
  EXPECT_EQ(verified.code, ExitCode::done) << verified.out << verified.err;
  // With an answer less, nobody else's word replaces it.
  fs::remove(out + "/collateral/ocsp-gpu-7.der");
  const Ran missing = run(verify_command, {out + "/bundle.json", "--policy", out + "/policy.toml", "--collateral",
                                           out + "/collateral", "--at", "2027-01-02T03:04:05Z"});
  EXPECT_EQ(missing.code, ExitCode::refused);
  EXPECT_THAT(missing.out, HasSubstr("ocsp_missing"));
}

TEST_F(SimulateCommand, WritesTheRootsForOtherVerifiers) {
  ASSERT_EQ(simulate({"--cpu", "snp-genoa", "--gpu", "none", "--at", "2027-01-02T03:04:05Z"}).code, ExitCode::done);
  const std::vector<std::string> judged{
      "--snp-report", out + "/snp-report.bin", "--collateral", out + "/collateral", "--policy", "vendor",
      "--at",         "2027-01-02T03:04:05Z"};
  EXPECT_EQ(run(verify_command, judged).code, ExitCode::refused);
  std::vector<std::string> under_roots = judged;
  under_roots.insert(under_roots.end(), {"--roots", out + "/roots"});
  const Ran verified = run(verify_command, under_roots);
  EXPECT_EQ(verified.code, ExitCode::done) << verified.out << verified.err;
}

TEST_F(SimulateCommand, BindsWhatItIsOver) {
  const std::string nonce(64, 'a'), report_data(128, 'b');
  EXPECT_THAT(outcomes({"--nonce", nonce, "--report-data", report_data, "--at", "2027-01-02T03:04:05Z"}),
              testing::Each("accepted (exit 0)"));
  const Ran other = run(verify_command,
                        {"--tdx-quote", out + "/tdx-quote.bin", "--policy", out + "/policy.toml", "--collateral",
                         out + "/collateral", "--report-data", std::string(128, 'c'), "--at", "2027-01-02T03:04:05Z"});
  EXPECT_EQ(other.code, ExitCode::refused);
  EXPECT_THAT(other.out, HasSubstr("tdx_report_data"));
}

TEST_F(SimulateCommand, IsWorthNothingUnderTheVendorsRoots) {
  const Ran ran = simulate({"--at", "2027-01-02T03:04:05Z"});
  ASSERT_EQ(ran.code, ExitCode::done);
  for (Promise& promise : promises_of(ran.out)) {
    *(std::ranges::find(promise.verify, "--policy") + 1) = "chain";
    const Ran verified = run(verify_command, promise.verify);
    // The service's root is published nowhere: whoever gives its keys vouches for them, and the token says nothing
    // more.
    const bool token = promise.verify.front() == "--nras-token";
    EXPECT_EQ(verified.code, token ? ExitCode::done : ExitCode::refused) << promise.verify.front() << verified.out;
  }
}

TEST_F(SimulateCommand, KeepsItsRootsWhereTheyAreAskedToStay) {
  const auto policy = [this] { return contents("policy.toml"); };
  const std::vector<std::string> kept{"--gpu", "none", "--state", folder.file("state")};
  ASSERT_EQ(simulate(kept).code, ExitCode::done);
  const std::string first = policy();
  ASSERT_EQ(simulate(kept).code, ExitCode::done);
  EXPECT_EQ(policy(), first);
  ASSERT_EQ(simulate({"--gpu", "none"}).code, ExitCode::done);
  EXPECT_NE(policy(), first);
}

TEST_F(SimulateCommand, RefusesWhatItCannotMake) {
  const auto refused = [this](std::vector<std::string> args) {
    const Ran ran = simulate(std::move(args));
    EXPECT_EQ(ran.code, ExitCode::usage) << ran.out;
    EXPECT_FALSE(fs::exists(out));
    return ran.err;
  };
  EXPECT_THAT(refused({"--cpu", "tdx-v6"}), HasSubstr("machine_state_word"));
  EXPECT_THAT(refused({"--gpu", "ampere"}), HasSubstr("hopper-ppcie-8"));
  EXPECT_THAT(refused({"--tcb", "good"}), HasSubstr("sw-hardening-needed"));
  EXPECT_THAT(refused({"--revoked", "ask"}), HasSubstr("machine_state_other"));
  EXPECT_THAT(refused({"--fault", "fwid", "--gpu", "none"}), HasSubstr("devices"));
  EXPECT_THAT(refused({"--nonce", "00"}), HasSubstr("invalid_hex"));
  EXPECT_THAT(refused({"--report-data", "00"}), HasSubstr("invalid_hex"));
  EXPECT_THAT(refused({"--at", "today"}), HasSubstr("invalid_instant"));
  EXPECT_THAT(refused({"--base", "mine"}), HasSubstr("policy_value"));
  EXPECT_THAT(refused({"--bundle", "--cpu", "sgx"}), HasSubstr("machine_state_other"));
  EXPECT_THAT(refused({"--bundle", "--base", "vendor"}), HasSubstr("invalid_option"));
  EXPECT_THAT(refused({"--bundle", "--report-data", std::string(128, '0')}), HasSubstr("invalid_option"));
  EXPECT_EQ(run(simulate_command, {}).code, ExitCode::usage);
}

TEST_F(SimulateCommand, TakesNoFolderThatHoldsSomething) {
  ASSERT_EQ(simulate({"--gpu", "none"}).code, ExitCode::done);
  const Ran again = run(simulate_command, {"--gpu", "none", "--out", out});
  EXPECT_EQ(again.code, ExitCode::cannot_read);
  EXPECT_THAT(again.err, HasSubstr("simulate_out"));
}

}  // namespace
}  // namespace aipg::client
