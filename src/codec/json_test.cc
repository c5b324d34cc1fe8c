// SPDX-License-Identifier: Apache-2.0
#include "codec/json.h"

#include <gtest/gtest.h>

namespace aipg::codec::json {
namespace {

void expect_refused(std::string_view in, Literal code, const Limits& limits = {}) {
  const auto document = parse(in, limits);
  ASSERT_FALSE(document.has_value()) << in.substr(0, 80);
  EXPECT_EQ(document.error().code, code) << in.substr(0, 80) << ": " << document.error().code.view();
}

std::string repeat(std::string_view text, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += text;
  return out;
}

std::string object_with(std::size_t members, std::string_view last_name) {
  std::string out = "{";
  for (std::size_t i = 0; i < members; ++i) out += "\"name" + std::to_string(i) + "\":0,";
  return out + '"' + std::string(last_name) + "\":0}";
}

TEST(Json, KeepsExactSlices) {
  const std::string_view in = " {\"a\" : [1, 2.50e+1 ,\"x\\n\"], \"b\":{ } }\n";
  const auto document = parse(in);
  ASSERT_TRUE(document.has_value());
  const Value root = document->root();
  EXPECT_EQ(root.raw(), in.substr(1, in.size() - 2));
  EXPECT_EQ(root.offset(), 1U);
  EXPECT_EQ(root.find("a")->raw(), "[1, 2.50e+1 ,\"x\\n\"]");
  EXPECT_EQ(root.find("b")->raw(), "{ }");
  EXPECT_EQ(in.substr(root.find("b")->offset()).substr(0, 3), "{ }");
}

TEST(Json, IteratesMembersAndElementsInOrder) {
  const auto document = parse(R"({"z":[[1],[2,[3]],4],"a":true,"\u006e":null})");
  ASSERT_TRUE(document.has_value());
  std::vector<std::string> names;
  for (const Value& member : document->root()) names.emplace_back(member.name());
  EXPECT_EQ(names, (std::vector<std::string>{"z", "a", "n"}));
  std::vector<std::string> raws;
  const Value array = *document->root().find("z");
  for (const Value& element : array) {
    EXPECT_EQ(element.name(), "");
    raws.emplace_back(element.raw());
  }
  EXPECT_EQ(raws, (std::vector<std::string>{"[1]", "[2,[3]]", "4"}));
  EXPECT_EQ(document->root().size(), 3U);
  EXPECT_EQ(array.size(), 3U);
}

TEST(Json, EmptyAndScalarValuesHaveNoChildren) {
  for (std::string_view in : {"[]", "{}", "1", "\"\"", "null", "false"}) {
    const auto document = parse(in);
    ASSERT_TRUE(document.has_value());
    EXPECT_EQ(document->root().size(), 0U);
    EXPECT_TRUE(document->root().begin() == document->root().end());
  }
}

TEST(Json, StringsAreUnescapedOnRequest) {
  const auto document = parse(R"(["a\"\\\/\b\f\n\r\t\u00e4\u20AC\uD83D\ude00\u0000z", "plain €", "\u0041"])");
  ASSERT_TRUE(document.has_value());
  auto it = document->root().begin();
  using namespace std::string_literals;
  EXPECT_EQ((*it).string().value(), "a\"\\/\b\f\n\r\tä€😀\0z"s);
  EXPECT_FALSE((*it).plain_string().has_value());
  ++it;
  EXPECT_EQ((*it).plain_string().value(), "plain €");
  ++it;
  EXPECT_EQ((*it).string().value(), "A");
}

TEST(Json, NumbersAreReadOnlyWhereTheyFit) {
  const auto with = [](std::string_view in, auto&& read) {
    const auto document = parse(in);
    return read(document.value().root());
  };
  const auto as_uint = [](const Value& v) { return v.uint(); };
  const auto as_integer = [](const Value& v) { return v.integer(); };
  const auto as_number = [](const Value& v) { return v.number(); };
  EXPECT_EQ(with("18446744073709551615", as_uint), 18446744073709551615ULL);
  for (std::string_view in : {"18446744073709551616", "-1", "-0", "1.0", "1e3", "true", "\"1\""}) {
    EXPECT_EQ(with(in, as_uint), std::nullopt) << in;
  }
  EXPECT_EQ(with("-9223372036854775808", as_integer), INT64_MIN);
  EXPECT_EQ(with("9223372036854775808", as_integer), std::nullopt);
  EXPECT_EQ(with("-12.5e-1", as_number), -1.25);
  EXPECT_EQ(with("1e400", as_number), std::nullopt);
  EXPECT_EQ(with("null", as_number), std::nullopt);
}

TEST(Json, AccessorsRefuseOtherKinds) {
  const auto document = parse("[1]");
  ASSERT_TRUE(document.has_value());
  const Value root = document->root();
  EXPECT_EQ(root.string(), std::nullopt);
  EXPECT_EQ(root.plain_string(), std::nullopt);
  EXPECT_EQ(root.boolean(), std::nullopt);
  EXPECT_FALSE(root.find("a").has_value());
  EXPECT_FALSE(root.is_null());
}

TEST(Json, RefusesDuplicateNames) {
  expect_refused(R"({"a":1,"a":2})", "json_duplicate_name");
  expect_refused(R"([{"x":{"a":1,"b":0,"a":2}}])", "json_duplicate_name");
  expect_refused(R"({"":1,"":2})", "json_duplicate_name");
  EXPECT_TRUE(parse(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})").has_value());
}

TEST(Json, RefusesDuplicateNamesAfterUnescaping) {
  expect_refused(R"({"a":1,"\u0061":2})", "json_duplicate_name");
  expect_refused(R"({"\n":1,"\u000a":2})", "json_duplicate_name");
  expect_refused(R"({"😀":1,"\ud83d\ude00":2})", "json_duplicate_name");
}

TEST(Json, RefusesDuplicatesAmongManyMembers) {
  for (std::size_t n : {7, 8, 9, 1000, 100'000}) {
    EXPECT_TRUE(parse(object_with(n, "other"), {.max_bytes = 1 << 24}).has_value()) << n;
    const std::string twin = object_with(n, "name3");
    const auto document = parse(twin, {.max_bytes = 1 << 24});
    ASSERT_FALSE(document.has_value());
    EXPECT_EQ(document.error().code, Literal("json_duplicate_name"));
    EXPECT_EQ(document.error().offset, twin.size() - 2);
  }
}

TEST(Json, RefusesWhatIsNotWellFormed) {
  for (std::string_view in : {"",         " ",          "[",    "]",         "{",
                              "[1",       "[1,]",       "[,1]", "[1 2]",     "{\"a\"}",
                              "{\"a\":}", "{\"a\":1,}", "{,}",  "{a:1}",     "{\"a\":1 \"b\":2}",
                              "'a'",      "\"a",        "\"\\", "\"\\u12\"", "\"\\x41\"",
                              "\"\t\"",   "tru",        "nul",  "True",      "NaN",
                              "-",        "+1",         "01",   "-01",       "1.",
                              ".5",       "1e",         "1e+",  "0x1",       "1 1",
                              "[] []",    "[1]x",       "[}",   "{]",        "/**/1"}) {
    expect_refused(in, "json_invalid");
  }
}

TEST(Json, RefusesAByteOrderMark) { expect_refused("\xef\xbb\xbf[]", "json_invalid"); }

TEST(Json, RefusesLoneSurrogates) {
  for (std::string_view in : {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")",
                              R"("\ud800\ud800")", R"("\udc00\ud800")", R"("\ud800\udc0")"}) {
    expect_refused(in, "json_invalid");
  }
}

TEST(Json, RefusesInvalidUtf8InValuesAndNames) {
  for (std::string_view bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x82", "\xf4\x90\x80\x80"}) {
    expect_refused("[\"" + std::string(bad) + "\"]", "json_invalid_utf8");
    expect_refused("{\"long enough to be scanned by words " + std::string(bad) + "\":1}", "json_invalid_utf8");
  }
}

TEST(Json, RefusesEveryControlCharacterAnywhereInAString) {
  for (char c = 0; c < 0x20; ++c) {
    for (std::size_t at = 0; at < 24; ++at) {
      std::string text(24, 'a');
      text[at] = c;
      expect_refused('"' + text + '"', "json_invalid");
    }
  }
}

TEST(Json, SaysWhereItWentWrong) {
  EXPECT_EQ(parse("[1, 2, x]").error().offset, 7U);
  EXPECT_EQ(parse("[\"abcdefghijk\x01\"]").error().offset, 13U);
  EXPECT_EQ(parse("{\"a\":1,\"b\":2,\"a\":3}").error().offset, 17U);
}

TEST(Json, DepthLimitCountsTheOutermostAsOne) {
  const auto nested = [](std::size_t n) { return repeat("[", n) + repeat("]", n); };
  EXPECT_TRUE(parse(nested(32)).has_value());
  expect_refused(nested(33), "json_too_deep");
  EXPECT_TRUE(parse("1", {.max_depth = 0}).has_value());
  expect_refused("[]", "json_too_deep", {.max_depth = 0});
  expect_refused(repeat("{\"a\":", 100'000), "json_too_deep");
}

TEST(Json, LimitsBytesAndValues) {
  EXPECT_TRUE(parse("[1]", {.max_bytes = 3}).has_value());
  expect_refused("[1] ", "json_too_large", {.max_bytes = 3});
  EXPECT_TRUE(parse("[1,2]", {.max_nodes = 3}).has_value());
  expect_refused("[1,2,3]", "json_too_large", {.max_nodes = 3});
}

TEST(Json, EscapedNamesSurviveMovingTheDocument) {
  auto document = parse(R"({"\u0061":1})");
  ASSERT_TRUE(document.has_value());
  const Document moved = *std::move(document);
  EXPECT_EQ((*moved.root().begin()).name(), "a");
  EXPECT_EQ(moved.root().find("a")->uint(), 1U);
}

TEST(Json, QuotedTextReadsBackTheSame) {
  std::string text;
  for (int c = 0; c < 0x80; ++c) text += static_cast<char>(c);
  text += "ä€😀";
  const std::string quoted = quote(text);
  const auto document = parse(quoted);
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->root().string().value(), text);
  EXPECT_EQ(quote("a\"\\\n\x01/"), R"("a\"\\\n\u0001/")");
}

}  // namespace
}  // namespace aipg::codec::json
