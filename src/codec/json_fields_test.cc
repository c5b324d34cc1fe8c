// SPDX-License-Identifier: Apache-2.0
#include "codec/json_fields.h"

#include <gtest/gtest.h>

namespace aipg::codec::json {
namespace {

// Reads one document the way a caller does; `read` names what it wants.
struct Reading {
  Result<void> result;
  std::string field;
};

template <typename Read>
Reading reading(std::string_view in, Read read) {
  const auto document = parse(in);
  Fields fields(document.value().root(), "thing");
  read(fields);
  auto result = fields.finish();
  return {result, fields.field()};
}

void expect_refused(const Reading& got, Literal code, std::string_view field) {
  ASSERT_FALSE(got.result.has_value()) << field;
  EXPECT_EQ(got.result.error().code, code);
  EXPECT_EQ(got.result.error().where, Literal("thing"));
  EXPECT_EQ(got.field, field);
}

TEST(JsonFields, ReadsEachTypeAndFinishes) {
  const auto got = reading(
      R"({"s":"t\u0065xt","u":7,"b":true,"y":"AQID","a":"AQIDBA","o":{"x":1},"os":"more","ou":1,"oo":[],"ext":{"any":1}})",
      [](Fields& fields) {
        EXPECT_EQ(fields.string("s"), "text");
        EXPECT_EQ(fields.uint("u"), 7U);
        EXPECT_TRUE(fields.boolean("b"));
        EXPECT_EQ(fields.bytes("y", 3), (Bytes{1, 2, 3}));
        EXPECT_EQ(fields.array<4>("a"), (ByteArray<4>{1, 2, 3, 4}));
        EXPECT_EQ(fields.value("o", Kind::object)->size(), 1U);
        EXPECT_TRUE(fields.has("os"));
        EXPECT_EQ(fields.optional_string("os"), "more");
        EXPECT_EQ(fields.optional_uint("ou"), 1U);
        EXPECT_TRUE(fields.optional_value("oo", Kind::array).has_value());
        fields.ignore("ext");
      });
  EXPECT_TRUE(got.result.has_value());
  EXPECT_EQ(got.field, "");
}

TEST(JsonFields, OptionalMembersMayBeAbsent) {
  const auto got = reading("{}", [](Fields& fields) {
    EXPECT_FALSE(fields.has("s"));
    EXPECT_EQ(fields.optional_string("s"), std::nullopt);
    EXPECT_EQ(fields.optional_uint("u"), std::nullopt);
    EXPECT_FALSE(fields.optional_value("v", Kind::array).has_value());
    fields.ignore("ext");
  });
  EXPECT_TRUE(got.result.has_value());
}

TEST(JsonFields, RefusesAMissingMember) {
  expect_refused(reading("{}", [](Fields& f) { EXPECT_EQ(f.string("s"), ""); }), "json_missing_field", "s");
  expect_refused(reading("{}", [](Fields& f) { EXPECT_EQ(f.uint("u"), 0U); }), "json_missing_field", "u");
  expect_refused(reading("{}", [](Fields& f) { EXPECT_FALSE(f.boolean("b")); }), "json_missing_field", "b");
  expect_refused(reading("{}", [](Fields& f) { EXPECT_EQ(f.array<2>("a"), (ByteArray<2>{})); }), "json_missing_field",
                 "a");
  expect_refused(reading("{}", [](Fields& f) { EXPECT_FALSE(f.value("v", Kind::null)); }), "json_missing_field", "v");
}

TEST(JsonFields, RefusesAnUnknownMember) {
  expect_refused(reading(R"({"a":1,"b":2})", [](Fields& f) { EXPECT_EQ(f.uint("a"), 1U); }), "json_unknown_field", "b");
  // Looking whether a member is there does not accept it.
  expect_refused(reading(R"({"a":1})", [](Fields& f) { EXPECT_TRUE(f.has("a")); }), "json_unknown_field", "a");
}

TEST(JsonFields, RefusesAMemberOfAnotherType) {
  for (std::string_view in : {R"({"m":null})", R"({"m":[]})", R"({"m":{}})"}) {
    expect_refused(reading(in, [](Fields& f) { (void)f.string("m"); }), "json_wrong_type", "m");
    expect_refused(reading(in, [](Fields& f) { (void)f.uint("m"); }), "json_wrong_type", "m");
    expect_refused(reading(in, [](Fields& f) { (void)f.boolean("m"); }), "json_wrong_type", "m");
    expect_refused(reading(in, [](Fields& f) { (void)f.bytes("m", 10); }), "json_wrong_type", "m");
    expect_refused(reading(in, [](Fields& f) { EXPECT_FALSE(f.optional_string("m")); }), "json_wrong_type", "m");
    expect_refused(reading(in, [](Fields& f) { EXPECT_FALSE(f.optional_uint("m")); }), "json_wrong_type", "m");
    expect_refused(reading(in, [](Fields& f) { EXPECT_FALSE(f.optional_value("m", Kind::string)); }), "json_wrong_type",
                   "m");
  }
}

TEST(JsonFields, RefusesNumbersThatAreNoIntegersInRange) {
  for (std::string_view in :
       {R"({"m":-1})", R"({"m":1.0})", R"({"m":1e3})", R"({"m":11})", R"({"m":99999999999999999999})"}) {
    expect_refused(reading(in, [](Fields& f) { EXPECT_EQ(f.uint("m", 10), 0U); }), "json_wrong_type", "m");
  }
  expect_refused(reading(R"({"m":9007199254740992})", [](Fields& f) { (void)f.uint("m"); }), "json_wrong_type", "m");
}

TEST(JsonFields, RefusesTextOverItsLimit) {
  const auto four = [](Fields& f) { (void)f.string("m", 4); };
  EXPECT_TRUE(reading(R"({"m":"abcd"})", four).result.has_value());
  EXPECT_TRUE(reading(R"({"m":"\u0061\u0062\u0063\u0064"})", four).result.has_value());
  expect_refused(reading(R"({"m":"abcde"})", four), "json_wrong_type", "m");
  expect_refused(reading(R"({"m":"äöü"})", four), "json_wrong_type", "m");
  expect_refused(reading(R"({"m":"abcde"})", [](Fields& f) { (void)f.optional_string("m", 4); }), "json_wrong_type",
                 "m");
}

TEST(JsonFields, RefusesBytesThatAreNotCanonicalOrNotOfTheSize) {
  const auto three = [](Fields& f) { (void)f.bytes("m", 3); };
  const auto exactly = [](Fields& f) { (void)f.array<3>("m"); };
  EXPECT_TRUE(reading(R"({"m":"AQ"})", three).result.has_value());
  for (std::string_view in : {R"({"m":"AQIDBA"})", R"({"m":"AQ=="})", R"({"m":"AR"})", R"({"m":"\u0041Q"})"}) {
    expect_refused(reading(in, three), "json_wrong_type", "m");
  }
  EXPECT_TRUE(reading(R"({"m":"AQID"})", exactly).result.has_value());
  expect_refused(reading(R"({"m":"AQI"})", exactly), "json_wrong_type", "m");
  expect_refused(reading(R"({"m":"AQIDBA"})", exactly), "json_wrong_type", "m");
}

TEST(JsonFields, ReportsTheFirstProblem) {
  const auto got = reading(R"({"b":"text","z":1})", [](Fields& f) {
    (void)f.uint("b");
    (void)f.uint("missing");
  });
  expect_refused(got, "json_wrong_type", "b");
}

TEST(JsonFields, RefusesWhatIsNoObject) {
  for (std::string_view in : {"[]", "[1]", "1", "null", "\"a\""}) {
    expect_refused(reading(in, [](Fields& f) { EXPECT_EQ(f.string("m"), ""); }), "json_wrong_type", "");
  }
}

}  // namespace
}  // namespace aipg::codec::json
