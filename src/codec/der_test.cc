// SPDX-License-Identifier: Apache-2.0
#include "codec/der.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace aipg::codec::der {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

void expect_strict(std::string_view text) { EXPECT_TRUE(check_strict(hex(text)).has_value()) << text; }

void expect_refused(std::string_view text, Literal where) {
  const auto checked = check_strict(hex(text));
  ASSERT_FALSE(checked.has_value()) << text;
  EXPECT_EQ(checked.error().code, Literal("der_invalid")) << text;
  EXPECT_EQ(checked.error().where, where) << text << ": " << checked.error().where.view();
}

Bytes nested(unsigned depth) {
  Bytes out = element(kSequence, {});
  while (--depth > 0) out = sequence({out});
  return out;
}

TEST(Der, TakesWhatIsStrict) {
  for (std::string_view text :
       {"0500",       "010100",     "0101ff",     "020100",     "02017f",     "020200ff", "0201ff", "0202ff7f",
        "030100",     "03020780",   "0303000102", "0400",       "06032a0304", "06022a00", "3000",   "3100",
        "30030a0101", "a003020102", "8000",       "80030000ff", "0c03e282ac", "6100",     "c000"}) {
    expect_strict(text);
  }
}

TEST(Der, RefusesTagsThatDerDoesNotHave) {
  for (std::string_view text :
       {"0000", "1f8101", "bf8101", "2000", "1000", "1100", "2403040100", "2100", "2200", "2a00", "3f00"}) {
    expect_refused(text, "tag");
  }
}

TEST(Der, RefusesLengthsNotInShortestForm) {
  for (std::string_view text : {"308000", "30800000", "308100", "04817f", "04820080", "0483000100", "0484000000ff",
                                "30ff", "04850000000001", "04888000000000000000"}) {
    expect_refused(text, "length");
  }
}

TEST(Der, RefusesLongerLengthsEvenWhereTheContentIsThere) {
  const auto with = [](std::string_view header, std::size_t n) {
    return std::string(header) + std::string(2 * n, '5');
  };
  expect_strict(with("047f", 127));
  expect_strict(with("048180", 128));
  expect_strict(with("04820100", 256));
  expect_refused(with("04817f", 127), "length");
  expect_refused(with("04820080", 128), "length");
  expect_refused(with("0483000100", 256), "length");
}

TEST(Der, RefusesWhatIsCutShort) {
  expect_refused("", "end");
  for (std::string_view text : {"30", "0401", "048180", "0482", "048201", "30030201"}) expect_refused(text, "length");
  expect_refused("3003020201", "length");
}

TEST(Der, RefusesTrailingBytes) {
  expect_refused("050000", "trailing");
  EXPECT_EQ(check_strict(hex("300205000500")).error().offset, 4U);
}

TEST(Der, RefusesIntegersThatAreNotMinimal) {
  for (std::string_view text : {"0200", "02020000", "0202007f", "0202ff80", "0202ffff", "0a00", "0a020001"}) {
    expect_refused(text, "value");
  }
}

TEST(Der, RefusesOtherBooleansAndNulls) {
  for (std::string_view text : {"0100", "010101", "0101fe", "0102ffff", "050100"}) expect_refused(text, "value");
}

TEST(Der, RefusesOidsThatAreEmptyPaddedOrCut) {
  for (std::string_view text : {"0600", "060180", "06032a8001", "06022a80", "06022a81", "060181", "0603802a03"})
    expect_refused(text, "value");
}

TEST(Der, RefusesBitStringsWithImpossibleOrDirtyUnusedBits) {
  for (std::string_view text :
       {"0300", "030108", "030107", "030101", "03020801", "03020101", "0302077f", "030307ffc0"}) {
    expect_refused(text, "value");
  }
}

TEST(Der, ChecksInsideConstructedElementsAndSaysWhere) {
  // SEQUENCE { INTEGER 1, SET { [0] { INTEGER in two bytes } } }
  const auto checked = check_strict(hex("300b0201013106a00402020001"));
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error(), (Error{"der_invalid", "value", 9}));
  // What a primitive element holds is not looked into.
  expect_strict("040402020001");
}

TEST(Der, DepthIsLimited) {
  EXPECT_TRUE(check_strict(nested(32)).has_value());
  EXPECT_EQ(check_strict(nested(33)).error().code, Literal("der_too_deep"));
  EXPECT_TRUE(check_strict(nested(33), 33).has_value());
  EXPECT_TRUE(check_strict(integer(1), 1).has_value());
  EXPECT_EQ(check_strict(sequence({integer(1)}), 1).error().code, Literal("der_too_deep"));
}

TEST(Der, ReaderWalksAndRemembersWhereItIs) {
  const Bytes der =
      sequence({integer(7), constructed(context_constructed(0), {boolean(true)}), octet_string(Bytes{1, 2})});
  Reader outer(der);
  auto sequence_reader = outer.enter(kSequence);
  ASSERT_TRUE(sequence_reader.has_value());
  EXPECT_TRUE(outer.finish().has_value());
  EXPECT_EQ(to_uint(sequence_reader->next(kInteger).value()).value(), 7U);
  EXPECT_FALSE(sequence_reader->optional(context_constructed(1)).value().has_value());
  EXPECT_EQ(sequence_reader->peek(), context_constructed(0));
  const auto tagged = sequence_reader->optional(context_constructed(0)).value();
  ASSERT_TRUE(tagged.has_value());
  EXPECT_EQ(to_hex(tagged->content), "0101ff");
  EXPECT_EQ(to_hex(tagged->whole), "a0030101ff");
  EXPECT_EQ(sequence_reader->finish().error(), (Error{"der_invalid", "trailing", 10}));
  EXPECT_EQ(sequence_reader->next(kInteger).error(), (Error{"der_invalid", "unexpected_tag", 10}));
  EXPECT_EQ(to_hex(sequence_reader->next().value().content), "0102");
  EXPECT_TRUE(sequence_reader->empty());
  EXPECT_TRUE(sequence_reader->finish().has_value());
  EXPECT_EQ(sequence_reader->peek(), 0);
  EXPECT_EQ(sequence_reader->next().error(), (Error{"der_invalid", "end", 14}));
  EXPECT_FALSE(sequence_reader->optional(kInteger).value().has_value());
}

TEST(Der, ReaderRefusesWhatIsNotStrict) {
  EXPECT_EQ(Reader(hex("02020001")).next().error().code, Literal("der_invalid"));
  EXPECT_EQ(Reader(hex("02020001")).optional(kInteger).error().code, Literal("der_invalid"));
  EXPECT_EQ(Reader(hex("020101")).enter(kInteger).error().code, Literal("der_invalid"));
  EXPECT_EQ(Reader(hex("020101")).enter(kSequence).error().code, Literal("der_invalid"));
}

TEST(Der, SingleElementIsAllOfTheInput) {
  EXPECT_EQ(to_hex(parse_single(hex("04020102"), kOctetString).value().content), "0102");
  EXPECT_EQ(parse_single(hex("0402010200"), kOctetString).error().where, Literal("trailing"));
  EXPECT_EQ(parse_single(hex("04020102"), kInteger).error().where, Literal("unexpected_tag"));
  EXPECT_EQ(parse_single({}, kInteger).error().code, Literal("der_invalid"));
}

TEST(Der, IntegersBecomeNumbersOnlyWhereTheyFit) {
  const auto uint = [](std::string_view text) { return to_uint(parse_single(hex(text), kInteger).value()); };
  EXPECT_EQ(uint("020100").value(), 0U);
  EXPECT_EQ(uint("020900ffffffffffffffff").value(), UINT64_MAX);
  EXPECT_EQ(uint("0201ff").error().where, Literal("negative"));
  EXPECT_EQ(uint("0209010000000000000000").error().where, Literal("too_large"));
  // An implicit tag hides the type from the reader, so the number is checked again.
  EXPECT_EQ(to_uint(parse_single(hex("80020001"), context(0)).value()).error().where, Literal("integer"));
  EXPECT_EQ(to_uint(parse_single(hex("8000"), context(0)).value()).error().where, Literal("integer"));
}

TEST(Der, IntegersBecomeBytesOfAWidth) {
  const auto fixed = [](std::string_view text, std::size_t width) {
    return to_fixed(parse_single(hex(text), kInteger).value(), width);
  };
  EXPECT_EQ(to_hex(fixed("020200ff", 4).value()), "000000ff");
  EXPECT_EQ(to_hex(fixed("02030080ff", 2).value()), "80ff");
  EXPECT_EQ(to_hex(fixed("020100", 2).value()), "0000");
  EXPECT_EQ(fixed("02020100", 1).error().where, Literal("too_large"));
  EXPECT_EQ(fixed("020180", 1).error().where, Literal("negative"));
}

TEST(Der, WritesKnownForms) {
  EXPECT_EQ(to_hex(oid("1.2.840.113741.1.13.1")), "06092a864886f84d010d01");
  EXPECT_EQ(to_hex(oid_content("2.999.3")), "883703");
  EXPECT_EQ(to_hex(oid_content("2.5.4.3")), "550403");
  EXPECT_EQ(to_hex(integer(0)), "020100");
  EXPECT_EQ(to_hex(integer(128)), "02020080");
  EXPECT_EQ(to_hex(unsigned_integer(hex("0000ff"))), "020200ff");
  EXPECT_EQ(to_hex(bit_string(hex("a0"))), "030200a0");
  EXPECT_EQ(to_hex(boolean(true)) + to_hex(boolean(false)), "0101ff010100");
  EXPECT_EQ(to_hex(octet_string(Bytes(128))).substr(0, 6), "048180");
  EXPECT_EQ(to_hex(octet_string(Bytes(65536))).substr(0, 10), "0483010000");
}

TEST(DerDeathTest, WritingAnImpossibleOidIsABug) {
  for (const char* bad : {"", "1", "1.", "1..2", "3.1", "1.40", "1.2.x"}) EXPECT_DEATH((void)oid(bad), "");
}

}  // namespace
}  // namespace aipg::codec::der
