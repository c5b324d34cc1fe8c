// SPDX-License-Identifier: Apache-2.0
// A detached EAT about a healthy GPU, and about eight of them with four
// switches, with one thing wrong each and everything else re-signed; and the
// real tokens, where the evidence library lies beside the checkout.
#include "attest/nras/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "base/hex.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "tee/simulated_nras.h"

namespace aipg::attest::nras {
namespace {

using tee::DeviceTokens;
using tee::JsonMembers;
using tee::NrasVersion;
using testing::Contains;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::set<std::string> with_severity(const Verdict& verdict, Severity severity) {
  std::set<std::string> out;
  for (const Finding& finding : verdict.findings) {
    if (finding.severity == severity) out.insert(std::string(finding.code.view()));
  }
  return out;
}

class NrasToken : public testing::Test {
 protected:
  const Instant now = *parse_instant("2026-11-22T12:00:00Z");
  const Hash256 nonce = crypto::sha256(as_bytes("a nonce"));
  tee::SimulatedNras nras = tee::make_nras(now);
  NrasVersion version = NrasVersion::v3;
  JsonMembers overall = tee::overall_claims(nonce, now, NrasVersion::v3);
  std::vector<std::pair<std::string, JsonMembers>> devices{
      {"GPU-0", tee::gpu_claims(nonce, now, NrasVersion::v3, 1000)}};
  std::optional<std::string> submods;              // instead of the true one
  std::function<void(DeviceTokens&)> edit_tokens;  // before the overall token names them
  std::function<void(DeviceTokens&)> swap_tokens;  // after
  std::function<void(std::string&)> edit_text;     // last of all
  Expectation expected{.nonce = nonce, .devices = 1, .pinned_intermediates = {nras.intermediate}};
  Instant at = now + std::chrono::minutes(1);
  bool with_keys = true;
  Strictness strictness = Strictness::network;
  Verdict verdict;

  JsonMembers& gpu() { return devices.front().second; }
  void use_v2() {
    overall = tee::overall_claims(nonce, now, NrasVersion::v2);
    devices = {{"GPU-0", tee::gpu_claims(nonce, now, NrasVersion::v2, 1000)}};
  }
  void use_fabric() {
    devices.clear();
    for (unsigned i = 0; i < 8; ++i) {
      devices.emplace_back("GPU-" + std::to_string(i), tee::gpu_claims(nonce, now, NrasVersion::v3, 1000 + i));
    }
    for (unsigned i = 0; i < 4; ++i) {
      devices.emplace_back("SWITCH-" + std::to_string(i), tee::switch_claims(nonce, now, 2000 + i));
    }
    expected.devices = 12;
  }

  std::string text() const {
    DeviceTokens tokens;
    for (const auto& [name, claims] : devices) tokens.emplace_back(name, tee::sign_claims(claims, nras));
    if (edit_tokens) edit_tokens(tokens);
    JsonMembers said = overall;
    said["submods"] = submods.value_or(tee::submods_of(tokens));
    if (swap_tokens) swap_tokens(tokens);
    std::string out = tee::detached_eat(tee::sign_claims(said, nras), tokens);
    if (edit_text) edit_text(out);
    return out;
  }

  std::optional<VerifiedToken> verify(std::string_view token) {
    verdict = {};
    Rules rules(verdict, "nras", strictness);
    const auto jwks = Jwks::parse(as_bytes(nras.jwks()));
    return verify_token(as_bytes(token), with_keys ? &*jwks : nullptr, expected, at, rules);
  }
  std::set<std::string> failed(std::string_view token) {
    const bool accepted = verify(token).has_value();
    std::set<std::string> out = with_severity(verdict, Severity::failed);
    if (accepted != out.empty()) out.insert("contradictory verdict");
    return out;
  }
  std::set<std::string> failed() { return failed(text()); }
  std::set<std::string> warned() {
    strictness = Strictness::signatures;
    EXPECT_THAT(failed(), IsEmpty());
    return with_severity(verdict, Severity::warning);
  }
};

TEST_F(NrasToken, AcceptsAHealthyGpuInBothVersions) {
  EXPECT_THAT(failed(), IsEmpty());
  const auto token = verify(text());
  ASSERT_TRUE(token);
  EXPECT_EQ(describe(token->devices().front()), "NVIDIA GH100 A01 GSP BROM, driver 570.124.06, VBIOS 96.00.9F.00.01");
  EXPECT_EQ(token->devices().front().ueid, "1000");
  EXPECT_EQ(token->nonce(), nonce);
  EXPECT_EQ(token->issued_at(), now);
  use_v2();
  EXPECT_THAT(failed(), IsEmpty());
}

TEST_F(NrasToken, AcceptsAFabricOfGpusAndSwitches) {
  use_fabric();
  EXPECT_THAT(failed(), IsEmpty());
  EXPECT_EQ(describe(verify(text())->devices().back()), "NVIDIA LS_10 A01 FSP BROM, VBIOS 96.10.55.00.01");
}

// --- keys and signatures -------------------------------------------------------------

TEST_F(NrasToken, IsNeverAcceptedWithoutKeys) {
  with_keys = false;
  EXPECT_FALSE(verify(text()));
  EXPECT_THAT(with_severity(verdict, Severity::failed), UnorderedElementsAre("nras_jwks_missing"));
  strictness = Strictness::signatures;
  EXPECT_FALSE(verify(text()));
  EXPECT_THAT(with_severity(verdict, Severity::failed), IsEmpty());
  EXPECT_THAT(with_severity(verdict, Severity::warning), UnorderedElementsAre("nras_jwks_missing"));
}

TEST_F(NrasToken, TellsWhatItFindsWithoutKeys) {
  with_keys = false;
  gpu()["iss"] = R"("https://nras.attestation-stg.nvidia.com")";
  gpu()["measres"] = R"("fail")";
  EXPECT_FALSE(verify(text()));
  EXPECT_THAT(with_severity(verdict, Severity::failed),
              UnorderedElementsAre("nras_jwks_missing", "nras_issuer", "nras_measurements"));
}

TEST_F(NrasToken, RefusesAKeyThatTheListDoesNotHave) {
  const std::string token = text();
  nras.kid = "another";
  EXPECT_THAT(failed(token), UnorderedElementsAre("nras_key"));
}

TEST_F(NrasToken, RefusesATokenSignedByAnotherKey) {
  const tee::SimulatedNras other = tee::make_nras(now);
  edit_tokens = [&](DeviceTokens& tokens) { tokens[0].second = tee::sign_claims(gpu(), other); };
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_signature"));
  verify(text());
  EXPECT_EQ(verdict.first_failed()->detail, "GPU-0: NVIDIA's service did not sign this");
}

TEST_F(NrasToken, JudgesNoClaimOfATokenThatIsNotSigned) {
  const std::string token = text();
  nras = tee::make_nras(now);
  expected.pinned_intermediates = {nras.intermediate};
  gpu()["measres"] = R"("fail")";
  EXPECT_THAT(failed(token), UnorderedElementsAre("nras_signature"));
}

TEST_F(NrasToken, RefusesKeysUnderAnotherIntermediate) {
  expected.pinned_intermediates = {tee::make_nras(now).intermediate};
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_key_chain"));
}

TEST_F(NrasToken, ExpectsTheKeysCertificateToBeValidWhereNoneIsPinned) {
  expected.pinned_intermediates = {};
  EXPECT_THAT(failed(), IsEmpty());
  nras.certificate = tee::make_nras(now).certificate;
  tee::SimulatedNras old = tee::make_nras(now - std::chrono::hours(72));
  nras = std::move(old);
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_key_validity"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_key_validity"));
}

TEST_F(NrasToken, RefusesOtherAlgorithms) {
  for (const char* algorithm : {"none", "HS256", "ES256"}) {
    edit_tokens = [&](DeviceTokens& tokens) {
      const std::string header = R"({"kid":")" + nras.kid + R"(","alg":")" + algorithm + "\"}";
      tokens[0].second = tee::sign_jws(header, tee::to_json(gpu()), nras.key);
    };
    EXPECT_THAT(failed(), UnorderedElementsAre("jws_algorithm")) << algorithm;
  }
}

TEST_F(NrasToken, RefusesAKeyThatTheTokenBringsAlong) {
  edit_tokens = [&](DeviceTokens& tokens) {
    const std::string header = R"({"kid":")" + nras.kid + R"(","alg":"ES384","jwk":)" + nras.jwk() + "}";
    tokens[0].second = tee::sign_jws(header, tee::to_json(gpu()), nras.key);
  };
  EXPECT_THAT(failed(), UnorderedElementsAre("jws_header"));
}

// --- the parts and how they hang together -------------------------------------------

TEST_F(NrasToken, RefusesSwappedTokens) {
  use_fabric();
  swap_tokens = [](DeviceTokens& tokens) { std::swap(tokens[0].second, tokens[1].second); };
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_digest"));
}

TEST_F(NrasToken, RefusesATokenThatTheOverallOneDoesNotName) {
  use_fabric();
  expected.devices = 13;
  swap_tokens = [&](DeviceTokens& tokens) {
    tokens.emplace_back("GPU-8", tee::sign_claims(tee::gpu_claims(nonce, now, NrasVersion::v3, 1008), nras));
  };
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_submodules"));
}

TEST_F(NrasToken, RefusesATokenLeftOut) {
  use_fabric();
  expected.devices = 11;
  swap_tokens = [](DeviceTokens& tokens) { tokens.pop_back(); };
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_submodules"));
}

TEST_F(NrasToken, RefusesANameTwice) {
  use_fabric();
  swap_tokens = [](DeviceTokens& tokens) { tokens.push_back(tokens.front()); };
  EXPECT_THAT(failed(), UnorderedElementsAre("json_duplicate_name"));
}

TEST_F(NrasToken, RefusesOneDeviceUnderTwoNames) {
  use_fabric();
  devices[1].second = devices[0].second;
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_device_twice"));
}

TEST_F(NrasToken, RefusesAnotherNumberOfDevices) {
  expected.devices = 2;
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_device_count"));
  expected.devices.reset();
  EXPECT_THAT(failed(), IsEmpty());
}

TEST_F(NrasToken, RefusesDigestsOfAnotherForm) {
  const std::string digest = to_hex(Hash256{});
  for (const std::string& entry :
       {R"(["DIGEST",["SHA256",")" + digest + R"("]])", std::string(R"(["DIGEST",["SHA-256","00"]])"),
        R"(["HASH",["SHA-256",")" + digest + R"("]])", std::string(R"(["DIGEST","SHA-256"])"), std::string("null"),
        R"(["DIGEST",["SHA-256",")" + digest + R"(","x"]])"}) {
    submods = R"({"GPU-0":)" + entry + "}";
    EXPECT_THAT(failed(), UnorderedElementsAre("nras_digest")) << entry;
  }
  submods = "[]";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_submodules"));
}

TEST_F(NrasToken, RefusesADetachedEatOfAnotherShape) {
  const std::string jws = tee::sign_claims(overall, nras);
  const std::string pair = R"(["JWT",")" + jws + R"("])", devices_text = R"({"GPU-0":")" + jws + R"("})";
  for (const std::string& bad : {"[]", R"([["JWT",")"}) {
    EXPECT_FALSE(verify(bad)) << bad;
  }
  for (const std::string& bad :
       {"[" + pair + "]", "[" + pair + ",{}]", "[" + pair + ",[]]", "[" + pair + "," + devices_text + ",1]",
        "[{}," + devices_text + "]", R"([["jwt",")" + jws + "\"]," + devices_text + "]",
        R"([["JWT"],)" + devices_text + "]", "[" + pair + R"(,{"GPU-00":")" + jws + "\"}]",
        "[" + pair + R"(,{"CPU-0":")" + jws + "\"}]", "[" + pair + R"(,{"GPU-":")" + jws + "\"}]",
        "[" + pair + R"(,{"GPU-0":1}])"}) {
    EXPECT_THAT(failed(bad), UnorderedElementsAre("nras_token_invalid")) << bad;
  }
}

TEST_F(NrasToken, RefusesMoreThan32DevicesAndMoreThanOneMiB) {
  const std::string jws = tee::sign_claims(overall, nras);
  DeviceTokens many;
  for (int i = 0; i < 33; ++i) many.emplace_back("GPU-" + std::to_string(i), jws);
  EXPECT_THAT(failed(tee::detached_eat(jws, many)), UnorderedElementsAre("nras_token_invalid"));
  EXPECT_THAT(failed(std::string((1 << 20) + 1, ' ')), UnorderedElementsAre("nras_token_invalid"));
}

TEST_F(NrasToken, RefusesClaimsThatAreNoObject) {
  edit_tokens = [&](DeviceTokens& tokens) {
    tokens[0].second = tee::sign_jws(R"({"kid":")" + nras.kid + R"(","alg":"ES384"})", "[]", nras.key);
  };
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_token_invalid"));
}

TEST_F(NrasToken, ExpectsTheOverallTokenBesideASingleDevices) {
  for (NrasVersion each : {NrasVersion::v2, NrasVersion::v3}) {
    const std::string single = tee::sign_claims(tee::gpu_claims(nonce, now, each, 7), nras);
    strictness = Strictness::network;
    EXPECT_THAT(failed(single), UnorderedElementsAre("nras_overall_missing"));
    strictness = Strictness::signatures;
    EXPECT_THAT(failed(single), IsEmpty());
    EXPECT_EQ(verify(single)->devices().front().ueid, "7");
  }
  const std::string overall_alone = tee::sign_claims(overall, nras);
  strictness = Strictness::signatures;
  EXPECT_THAT(failed(overall_alone), Contains("nras_measurements"));
}

// --- claims of both ------------------------------------------------------------------

// Sets a claim in the overall token, then in the device's: the same code both times.
struct CommonCase {
  const char* claim;
  const char* value;
  const char* code;
};

TEST_F(NrasToken, RefusesCommonClaimsThatDoNotHold) {
  const CommonCase cases[] = {
      {"iss", R"("https://nras.attestation-stg.nvidia.com")", "nras_issuer"},
      {"iss", R"("https://nras.attestation.nvidia.com/")", "nras_issuer"},
      {"iss", "null", "nras_issuer"},
      {"eat_nonce", R"("00")", "nras_nonce"},
      {"eat_nonce", R"("0000000000000000000000000000000000000000000000000000000000000000")", "nras_nonce"},
      {"eat_nonce", "1", "nras_nonce"},
      {"nbf", "1795435261", "nras_not_yet_valid"},
      {"nbf", "-1", "nras_not_yet_valid"},
      {"nbf", "1e3", "nras_not_yet_valid"},
      {"iat", "99999999999999", "nras_not_yet_valid"},
      {"exp", "1", "nras_expired"},
      {"exp", R"("1795438800")", "nras_expired"},
  };
  at = *parse_instant("2026-11-23T12:00:00Z") - std::chrono::hours(24) + std::chrono::seconds(60);
  for (const CommonCase& one : cases) {
    for (JsonMembers* members : {&overall, &gpu()}) {
      const std::string before = (*members)[one.claim];
      (*members)[one.claim] = one.value;
      const auto codes = failed();
      EXPECT_THAT(codes, Contains(one.code)) << one.claim << " " << one.value;
      if (std::string_view(one.claim) == "iat") {
        EXPECT_THAT(codes, testing::IsSubsetOf({"nras_not_yet_valid", "nras_age"}));
      } else {
        EXPECT_EQ(codes.size(), 1U) << one.claim << " " << one.value;
      }
      members->erase(one.claim);
      EXPECT_THAT(failed(), Contains(one.code)) << one.claim << " absent";
      (*members)[one.claim] = before;
    }
  }
  EXPECT_THAT(failed(), IsEmpty());
}

TEST_F(NrasToken, IsValidFromItsBeginToBeforeItsEnd) {
  expected.max_age = std::chrono::hours(2);
  at = now;
  EXPECT_THAT(failed(), IsEmpty());
  at = now - milliseconds(1);
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_key_chain"));
  expected.pinned_intermediates = {};
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_not_yet_valid", "nras_key_validity"));
  expected.skew = milliseconds(1);
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_key_validity"));
  at = now + std::chrono::hours(1) - milliseconds(1);
  EXPECT_THAT(failed(), IsEmpty());
  at = at + milliseconds(1);
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_expired"));
}

TEST_F(NrasToken, ExpectsItToBeOfThePolicysAge) {
  at = now + expected.max_age;
  EXPECT_THAT(failed(), IsEmpty());
  at = at + milliseconds(1);
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_age"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_age"));
}

TEST_F(NrasToken, WarnsThatFreshnessIsUnprovenWithoutANonce) {
  expected.nonce.reset();
  EXPECT_THAT(warned(), UnorderedElementsAre("freshness_unproven"));
  gpu()["eat_nonce"] = "\"" + std::string(64, '0') + "\"";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_nonce"));
}

TEST_F(NrasToken, RefusesAnOverallTokenThatIsNotAccepting) {
  overall["x-nvidia-overall-att-result"] = "false";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_overall"));
  overall["x-nvidia-overall-att-result"] = R"("true")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_overall"));
  overall.erase("x-nvidia-overall-att-result");
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_overall"));
}

TEST_F(NrasToken, RefusesAnotherSubjectOrVersion) {
  overall["sub"] = R"("SOMETHING-ELSE")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_subject"));
  overall = tee::overall_claims(nonce, now, NrasVersion::v3);
  overall["x-nvidia-ver"] = R"("4.0")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_version"));
}

TEST_F(NrasToken, RefusesOneVersionsClaimsUnderTheOthersName) {
  overall = tee::overall_claims(nonce, now, NrasVersion::v2);
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_report", "nras_rim", "nras_claim_unknown"));
}

// --- claims about a device -------------------------------------------------------------

TEST_F(NrasToken, NeedsEveryClaimOfAGpuToHold) {
  for (NrasVersion each : {NrasVersion::v2, NrasVersion::v3}) {
    const JsonMembers good = tee::gpu_claims(nonce, now, each, 1000);
    overall = tee::overall_claims(nonce, now, each);
    for (const auto& [claim, value] : good) {
      if (value != "true" || claim == "secboot") continue;
      for (const char* bad : {"false", "null", R"("true")", "1", ""}) {
        devices = {{"GPU-0", good}};
        gpu()[claim] = bad;
        if (std::string_view(bad).empty()) gpu().erase(claim);
        const auto codes = failed();
        EXPECT_EQ(codes.size(), 1U) << claim << " " << bad;
        EXPECT_THAT(*codes.begin(), testing::AnyOf("nras_report", "nras_rim", "nras_arch", "nras_fwid")) << claim;
      }
    }
  }
}

TEST_F(NrasToken, NeedsEveryChainToBeValidAndNotRevoked) {
  struct Case {
    const char *from, *to, *code;
  };
  const Case cases[] = {{R"("valid")", R"("expired")", "chain"},
                        {R"("x-nvidia-cert-status":"valid",)", "", "chain"},
                        {"9999-12-31", "2026-11-21", "chain"},
                        {"9999-12-31T23:59:59Z", "never", "chain"},
                        {R"("good")", R"("revoked")", "nras_revocation"},
                        {R"("good")", R"("unknown")", "nras_revocation"},
                        {"null", R"("certificateHold")", "nras_revocation"}};
  const JsonMembers good = gpu();
  for (const char* chain : {"attestation-report-cert-chain", "driver-rim-cert-chain", "vbios-rim-cert-chain"}) {
    const std::string claim = "x-nvidia-gpu-" + std::string(chain);
    for (const Case& one : cases) {
      devices = {{"GPU-0", good}};
      std::string& value = gpu()[claim];
      value.replace(value.find(one.from), std::string_view(one.from).size(), one.to);
      std::string code = one.code;
      if (code == "chain") code = chain[0] == 'a' ? "nras_report" : "nras_rim";
      EXPECT_THAT(failed(), UnorderedElementsAre(code)) << claim << one.to;
    }
    gpu()[claim] = "true";
    EXPECT_THAT(failed(), Contains("nras_revocation")) << claim;
  }
}

TEST_F(NrasToken, RefusesMeasurementsThatDiffer) {
  gpu()["measres"] = R"("fail")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_measurements"));
  gpu()["measres"] = R"("success")";
  gpu()["x-nvidia-mismatch-measurement-records"] = R"([{"index":9}])";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_measurements"));
  gpu().erase("x-nvidia-mismatch-measurement-records");
  gpu()["x-nvidia-error-details"] = R"({"code":4010})";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_measurements"));
  gpu()["x-nvidia-error-details"] = "null";
  EXPECT_THAT(failed(), IsEmpty());
}

TEST_F(NrasToken, RefusesADeviceThatIsNotNvidias) {
  gpu()["oemid"] = "null";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_device_id"));
  gpu()["oemid"] = R"("5703")";
  gpu()["ueid"] = R"("0x10")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_device_id"));
}

TEST_F(NrasToken, ExpectsDebuggingOffAndASecureBoot) {
  gpu()["dbgstat"] = R"("enabled")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_debug"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_debug"));
  strictness = Strictness::network;
  gpu()["dbgstat"] = R"("disabled")";
  gpu()["secboot"] = "false";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_secboot"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_secboot"));
}

TEST_F(NrasToken, ExpectsNoWarningOfNvidias) {
  gpu()["x-nvidia-attestation-warning"] = R"("a certificate is on hold")";
  EXPECT_THAT(failed(), UnorderedElementsAre("nras_warning"));
  EXPECT_THAT(warned(), UnorderedElementsAre("nras_warning"));
}

TEST_F(NrasToken, ExpectsOnlyClaimsItKnows) {
  for (JsonMembers* members : {&overall, &gpu()}) {
    strictness = Strictness::network;
    (*members)["x-nvidia-gpu-in-a-volcano"] = "true";
    EXPECT_THAT(failed(), UnorderedElementsAre("nras_claim_unknown"));
    EXPECT_THAT(warned(), UnorderedElementsAre("nras_claim_unknown"));
    members->erase("x-nvidia-gpu-in-a-volcano");
  }
}

TEST_F(NrasToken, NeedsEveryClaimOfASwitchToHold) {
  const JsonMembers good = tee::switch_claims(nonce, now, 5);
  for (const auto& [claim, value] : good) {
    if (value != "true" || claim == "secboot") continue;
    devices = {{"SWITCH-0", good}};
    devices.front().second[claim] = "false";
    EXPECT_EQ(failed().size(), 1U) << claim;
  }
  devices = {{"SWITCH-0", good}};
  EXPECT_THAT(failed(), IsEmpty());
}

// A GPU's name over a switch's claims and the other way round.
TEST_F(NrasToken, RefusesADeviceThatIsCalledAnotherKind) {
  devices = {{"SWITCH-0", gpu()}};
  EXPECT_THAT(failed(), Contains("nras_report"));
  devices = {{"GPU-0", tee::switch_claims(nonce, now, 5)}};
  EXPECT_THAT(failed(), Contains("nras_report"));
}

// --- damage ----------------------------------------------------------------------------

TEST_F(NrasToken, RefusesAnyByteChangedAndAnyCut) {
  std::string token = text();
  ASSERT_THAT(failed(token), IsEmpty());
  for (std::size_t i = 0; i < token.size(); i += 7) {
    const char before = token[i];
    token[i] = static_cast<char>(before ^ (1 << (i % 8)));
    EXPECT_FALSE(verify(token)) << i;
    token[i] = before;
    EXPECT_FALSE(verify(std::string_view(token).substr(0, i))) << i;
  }
}

// --- real tokens -------------------------------------------------------------------------

namespace fs = std::filesystem;
const fs::path kLibrary = AIPG_SOURCE_DIR "/../shared/evidence";

#define AIPG_NEEDS_LIBRARY() \
  if (!fs::exists(kLibrary / "CASES.tsv")) GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real token was judged"

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

struct TokenCase {
  std::string evidence, with, policy, at, expect;
};

std::vector<TokenCase> cases() {
  std::ifstream file(kLibrary / "CASES.tsv");
  std::vector<TokenCase> out;
  for (std::string line; std::getline(file, line);) {
    std::array<std::string, 7> columns;
    std::istringstream row(line);
    for (std::string& column : columns) std::getline(row, column, '\t');
    if (columns[0] == "nras-token") out.push_back({columns[1], columns[2], columns[3], columns[4], columns[5]});
  }
  return out;
}

// What such a row brings along: the expected nonce, and the service's keys.
struct TokenCompanions {
  Expectation expected{.max_age = std::chrono::hours(1)};
  std::optional<Jwks> jwks;
};

TokenCompanions companions(const TokenCase& one) {
  TokenCompanions out;
  std::istringstream words(one.with);
  for (std::string word; words >> word;) {
    if (word.starts_with("nonce=")) {
      out.expected.nonce = to_array<32>(*from_hex(word.substr(6)));
    } else if (auto jwks = Jwks::parse(as_bytes(read(kLibrary / word)))) {
      out.jwks = *std::move(jwks);
    } else {
      ADD_FAILURE() << word << ": " << jwks.error().code.view();
    }
  }
  return out;
}

TEST(RealNrasToken, EveryCaseComesOutAsTheLibrarySays) {
  AIPG_NEEDS_LIBRARY();
  std::size_t judged = 0;
  for (const TokenCase& one : cases()) {
    const TokenCompanions with = companions(one);
    Verdict verdict;
    Rules rules(verdict, "nras", one.policy == "chain" ? Strictness::signatures : Strictness::network);
    (void)verify_token(as_bytes(read(kLibrary / one.evidence)), with.jwks ? &*with.jwks : nullptr, with.expected,
                       *parse_instant(one.at), rules);
    EXPECT_EQ(verdict.first_failed() == nullptr, one.expect == "accept") << one.evidence << "\n"
                                                                         << to_text(verdict, true);
    ++judged;
  }
  EXPECT_GE(judged, 2U);
}

std::set<std::string> broken(const std::string& file, const Expectation& expected, const char* at) {
  Verdict verdict;
  Rules rules(verdict, "nras", Strictness::network);
  EXPECT_FALSE(verify_token(as_bytes(read(kLibrary / file)), nullptr, expected, *parse_instant(at), rules));
  return with_severity(verdict, Severity::failed);
}

// Everything but the signatures, for which the keys of that day are lost.
TEST(RealNrasToken, FindsNothingWrongWithARealOneButThatTheKeysAreMissing) {
  AIPG_NEEDS_LIBRARY();
  Expectation expected{.devices = 1, .max_age = std::chrono::hours(1)};
  expected.nonce = to_array<32>(*from_hex("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb"));
  const std::string file = "nvidia/h100_550.90.07/nras_detached_eat.json";
  EXPECT_THAT(broken(file, expected, "2025-06-11T00:45:00Z"), UnorderedElementsAre("nras_jwks_missing"));
  EXPECT_THAT(broken(file, expected, "2025-06-11T01:30:58Z"),
              UnorderedElementsAre("nras_jwks_missing", "nras_expired"));
  expected.nonce = Hash256{};
  EXPECT_THAT(broken(file, expected, "2025-06-11T00:45:00Z"), UnorderedElementsAre("nras_jwks_missing", "nras_nonce"));
}

TEST(RealNrasToken, RefusesTheStagingServicesToken) {
  AIPG_NEEDS_LIBRARY();
  const Expectation expected{.devices = 1, .max_age = std::chrono::hours(1)};
  EXPECT_THAT(broken("nvidia/ls10_96.10.55.00.01/nras_detached_eat.json", expected, "2025-06-29T00:00:00Z"),
              UnorderedElementsAre("nras_jwks_missing", "nras_issuer"));
}

}  // namespace
}  // namespace aipg::attest::nras
