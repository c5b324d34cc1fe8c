// SPDX-License-Identifier: Apache-2.0
// Collateral put together from files of every form, recognised by content.
#include <gtest/gtest.h>

#include "attest/evidence.h"
#include "attest/tdx/collateral_reader.h"
#include "attest/tdx/qe_identity.h"
#include "attest/tdx/tcb_info.h"
#include "codec/pem.h"
#include "tee/test_intel.h"

namespace aipg::tee {
namespace {

namespace tdx = attest::tdx;

template <typename T>
std::string refusal(const Result<T>& read) {
  return read ? "accepted" : std::string(read.error().code.view());
}

bool same(const tdx::Collateral& a, const tdx::Collateral& b) {
  return a.tcb_info == b.tcb_info && a.qe_identity == b.qe_identity && a.root_crl == b.root_crl &&
         a.pck_crl == b.pck_crl && a.tcb_signing_chain == b.tcb_signing_chain &&
         a.qe_identity_signing_chain == b.qe_identity_signing_chain && a.pck_crl_issuer_chain == b.pck_crl_issuer_chain;
}

TEST(IntelCollateralFiles, ReadTheCombinedForm) {
  const TestIntel intel;
  const tdx::Collateral good = intel.collateral();
  const std::string text = combined_json(good);
  const auto read = tdx::parse_collateral_json(as_bytes(text));
  ASSERT_TRUE(read) << read.error().where.view();
  EXPECT_TRUE(same(*read, good));
  EXPECT_TRUE(same(*tdx::read_collateral({as_bytes(text)}), good));
}

TEST(IntelCollateralFiles, RecogniseEachItemByItsContentInAnyOrder) {
  const TestIntel intel;
  const tdx::Collateral good = intel.collateral();
  std::string signing, ca;
  for (const Bytes& der : good.tcb_signing_chain) signing += codec::to_pem_certificate(der);
  for (const Bytes& der : good.pck_crl_issuer_chain) ca += codec::to_pem_certificate(der);
  std::vector<ByteView> items{good.pck_crl,  good.root_crl,    as_bytes(signing),
                              good.tcb_info, good.qe_identity, as_bytes(ca)};
  EXPECT_TRUE(same(*tdx::read_collateral(items), good));
  std::ranges::reverse(items);
  EXPECT_TRUE(same(*tdx::read_collateral(items), good));
  for (const ByteView twice : std::vector<ByteView>(items)) {
    items.push_back(twice);
    EXPECT_EQ(refusal(tdx::read_collateral(items)), "collateral_invalid");
    items.pop_back();
  }
  EXPECT_TRUE(same(*tdx::read_collateral({}), {}));
}

TEST(IntelCollateralFiles, RefuseWhatIsNoneOfThem) {
  const TestIntel intel;
  std::string root = codec::to_pem_certificate(intel.pki.pck_chain[2]);
  EXPECT_EQ(refusal(tdx::read_collateral({as_bytes("")})), "collateral_invalid");
  EXPECT_EQ(refusal(tdx::read_collateral({as_bytes("{}")})), "collateral_invalid");
  EXPECT_EQ(refusal(tdx::read_collateral({as_bytes("[]")})), "collateral_invalid");
  EXPECT_EQ(refusal(tdx::read_collateral({as_bytes("hello")})), "json_invalid");
  EXPECT_EQ(refusal(tdx::read_collateral({as_bytes(root)})), "collateral_invalid");
  EXPECT_EQ(refusal(tdx::read_collateral({as_bytes(root + root + root)})), "pem_too_many");
  EXPECT_EQ(refusal(tdx::read_collateral({intel.pki.pck_chain[2]})), "crl_invalid");
}

TEST(IntelCollateralFiles, RefuseACombinedFormWithAMemberMissingRepeatedUnknownOrMistyped) {
  const TestIntel intel;
  const std::string good = combined_json(intel.collateral());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return refusal(tdx::parse_collateral_json(as_bytes(text)));
  };
  EXPECT_EQ(with("{", "{\"x\":1,"), "json_unknown_field");
  for (const char* name :
       {"\"pck_crl_issuer_chain\"", "\"root_ca_crl\"", "\"pck_crl\"", "\"tcb_info_issuer_chain\"", "\"tcb_info\"",
        "\"tcb_info_signature\"", "\"qe_identity_issuer_chain\"", "\"qe_identity\"", "\"qe_identity_signature\""}) {
    EXPECT_EQ(with(name, "\"y\""), "collateral_invalid") << name;
  }
  EXPECT_EQ(with("\"root_ca_crl\":\"", "\"root_ca_crl\":\"0"), "collateral_invalid");
  EXPECT_EQ(with("\"root_ca_crl\":\"", "\"root_ca_crl\":\"zz"), "collateral_invalid");
  EXPECT_EQ(with("\"tcb_info\":\"", "\"tcb_info\":\" "), "collateral_invalid");
  EXPECT_EQ(with("\"tcb_info\":\"{", "\"tcb_info\":\"[{"), "collateral_invalid");
  EXPECT_EQ(with("\"tcb_info_signature\":\"", "\"tcb_info_signature\":\"00"), "collateral_invalid");
  EXPECT_EQ(with("-----BEGIN", "x-----BEGIN"), "pem_invalid");
}

// Two signatures would let somebody choose what is checked.
TEST(IntelCollateralFiles, TextOfTwoObjectsIsNoDocument) {
  const TestIntel intel;
  std::string text = combined_json(intel.collateral());
  for (const std::string_view begin : {"\"tcb_info\":\"{", "\"qe_identity\":\"{"}) {
    const std::size_t at = text.find(begin) + begin.size();
    text.insert(at, R"(},\"signature\":\"00\",\"more\":{)");
  }
  const auto read = tdx::parse_collateral_json(as_bytes(text));
  ASSERT_TRUE(read);
  EXPECT_EQ(refusal(tdx::parse_tcb_info(read->tcb_info)), "tcb_info_invalid");
  EXPECT_EQ(refusal(tdx::parse_qe_identity(read->qe_identity)), "qe_identity_invalid");
}

// Lists and chains of other platforms are passed over; what is this one's and damaged is not.
TEST(IntelCollateralFiles, DamagedAreNotTakenForAnotherPlatforms) {
  const TestIntel intel;
  const tdx::Collateral good = intel.collateral();
  attest::Policy policy = *attest::ready_policy("chain");
  policy.roots = attest::SimulatedRoots(intel.pki.roots());
  const Bytes quote = intel.quote();
  const auto judged = [&](const Bytes& list) {
    attest::Endorsements beside;
    const std::vector<Bytes> documents{good.tcb_info, good.qe_identity, good.root_crl};
    for (const Bytes& each : documents) EXPECT_TRUE(beside.add(each));
    EXPECT_TRUE(beside.add(list));
    std::string signing;
    for (const Bytes& der : good.tcb_signing_chain) signing += codec::to_pem_certificate(der);
    EXPECT_TRUE(beside.add(as_bytes(signing)));
    const attest::Verdict verdict = attest::verify_evidence(
        {.kind = attest::EvidenceKind::tdx_quote, .bytes = quote, .nonce = {}}, beside, policy, intel.now);
    return verdict.accepted;
  };
  EXPECT_TRUE(judged(good.pck_crl));
  for (std::size_t i = 0; i < good.pck_crl.size(); ++i) {
    Bytes bad = good.pck_crl;
    bad[i] ^= 1;
    attest::Endorsements one;
    if (one.add(bad)) EXPECT_FALSE(judged(bad)) << "byte " << i;
  }
}

}  // namespace
}  // namespace aipg::tee
