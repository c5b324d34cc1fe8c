// SPDX-License-Identifier: Apache-2.0
// The five certificates behind a device's report: each part of their profile
// broken alone, in a chain that is issued anew.
#include <gtest/gtest.h>

#include "attest/nvidia/verify.h"
#include "codec/der.h"
#include "crypto/certificate_writer.h"
#include "tee/simulated_report.h"

namespace aipg::tee {
namespace {

namespace der = codec::der;

const Instant kNow = *parse_instant("2026-11-22T12:00:00Z");
constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;

using DeviceTemplates = std::array<crypto::CertificateTemplate, 5>;  // attestation key first

DeviceTemplates templates() {
  DeviceTemplates out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.at(i).subject_cn = "SIMULATED device certificate " + std::to_string(i);
    out.at(i).serial = {static_cast<std::uint8_t>(i + 1)};
    out.at(i).not_before = kNow;
    out.at(i).not_after = kNow;
    out.at(i).ca = true;
    out.at(i).key_usage = kKeyCertSign | kCrlSign;
  }
  out[0].ca = false;
  out[0].with_basic_constraints = false;
  out[0].key_usage = kDigitalSignature;
  out[1].key_usage = kKeyCertSign;
  out[1].serial = {0x41, 1, 2, 3, 4, 5, 6, 7, 8};
  const Bytes digest = der::sequence({der::oid("2.16.840.1.101.3.4.2.2"), der::octet_string(Bytes(48, 7))});
  out[0].extra = {
      {der::oid_content("2.23.133.5.4.1"), false, der::sequence({der::integer(1), der::sequence({}), digest})}};
  return out;
}

// The code of the first rule that a report under such certificates breaks.
std::string judged(const std::function<void(DeviceTemplates&)>& edit) {
  DeviceTemplates what = templates();
  edit(what);
  std::vector<crypto::EcPrivateKey> keys;
  for (std::size_t i = 0; i < what.size(); ++i) keys.push_back(crypto::EcPrivateKey::generate(crypto::Curve::p384));
  std::vector<Bytes> chain;
  for (std::size_t i = 0; i < what.size(); ++i) {
    const std::size_t issuer = std::min(i + 1, what.size() - 1);
    chain.push_back(
        crypto::issue_certificate(what.at(i), keys[i].public_key(), what.at(issuer).subject_cn, keys[issuer]));
  }
  attest::Verdict verdict;
  attest::Rules rules(verdict, "device", attest::RuleModes::strict());
  const Bytes report = make_report({}, keys[0]);
  const auto verified = attest::nvidia::verify_report(report, chain, {chain.back()}, kNow, rules);
  EXPECT_EQ(verified.has_value(), verdict.first_failed() == nullptr);
  return verified ? "accepted" : std::string(verdict.first_failed()->code.view());
}

crypto::Extension constraints(bool critical) {
  return {der::oid_content("2.5.29.19"), critical, der::sequence({der::boolean(true)})};
}

crypto::Extension usages(bool critical, Bytes bits) {
  return {der::oid_content("2.5.29.15"), critical, der::element(der::kBitString, bits)};
}

TEST(DeviceChain, AcceptsTheProfileOfRealOnes) {
  EXPECT_EQ(judged([](DeviceTemplates&) {}), "accepted");
}

TEST(DeviceChain, HoldsEveryCertificateToItsUsages) {
  EXPECT_EQ(judged([](auto& all) { all[0].key_usage |= kKeyCertSign; }), "chain_key_usage");
  EXPECT_EQ(judged([](auto& all) { all[0].key_usage = 0; }), "chain_key_usage");
  EXPECT_EQ(judged([](auto& all) { all[1].key_usage |= kCrlSign; }), "chain_key_usage");
  for (std::size_t i : {2U, 3U, 4U}) {
    EXPECT_EQ(judged([i](auto& all) { all.at(i).key_usage = kKeyCertSign; }), "chain_key_usage") << i;
    EXPECT_EQ(judged([i](auto& all) { all.at(i).key_usage |= kDigitalSignature; }), "chain_key_usage") << i;
  }
}

TEST(DeviceChain, HoldsEveryCertificateToItsConstraints) {
  EXPECT_EQ(judged([](auto& all) { all[0].with_basic_constraints = true; }), "chain_ca");
  EXPECT_EQ(judged([](auto& all) { all[0].ca = all[0].with_basic_constraints = true; }), "chain_ca");
  EXPECT_EQ(judged([](auto& all) { all[1].path_length = 0; }), "chain_ca");
  EXPECT_EQ(judged([](auto& all) { all[2].ca = false; }), "chain_ca");
  EXPECT_EQ(judged([](auto& all) { all[3].path_length = 0; }), "chain_ca");
}

TEST(DeviceChain, AsksForConstraintsAndUsagesThatAreCritical) {
  const Bytes cert_and_crl_sign{0x01, 0x06};
  for (bool critical : {true, false}) {
    const std::string_view as_real = "accepted";
    EXPECT_EQ(judged([critical](auto& all) {
                all[2].with_basic_constraints = false;
                all[2].extra = {constraints(critical)};
              }),
              critical ? as_real : "chain_ca");
    EXPECT_EQ(judged([&](auto& all) {
                all[2].key_usage = 0;
                all[2].extra = {usages(critical, cert_and_crl_sign)};
              }),
              critical ? as_real : "chain_key_usage");
  }
}

TEST(DeviceChain, HoldsTheDeviceCertificateToItsNumber) {
  EXPECT_EQ(judged([](auto& all) { all[1].serial[0] = 0x50; }), "nvidia_device_id");
  EXPECT_EQ(judged([](auto& all) { all[1].serial.pop_back(); }), "nvidia_device_id");
}

}  // namespace
}  // namespace aipg::tee
