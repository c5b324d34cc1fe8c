// SPDX-License-Identifier: Apache-2.0
// The vendors' real certificates: each parses, and each chain leads to its root.
#include <gtest/gtest.h>

#include <set>

#include "base/files_for_tests.h"
#include "codec/pem.h"
#include "crypto/certificate.h"

namespace aipg::crypto {
namespace {

const std::string kEvidence = AIPG_SOURCE_DIR "/../shared/evidence/";
constexpr std::string_view kPemBegin = "-----BEGIN CERTIFICATE-----";

// Quotes carry their chain as PEM at the end.
std::vector<Bytes> pem_in(const std::string& path) {
  std::string text = read_text_file(path);
  std::size_t at = text.find(kPemBegin);
  if (at == std::string::npos) return {};
  std::size_t end = text.rfind("-----END CERTIFICATE-----") + 25;
  auto out = codec::parse_pem_certificates(std::string_view(text).substr(at, end - at), 8);
  EXPECT_TRUE(out) << path;
  return out.value_or(std::vector<Bytes>());
}

std::vector<Certificate> parse_all(const std::vector<Bytes>& ders, const std::string& from) {
  std::vector<Certificate> out;
  for (const Bytes& der : ders) {
    auto certificate = Certificate::parse(der);
    EXPECT_TRUE(certificate) << from << ' ' << certificate.error().where.view();
    if (certificate) out.push_back(*std::move(certificate));
  }
  return out;
}

class VendorCertificates : public testing::Test {
 protected:
  void SetUp() override {
    if (!file_exists(kEvidence)) GTEST_SKIP() << "NOT RUN: no vendor evidence in " << kEvidence;
  }
  static std::vector<Certificate> chain(const std::string& path) { return parse_all(pem_in(kEvidence + path), path); }
  static Bytes root(const std::string& name) { return pem_in(kEvidence + "roots/" + name + ".pem").at(0); }
  static Result<void> verify(const std::vector<Certificate>& certificates, const std::string& root_name,
                             const ChainProfile& profile) {
    Instant at;  // a day after the youngest certificate
    for (const Certificate& one : certificates) at = std::max(at, one.not_before() + std::chrono::hours(24));
    return verify_chain(certificates, {root(root_name)}, profile, at);
  }
  static constexpr ChainProfile kNvidia{.length = 5, .algorithm = SignatureAlgorithm::ecdsa_sha384};
  static constexpr ChainProfile kIntel{.length = 3, .algorithm = SignatureAlgorithm::ecdsa_sha256};
  static constexpr ChainProfile kAmd{
      .length = 3, .algorithm = SignatureAlgorithm::rsa_pss_sha384, .leaf_has_key_usage = false};
};

bool is_certificate_in_der(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.ends_with(".der") && (name.starts_with("vcek") || name.starts_with("vlek"));
}

TEST_F(VendorCertificates, AllParse) {
  std::set<Bytes> distinct;
  for (const std::string& path : files_below(kEvidence)) {
    std::vector<Bytes> ders;
    if (is_certificate_in_der(path)) {
      ders = {read_file(path)};
    } else if (path.ends_with(".pem") || path.ends_with(".bin")) {
      ders = pem_in(path);
    }
    for (const Certificate& certificate : parse_all(ders, path)) {
      EXPECT_NE(certificate.ec_key() != nullptr, certificate.rsa_key() != nullptr);
      EXPECT_FALSE(certificate.subject_common_name().empty()) << path;
      distinct.insert(to_bytes(certificate.der()));
    }
  }
  EXPECT_EQ(distinct.size(), 53u);
}

TEST_F(VendorCertificates, NvidiaChainsLeadToTheDeviceIdentityRoot) {
  for (std::string name :
       {"h100_550.90.07", "h100_570.124.03", "h100_535.86.09_nofwid", "blackwell_575.32", "ls10_96.10.55.00.01"}) {
    auto result = verify(chain("nvidia/" + name + "/chain.pem"), "nvidia_device_identity_root", kNvidia);
    EXPECT_TRUE(result) << name << ' ' << result.error().code.view() << ' ' << result.error().offset;
  }
}

TEST_F(VendorCertificates, NvidiaChainsWithMissingExtraOrSwappedCertificatesAreRefused) {
  auto code = [](const std::string& name) {
    auto result = verify(chain("nvidia/negative/" + name + ".pem"), "nvidia_device_identity_root", kNvidia);
    return result ? std::string_view("accepted") : result.error().code.view();
  };
  EXPECT_EQ(code("chain_no_root"), "chain_length");
  EXPECT_EQ(code("chain_extra_root"), "chain_length");
  EXPECT_EQ(code("chain_swapped_l2_root"), "chain_root");
}

TEST_F(VendorCertificates, AnNvidiaChainIsRefusedUnderAnotherVendorsRoot) {
  auto result = verify(chain("nvidia/h100_550.90.07/chain.pem"), "nvidia_rim_root", kNvidia);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Literal("chain_root"));
}

TEST_F(VendorCertificates, AnNvidiaChainIsRefusedWhenAnyByteOfACertificateChanges) {
  std::vector<Bytes> ders = pem_in(kEvidence + "nvidia/h100_550.90.07/chain.pem");
  for (std::size_t i = 0; i < ders.size(); ++i) {
    for (std::size_t at = 0; at < ders[i].size(); at += 7) {
      auto damaged = ders;
      damaged[i][at] ^= 0x01;
      std::vector<Certificate> certificates;
      for (const Bytes& der : damaged) {
        if (auto certificate = Certificate::parse(der)) certificates.push_back(*std::move(certificate));
      }
      if (certificates.size() != ders.size()) continue;  // no certificate any more
      EXPECT_FALSE(verify(certificates, "nvidia_device_identity_root", kNvidia)) << i << ' ' << at;
    }
  }
}

TEST_F(VendorCertificates, IntelQuoteChainsLeadToTheSgxRoot) {
  for (std::string name : {"sgx_v3", "v4_00a06d", "v4_azure_2025", "v4_debug_td", "v4_uptodate", "v5_uptodate"}) {
    auto result = verify(chain("tdx/" + name + "/quote.bin"), "intel_sgx_root_ca", kIntel);
    EXPECT_TRUE(result) << name << ' ' << result.error().code.view() << ' ' << result.error().offset;
  }
}

TEST_F(VendorCertificates, AmdChainsLeadToTheFamilysArk) {
  auto amd = [](const std::string& leaf, const std::string& issuers, const std::string& ark) {
    std::vector<Bytes> ders =
        leaf.ends_with(".der") ? std::vector<Bytes>{read_file(kEvidence + leaf)} : pem_in(kEvidence + leaf);
    std::vector<Bytes> above = pem_in(kEvidence + issuers);
    ders.push_back(above.at(0));
    ders.push_back(root(ark));
    return verify(parse_all(ders, leaf), ark, kAmd);
  };
  EXPECT_TRUE(amd("snp/milan_v2/vcek.der", "snp/milan_v2/ask_ark.pem", "amd_ark_milan"));
  EXPECT_TRUE(amd("snp/milan_v2_provisional/vcek.der", "snp/milan_v2/ask_ark.pem", "amd_ark_milan"));
  EXPECT_TRUE(amd("snp/milan_v3_azure/vcek.pem", "snp/milan_v3_azure/ask.pem", "amd_ark_milan"));
  EXPECT_TRUE(amd("snp/genoa_v3_azure/vcek.pem", "snp/genoa_v3_azure/ask.pem", "amd_ark_genoa"));
  EXPECT_TRUE(amd("snp/turin_vcek_only/vcek.der", "snp/turin_vcek_only/ask_ark.pem", "amd_ark_turin"));

  auto forged = amd("snp/negative/vcek_fake_der_hwid.der", "snp/milan_v2/ask_ark.pem", "amd_ark_milan");
  ASSERT_FALSE(forged);
  EXPECT_EQ(forged.error(), (Error{"chain_signature", "", 0}));
}

}  // namespace
}  // namespace aipg::crypto
