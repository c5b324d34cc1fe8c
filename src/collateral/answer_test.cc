// SPDX-License-Identifier: Apache-2.0
#include "collateral/answer.h"

#include <gtest/gtest.h>

#include "attest/endorsements.h"
#include "attest/evidence_library_for_tests.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/tcb_info.h"
#include "collateral/services_for_tests.h"
#include "tee/simulated_ocsp.h"
#include "tee/simulated_rim.h"
#include "tee/test_intel.h"

namespace aipg::collateral {
namespace {

using attest::kEvidenceLibrary;

using attest::read_evidence;
using attest::tdx::Tee;

std::string code(const Result<std::vector<Bytes>>& read) {
  return read ? "accepted" : std::string(read.error().code.view());
}

// Intel's documents about a simulated platform, as its service would answer.
class IntelAnswers : public testing::Test {
 protected:
  IntelAnswers() : documents(intel.collateral()), resource(tcb_info(Tee::tdx, fmspc())) {}

  [[nodiscard]] ByteArray<6> fmspc() const { return attest::tdx::parse_tcb_info(documents.tcb_info)->fmspc; }
  [[nodiscard]] std::string signers() const { return write_issuer_chain(pem_of(documents.tcb_signing_chain)); }
  [[nodiscard]] std::string list_issuers() const { return write_issuer_chain(pem_of(documents.pck_crl_issuer_chain)); }

  tee::TestIntel intel;
  attest::tdx::Collateral documents;
  Resource resource;
};

TEST_F(IntelAnswers, GiveADocumentAndItsChain) {
  const auto read = read_answer(resource, {.issuer_chain = signers(), .body = documents.tcb_info});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0], documents.tcb_info);
  EXPECT_EQ(as_text((*read)[1]), pem_of(documents.tcb_signing_chain));
  EXPECT_TRUE(read_answer(qe_identity(Tee::tdx), {.issuer_chain = signers(), .body = documents.qe_identity}));
  EXPECT_TRUE(read_answer(pck_crl(PckCa::platform), {.issuer_chain = list_issuers(), .body = documents.pck_crl}));
  EXPECT_TRUE(read_answer(intel_root_crl(), {.body = documents.root_crl}));
}

TEST_F(IntelAnswers, AreAllThatAVerifierNeeds) {
  attest::Endorsements all;
  for (const auto& pieces :
       {read_answer(resource, {.issuer_chain = signers(), .body = documents.tcb_info}),
        read_answer(qe_identity(Tee::tdx), {.issuer_chain = signers(), .body = documents.qe_identity}),
        read_answer(pck_crl(PckCa::platform), {.issuer_chain = list_issuers(), .body = documents.pck_crl}),
        read_answer(intel_root_crl(), {.body = documents.root_crl})}) {
    ASSERT_TRUE(pieces);
    for (const Bytes& piece : *pieces) ASSERT_TRUE(all.add(piece));
  }
  std::vector<ByteView> items(all.intel.begin(), all.intel.end());
  items.insert(items.end(), all.crls.begin(), all.crls.end());
  const auto collateral = attest::tdx::read_collateral(items);
  ASSERT_TRUE(collateral);
  EXPECT_EQ(collateral->tcb_info, documents.tcb_info);
  EXPECT_EQ(collateral->root_crl, documents.root_crl);
  EXPECT_EQ(collateral->pck_crl, documents.pck_crl);
}

TEST_F(IntelAnswers, MustBringTheirChain) {
  EXPECT_EQ(code(read_answer(resource, {.body = documents.tcb_info})), "issuer_chain_missing");
  EXPECT_EQ(code(read_answer(resource, {.issuer_chain = "%zz", .body = documents.tcb_info})), "issuer_chain_encoding");
}

TEST_F(IntelAnswers, MustBeAboutThePlatformThatWasAskedFor) {
  ByteArray<6> other = fmspc();
  other[0] ^= 1;
  EXPECT_EQ(code(read_answer(tcb_info(Tee::tdx, other), {.issuer_chain = signers(), .body = documents.tcb_info})),
            "answer_other_subject");
  EXPECT_EQ(code(read_answer(tcb_info(Tee::sgx, fmspc()), {.issuer_chain = signers(), .body = documents.tcb_info})),
            "answer_other_subject");
  EXPECT_EQ(code(read_answer(qe_identity(Tee::sgx), {.issuer_chain = signers(), .body = documents.qe_identity})),
            "answer_other_subject");
  EXPECT_EQ(code(read_answer(pck_crl(PckCa::platform), {.issuer_chain = list_issuers(), .body = documents.root_crl})),
            "answer_other_subject");
}

TEST_F(IntelAnswers, MustBeOfTheKindThatWasAskedFor) {
  EXPECT_EQ(code(read_answer(resource, {.issuer_chain = signers(), .body = to_bytes("<html>busy</html>")})),
            "tcb_info_invalid");
  EXPECT_EQ(code(read_answer(resource, {.issuer_chain = signers(), .body = documents.qe_identity})),
            "tcb_info_invalid");
  EXPECT_EQ(code(read_answer(intel_root_crl(), {.body = documents.tcb_info})), "crl_invalid");
}

TEST_F(IntelAnswers, MayBeAListInHexadecimal) {
  const auto read = read_answer(intel_root_crl(), {.body = to_bytes(to_hex(documents.root_crl) + "\n")});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->front(), documents.root_crl);
}

TEST_F(IntelAnswers, AreRefusedWhenTheyBreakOff) {
  const std::string body(as_text(documents.tcb_info));
  for (std::size_t n = 0; n < body.size(); n += 17) {
    EXPECT_FALSE(read_answer(resource, {.issuer_chain = signers(), .body = to_bytes(body.substr(0, n))})) << n;
  }
}

TEST(AmdAnswers, OfTheRealServiceAreTaken) {
  AIPG_NEEDS_EVIDENCE();
  using attest::snp::Family;
  EXPECT_TRUE(
      read_answer(amd_authorities(AmdKey::vcek, Family::milan), {.body = read_evidence("snp/milan_v2/ask_ark.pem")}));
  EXPECT_TRUE(read_answer(vcek(Family::milan, Bytes(64, 1), {}), {.body = read_evidence("snp/milan_v2/vcek.der")}));
  attest::Endorsements lists;
  ASSERT_TRUE(lists.add(read_evidence("snp/crl/milan_crl.pem")));
  EXPECT_TRUE(read_answer(amd_crl(Family::milan), {.body = lists.crls.front()}));
}

TEST(AmdAnswers, OfAnotherFormAreRefused) {
  AIPG_NEEDS_EVIDENCE();
  using attest::snp::Family;
  const Resource chain = amd_authorities(AmdKey::vcek, Family::milan);
  EXPECT_EQ(code(read_answer(chain, {.body = read_evidence("snp/milan_v3_azure/ask.pem")})), "answer_form");
  EXPECT_EQ(code(read_answer(chain, {.body = read_evidence("snp/chains/milan_ask_ark_asvk.pem")})), "pem_too_many");
  const Resource chip = vcek(Family::milan, Bytes(64, 1), {});
  EXPECT_EQ(code(read_answer(chip, {.body = to_bytes("Too Many Requests")})), "certificate_invalid");
  const Bytes ask = codec::parse_pem_certificates(as_text(read_evidence("snp/milan_v3_azure/ask.pem")), 2)->front();
  EXPECT_EQ(code(read_answer(chip, {.body = ask})), "snp_extension");
}

TEST(NvidiaAnswers, GiveTheManifestItself) {
  const tee::SimulatedRimPki pki = tee::make_rim_pki({1'795'000'000'000});
  const std::string xml = tee::make_rim(tee::driver_rim("570.124.06"), pki);
  const std::string body = tee::make_rim_answer("NV_GPU_DRIVER_GH100_570.124.06", xml);
  const auto read = read_answer(rim("NV_GPU_DRIVER_GH100_570.124.06"), {.body = to_bytes(body)});
  ASSERT_TRUE(read);
  EXPECT_EQ(as_text(read->front()), xml);
  EXPECT_EQ(code(read_answer(rim("NV_GPU_DRIVER_GH100_570.124.07"), {.body = to_bytes(body)})), "rim_service_id");
}

class OcspAnswers : public testing::Test {
 protected:
  static constexpr Instant kNow{1'795'000'000'000};
  OcspAnswers() { content = tee::content_of(tee::answer_about(subject, issuer, kNow), responder); }
  [[nodiscard]] Bytes body() const { return tee::make_ocsp_response(content, responder); }

  tee::SimulatedRimPki pki = tee::make_rim_pki(kNow);
  crypto::Certificate subject = *crypto::Certificate::parse(pki.chain[0]);
  crypto::Certificate issuer = *crypto::Certificate::parse(pki.chain[1]);
  tee::SimulatedResponder responder = tee::make_responder(tee::responder_at(kNow), "simulated issuer", pki.key);
  tee::OcspContent content;
  Resource resource = ocsp(subject, issuer);
};

TEST_F(OcspAnswers, AreTakenWithTheNonceThatWasSent) {
  const Bytes nonce(32, 7);
  content.nonce = nonce;
  EXPECT_TRUE(read_answer(resource, {.body = body()}, nonce));
  EXPECT_TRUE(read_answer(resource, {.body = body()})) << "none was sent";
}

TEST_F(OcspAnswers, AreRefusedWithAnotherNonceOrNone) {
  EXPECT_EQ(code(read_answer(resource, {.body = body()}, Bytes(32, 7))), "ocsp_nonce");
  content.nonce = Bytes(32, 8);
  EXPECT_EQ(code(read_answer(resource, {.body = body()}, Bytes(32, 7))), "ocsp_nonce");
}

TEST_F(OcspAnswers, MustBeAboutTheCertificateThatWasAskedFor) {
  const Resource other = ocsp(issuer, issuer);
  EXPECT_EQ(code(read_answer(other, {.body = body()})), "answer_other_subject");
  Bytes cut = body();
  cut.pop_back();
  EXPECT_EQ(code(read_answer(resource, {.body = cut})), "ocsp_invalid");
}

TEST(Answers, OfIntelsRealServiceAreTaken) {
  AIPG_NEEDS_EVIDENCE();
  const Bytes body = read_evidence("tdx/v5_uptodate/tcbinfo_goguest.json");
  const auto real = attest::tdx::parse_collateral_json(read_evidence("tdx/v5_uptodate/collateral.json"));
  ASSERT_TRUE(real);
  const ByteArray<6> fmspc{0x90, 0xC0, 0x6F, 0, 0, 0};
  const std::string signers = write_issuer_chain(pem_of(real->tcb_signing_chain));
  EXPECT_TRUE(read_answer(tcb_info(Tee::tdx, fmspc), {.issuer_chain = signers, .body = body}));
  EXPECT_TRUE(read_answer(qe_identity(Tee::tdx), {.issuer_chain = signers, .body = real->qe_identity}));
  const std::string issuers = write_issuer_chain(pem_of(real->pck_crl_issuer_chain));
  EXPECT_TRUE(read_answer(pck_crl(PckCa::platform), {.issuer_chain = issuers, .body = real->pck_crl}));
}

}  // namespace
}  // namespace aipg::collateral
