// SPDX-License-Identifier: Apache-2.0
#include "attest/collateral_pack.h"

#include <gtest/gtest.h>

#include "attest/endorsements.h"
#include "codec/base64.h"

namespace aipg::attest {
namespace {

const Bytes kKeys = to_bytes(R"({"keys":[]})");
const Bytes kIdentity = to_bytes(R"({"enclaveIdentity":{},"signature":""})");

CollateralEntry entry(std::vector<Bytes> items) {
  return {.url = "https://vendor.example/a?b=c", .fetched = {1'795'000'000'000}, .items = std::move(items)};
}

std::string refusal(std::string_view text) {
  const auto parsed = parse_collateral_pack(text);
  return parsed ? "accepted" : std::string(parsed.error().code.view());
}

TEST(CollateralPack, IsReadAsItWasWritten) {
  const std::vector<CollateralEntry> entries{entry({kKeys}), entry({kIdentity, kKeys})};
  const std::string text = write_collateral_pack(entries);
  EXPECT_EQ(*parse_collateral_pack(text), entries);
}

TEST(CollateralPack, RefusesAnotherFormThanTheCanonicalOne) {
  std::string text = write_collateral_pack(std::vector{entry({kKeys})});
  EXPECT_EQ(refusal(text + "\n"), "not_canonical");
  EXPECT_EQ(refusal(" " + text), "not_canonical");
}

TEST(CollateralPack, RefusesAnotherVersion) {
  std::string text = write_collateral_pack(std::vector{entry({kKeys})});
  text.replace(text.find("collateral.v1"), 13, "collateral.v2");
  EXPECT_EQ(refusal(text), "collateral_pack");
}

TEST(CollateralPack, RefusesAnEntryWithoutItemsOrWithTooMany) {
  EXPECT_EQ(refusal(write_collateral_pack(std::vector{entry({})})), "collateral_pack");
  EXPECT_EQ(refusal(write_collateral_pack(std::vector{entry(std::vector<Bytes>(5, kKeys))})), "collateral_pack");
  EXPECT_EQ(refusal(write_collateral_pack(std::vector{entry({Bytes{}})})), "json_wrong_type");
}

TEST(CollateralPack, RefusesMoreEntriesThanAreNeededForAnyMachine) {
  const std::vector<CollateralEntry> many(kMaxPackEntries + 1, entry({kKeys}));
  EXPECT_EQ(refusal(write_collateral_pack(many)), "collateral_pack");
}

TEST(CollateralPack, RefusesMembersThatItDoesNotKnow) {
  std::string text = write_collateral_pack(std::vector{entry({kKeys})});
  text.insert(text.size() - 1, R"(,"w":1)");
  EXPECT_EQ(refusal(text), "json_unknown_field");
}

TEST(Endorsements, TakeAPackForWhatIsInIt) {
  Endorsements out;
  const std::string text = write_collateral_pack(std::vector{entry({kKeys}), entry({kIdentity})});
  ASSERT_TRUE(out.add(as_bytes(text)));
  EXPECT_EQ(out.jwks, std::vector<Bytes>{kKeys});
  EXPECT_EQ(out.intel, std::vector<Bytes>{kIdentity});
}

TEST(Endorsements, RefuseAPackInAPack) {
  Endorsements out;
  const Bytes inner = to_bytes(write_collateral_pack(std::vector{entry({kKeys})}));
  const std::string plain = write_collateral_pack(std::vector{entry({inner})});
  EXPECT_EQ(out.add(as_bytes(plain)).error().code, Literal("collateral_pack"));
  const std::string hidden = write_collateral_pack(std::vector{entry({to_bytes(codec::to_base64(inner))})});
  EXPECT_EQ(out.add(as_bytes(hidden)).error().code, Literal("collateral_pack"));
  EXPECT_EQ(out.size(), 0U);
}

TEST(Endorsements, AddAPieceOnlyOnce) {
  Endorsements out;
  ASSERT_TRUE(out.add(kKeys));
  ASSERT_TRUE(out.add(kKeys));
  EXPECT_EQ(out.size(), 1U);
}

}  // namespace
}  // namespace aipg::attest
