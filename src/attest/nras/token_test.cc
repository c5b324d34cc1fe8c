// SPDX-License-Identifier: Apache-2.0
// Keys and signatures, how the parts of a token hang together, and the claims
// that all of them have.
#include "attest/nras/token_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"

namespace aipg::attest::nras {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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
  modes = RuleModes::chain();
  EXPECT_FALSE(verify(text()));
  EXPECT_THAT(with_severity(verdict, Severity::failed), UnorderedElementsAre("nras_jwks_missing"))
      << "no policy takes a token that nobody is known to have signed";
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
  for (const std::string bad : {"[]", R"([["JWT",")"}) {
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
    modes = RuleModes::strict();
    EXPECT_THAT(failed(single), UnorderedElementsAre("nras_overall_missing"));
    modes = RuleModes::chain();
    EXPECT_THAT(failed(single), IsEmpty());
    EXPECT_EQ(verify(single)->devices().front().ueid, "7");
  }
  const std::string overall_alone = tee::sign_claims(overall, nras);
  modes = RuleModes::chain();
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

}  // namespace
}  // namespace aipg::attest::nras
