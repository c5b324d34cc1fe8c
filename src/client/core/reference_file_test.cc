// SPDX-License-Identifier: Apache-2.0
#include "client/core/reference_file.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace aipg::client {
namespace {

std::string hex(std::size_t bytes, char digit) { return std::string(2 * bytes, digit); }

std::string good() {
  return R"(version = 8
issued = "2026-11-22T12:00:00Z"
expires = "2026-11-29T12:00:00Z"
platform_denied = [")" +
         hex(32, 'd') + R"("]

[minimum]
tdx_tcb_date = "2025-05-14T00:00:00Z"
tcb_evaluation_data_number = 18
intel_crl = "2026-10-01T00:00:00Z"
amd_crl = "2026-10-02T00:00:00Z"
nvidia_driver = 575

[validators]
keys = [")" +
         hex(32, '1') + R"(", ")" + hex(32, '2') + R"("]
quorum = 2

[[release]]
name = "aipg-guest 1.4.0"
workload_hash = ")" +
         hex(32, 'a') + R"("
models = ["llama-3-70b", "say \"hi\""]
status = "good"

[[release.boot]]
kind = "tdx"
mrtd = ")" +
         hex(48, '3') +
         R"("
rtmr0 = ")" +
         hex(48, '4') +
         R"("
rtmr1 = ")" +
         hex(48, '5') +
         R"("
rtmr2 = ")" +
         hex(48, '6') +
         R"("

[[release.boot]]
kind = "snp"
measurement = ")" +
         hex(48, '7') + R"("

[[release]]
name = "aipg-guest 1.3.0"
workload_hash = ")" +
         hex(32, 'b') + R"("
models = []
status = "revoked"
since = "2026-11-20T00:00:00Z"

[[release.boot]]
kind = "snp"
measurement = ")" +
         hex(48, '8') + R"("
)";
}

std::string replaced(std::string text, std::string_view before, std::string_view after) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << before;
  return text.replace(at, before.size(), after);
}

// "code: what people read"
std::string refusal(std::string_view before, std::string_view after) {
  std::string complaint;
  const auto parsed = parse_reference_file(replaced(good(), before, after), &complaint);
  return parsed ? "good" : std::string(parsed.error().code.view()) + ": " + complaint;
}

TEST(ReferenceFile, MakesTheDocumentItDescribes) {
  std::string complaint;
  const auto reference = parse_reference_file(good(), &complaint);
  ASSERT_TRUE(reference) << complaint;
  EXPECT_EQ(reference->version, 8U);
  EXPECT_EQ(reference->expires, *parse_instant("2026-11-29T12:00:00Z"));
  ASSERT_EQ(reference->releases.size(), 2U);
  EXPECT_EQ(reference->releases[0].models[1], "say \"hi\"");
  EXPECT_EQ(reference->releases[0].boots.size(), 2U);
  EXPECT_TRUE(reference->releases[1].revoked_at(*parse_instant("2026-11-20T00:00:00Z")));
  EXPECT_EQ(to_hex(std::get<attest::BootTuple>(reference->releases[0].boots[0]).rtmr2), hex(48, '6'));
  EXPECT_EQ(reference->minimum.nvidia_driver, 575U);
  EXPECT_EQ(reference->minimum.amd_crl, *parse_instant("2026-10-02T00:00:00Z"));
  EXPECT_EQ(reference->validators.quorum, 2U);
  EXPECT_EQ(reference->platform_denied.size(), 1U);
}

TEST(ReferenceFile, WritesTheDescriptionOfADocumentExactly) {
  EXPECT_EQ(write_reference_file(*parse_reference_file(good())), good());
}

TEST(ReferenceFile, TheExampleDescribesADocument) {
  const Instant issued = *parse_instant("2026-11-22T12:00:00Z");
  std::string complaint;
  const auto reference = parse_reference_file(example_reference_file(issued), &complaint);
  ASSERT_TRUE(reference) << complaint;
  EXPECT_EQ(reference->expires, *parse_instant("2026-11-29T12:00:00Z"));
}

TEST(ReferenceFile, TheOrderOfKeysDoesNotChangeTheDocument) {
  const std::string first = "version = 8\n", second = "issued = \"2026-11-22T12:00:00Z\"\n";
  EXPECT_EQ(parse_reference_file(replaced(good(), first + second, second + first))->bytes,
            parse_reference_file(good())->bytes);
}

TEST(ReferenceFile, DoesNotDescribeWhatItCannotSay) {
  attest::Reference reference = *parse_reference_file(good());
  reference.issued.ms += 1;
  EXPECT_EQ(write_reference_file(attest::make_reference(reference)).error().code, Literal("reference_description"));
  std::string text(as_text(parse_reference_file(good())->bytes));
  const auto extended = attest::parse_reference(as_bytes(replaced(text, "\"expires_ms\"", "\"ext\":1,\"expires_ms\"")));
  EXPECT_FALSE(extended) << "members are sorted";
  const auto sorted = attest::parse_reference(as_bytes(replaced(text, "\"issued_ms\"", "\"ext\":1,\"issued_ms\"")));
  ASSERT_TRUE(sorted);
  EXPECT_FALSE(write_reference_file(*sorted));
}

TEST(ReferenceFile, NamesLineAndKeyOfWhatIsWrong) {
  EXPECT_EQ(refusal("version = 8", "version = \"8\""),
            "reference_description: line 1: version is not a whole number from 0 to 9007199254740991");
  EXPECT_EQ(refusal("version = 8\n", ""), "reference_description: line 1: version is missing");
  EXPECT_EQ(refusal("quorum = 2", "quorom = 2"),
            "reference_description: line 15: validators.quorom is not a known key");
  EXPECT_EQ(refusal("issued = \"2026-11-22T12", "issued = \"2026-11-22 12"),
            "reference_description: line 2: issued is not an instant like \"2026-11-22T12:00:00Z\"");
  EXPECT_EQ(refusal(hex(48, '7'), hex(47, '7')),
            "reference_description: line 32: release.boot.measurement is not 48 bytes in hexadecimal");
  EXPECT_EQ(refusal("status = \"good\"", "status = \"fine\""),
            "reference_description: line 21: release.status is not good, sunset or revoked");
  EXPECT_EQ(refusal("since = ", "until = "), "reference_description: line 34: release.since is missing");
  EXPECT_EQ(refusal("[minimum]", "[minimum"), "reference_description: line 6: it is not TOML");
  EXPECT_EQ(refusal("nvidia_driver = 575", "nvidia_driver = 569"),
            "reference_description: line 11: minimum.nvidia_driver is not a whole number from 570 to 1000000");
}

TEST(ReferenceFile, HoldsTheRulesOfTheDocument) {
  EXPECT_EQ(refusal("expires = \"2026-11-29", "expires = \"2026-11-30"), "reference_window: ");
  EXPECT_EQ(refusal("quorum = 2", "quorum = 1"), "reference_validators: ");
  EXPECT_EQ(refusal("aipg-guest 1.3.0", "aipg-guest 1.4.0"), "reference_release: ");
}

}  // namespace
}  // namespace aipg::client
