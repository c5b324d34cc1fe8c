// SPDX-License-Identifier: Apache-2.0
#include "codec/canonical_json.h"

#include <gtest/gtest.h>

namespace aipg::codec::json {
namespace {

void expect_refused(std::string_view in, Literal code) {
  const auto document = parse_canonical(in);
  ASSERT_FALSE(document.has_value()) << in;
  EXPECT_EQ(document.error().code, code) << in;
}

TEST(CanonicalJson, WritesMembersSortedByByte) {
  const Tree tree(
      Tree::Object{{"b", 1U}, {"a", true}, {"B", "x"}, {"aa", Tree::Array{"y", 2U, false}}, {"", Tree::Object{}}});
  EXPECT_EQ(tree.write(), R"({"":{},"B":"x","a":true,"aa":["y",2,false],"b":1})");
}

TEST(CanonicalJson, WhatIsWrittenIsCanonical) {
  const Tree tree(
      Tree::Object{{"n", (1ULL << 53) - 1}, {"quote\"back\\slash", "/ ~ \x7f \" \\"}, {"list", Tree::Array{}}});
  const std::string text = tree.write();
  const auto document = parse_canonical(text);
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->root().find("n")->uint(), (1ULL << 53) - 1);
  EXPECT_EQ(document->root().find("quote\"back\\slash")->string().value(), "/ ~ \x7f \" \\");
}

TEST(CanonicalJson, RefusesAnotherFormOfTheSameValue) {
  for (std::string_view in :
       {" {}", "{} ", "{ }", "{\"a\": 1}", "[1, 2]", "{\"b\":1,\"a\":2}", "{\"a\":1,\"B\":2}", "\"\\u0041\"", "\"\\/\"",
        "\"\\n\"", "\"\\u0022\"", "{\"\\u0061\":1}", "[\n1]", "{\"aa\":1,\"a\":2}"}) {
    expect_refused(in, "not_canonical");
  }
}

TEST(CanonicalJson, RefusesValuesOutsideTheProfile) {
  for (std::string_view in : {"null", "[null]", "-1", "-0", "1.0", "1e2", "9007199254740992", "18446744073709551616",
                              "\"ä\"", "{\"€\":1}", "\"\\u00e4\"", "\"\\u0001\""}) {
    expect_refused(in, "not_canonical");
  }
}

TEST(CanonicalJson, SaysWhereItDiffers) { EXPECT_EQ(parse_canonical("{\"a\":1,\"b\": 2}").error().offset, 11U); }

TEST(CanonicalJson, KeepsTheRulesOfTheReader) {
  expect_refused("{\"a\":1,\"a\":2}", "json_duplicate_name");
  expect_refused("{\"a\":1", "json_invalid");
  expect_refused("[[[[[[[[[]]]]]]]]]", "json_too_deep");
  EXPECT_TRUE(parse_canonical("[[[[[[[[]]]]]]]]").has_value());
  EXPECT_EQ(parse_canonical("[1,2]", 4).error().code, Literal("json_too_large"));
}

TEST(CanonicalJsonDeathTest, WritingWhatCannotBeCanonicalIsABug) {
  EXPECT_DEATH((void)Tree("ä").write(), "");
  EXPECT_DEATH((void)Tree("line\n").write(), "");
  EXPECT_DEATH((void)Tree(1ULL << 53).write(), "");
  EXPECT_DEATH((void)Tree(Tree::Object{{"é", 1U}}).write(), "");
  Tree deep(Tree::Array{});
  for (int i = 0; i < 7; ++i) deep = Tree(Tree::Array{std::move(deep)});
  EXPECT_EQ(deep.write(), "[[[[[[[[]]]]]]]]");
  deep = Tree(Tree::Array{std::move(deep)});
  EXPECT_DEATH((void)deep.write(), "");
}

}  // namespace
}  // namespace aipg::codec::json
