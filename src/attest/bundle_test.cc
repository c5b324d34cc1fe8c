// SPDX-License-Identifier: Apache-2.0
#include "attest/bundle.h"

#include <gtest/gtest.h>

namespace aipg::attest {
namespace {

Bundle content() {
  Bundle out;
  out.challenge_value = Hash256{1};
  out.keyset = to_bytes("keyset");
  out.manifest = to_bytes("manifest");
  out.quote = to_bytes("quote");
  out.devices = {{DeviceArch::hopper, to_bytes("report"), {to_bytes("leaf"), to_bytes("root")}}};
  return out;
}

// The good document with one piece of its text replaced.
std::string_view refusal(std::string_view from, std::string_view to) {
  std::string text = to_text(make_bundle(content()).bytes);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const auto result = parse_bundle(as_bytes(text));
  return result ? "accepted" : result.error().code.view();
}

TEST(Bundle, ReadsBackWhatItWrote) {
  const Bundle made = make_bundle(content());
  const auto read = parse_bundle(made.bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->challenge_value, made.challenge_value);
  EXPECT_EQ(read->keyset, made.keyset);
  EXPECT_EQ(read->manifest, made.manifest);
  EXPECT_EQ(read->quote, made.quote);
  EXPECT_EQ(read->bytes, made.bytes);
  ASSERT_EQ(read->devices.size(), 1U);
  EXPECT_EQ(read->devices[0].chain, made.devices[0].chain);
  EXPECT_EQ(make_bundle(*read).bytes, made.bytes);
}

TEST(Bundle, RefusesEachBadPartUnderItsOwnCode) {
  EXPECT_EQ(refusal("aipg.evidence.v1", "aipg.evidence.v2"), "bundle_version");
  EXPECT_EQ(refusal(R"("kind":2)", R"("kind":3)"), "bundle_challenge");
  EXPECT_EQ(refusal(R"("kind":"tdx")", R"("kind":"sgx")"), "bundle_cpu");
  EXPECT_EQ(refusal(R"("arch":"hopper")", R"("arch":"volta")"), "bundle_device");
  EXPECT_EQ(refusal(R"("chain":["bGVhZg","cm9vdA"])", R"("chain":[])"), "bundle_device");
  EXPECT_EQ(refusal(R"("chain":["bGVhZg","cm9vdA"])", R"("chain":[""])"), "bundle_device");
  EXPECT_EQ(refusal("bGVhZg", "bGVhZh"), "invalid_base64");
  EXPECT_EQ(refusal(R"("quote":)", R"("quota":)"), "json_missing_field");
  EXPECT_EQ(refusal(R"({"arch")", R"({"x":1,"arch")"), "json_unknown_field");
}

Bundle snp_content() {
  Bundle out = content();
  out.cpu_kind = CpuKind::snp;
  out.cpu_chain = {to_bytes("vcek"), to_bytes("ask")};
  return out;
}

Bundle epoch_content() {
  Bundle out = content();
  out.challenge_kind = ChallengeKind::epoch;
  out.epoch = to_bytes("signed epoch");
  return out;
}

TEST(Bundle, ReadsBackEveryForm) {
  Bundle with_collateral = content();
  with_collateral.collateral = {to_bytes("{\"tcbInfo\":1}"), to_bytes("<rim/>")};
  for (const Bundle& each : {snp_content(), epoch_content(), with_collateral}) {
    const Bundle made = make_bundle(each);
    const auto read = parse_bundle(made.bytes);
    ASSERT_TRUE(read) << read.error().code.view();
    EXPECT_EQ(read->cpu_kind, each.cpu_kind);
    EXPECT_EQ(read->cpu_chain, each.cpu_chain);
    EXPECT_EQ(read->challenge_kind, each.challenge_kind);
    EXPECT_EQ(read->epoch, each.epoch);
    EXPECT_EQ(read->collateral, each.collateral);
    EXPECT_EQ(make_bundle(*read).bytes, made.bytes);
  }
}

TEST(Bundle, RefusesWhatBelongsToAnotherForm) {
  EXPECT_EQ(refusal(R"("kind":"tdx")", R"("chain":["bGVhZg"],"kind":"tdx")"), "json_unknown_field");
  EXPECT_EQ(refusal(R"("kind":2)", R"("document":"bGVhZg","kind":2)"), "json_unknown_field");
  EXPECT_EQ(refusal(R"("kind":2)", R"("kind":1)"), "json_missing_field");
  EXPECT_EQ(refusal(R"("kind":"tdx")", R"("kind":"snp")"), "json_missing_field");
}

TEST(Bundle, BoundsCollateral) {
  Bundle bundle = content();
  bundle.collateral.assign(kMaxCollateralFiles, to_bytes("file"));
  EXPECT_TRUE(parse_bundle(make_bundle(bundle).bytes));
  bundle.collateral.push_back(to_bytes("file"));
  EXPECT_EQ(parse_bundle(make_bundle(bundle).bytes).error().code, Literal("bundle_collateral"));
  bundle.collateral = {Bytes()};
  EXPECT_EQ(parse_bundle(make_bundle(bundle).bytes).error().code, Literal("bundle_collateral"));
  EXPECT_EQ(refusal(R"("devices":)", R"("collateral":[],"devices":)"), "bundle_collateral");
}

TEST(Bundle, RefusesMoreDevicesThanAnyMachineHas) {
  Bundle bundle = content();
  bundle.devices.assign(kMaxDevices, content().devices[0]);
  EXPECT_TRUE(parse_bundle(make_bundle(bundle).bytes));
  bundle.devices.push_back(content().devices[0]);
  EXPECT_EQ(parse_bundle(make_bundle(bundle).bytes).error().code, Literal("bundle_device"));
}

TEST(Bundle, RefusesMoreCertificatesThanAnyChainHas) {
  Bundle bundle = content();
  bundle.devices[0].chain.assign(9, to_bytes("certificate"));
  EXPECT_EQ(parse_bundle(make_bundle(bundle).bytes).error().code, Literal("bundle_device"));
}

TEST(Bundle, RefusesEveryTruncation) {
  const Bytes bytes = make_bundle(content()).bytes;
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_bundle(ByteView(bytes).first(n))) << n;
}

}  // namespace
}  // namespace aipg::attest
