// SPDX-License-Identifier: Apache-2.0
// Our reader against others' knowledge: the collected parsing cases, and
// simdjson on damaged documents.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "codec/base64.h"
#include "codec/json.h"

namespace aipg::codec::json {
namespace {

const std::filesystem::path kVectors = AIPG_SOURCE_DIR "/../shared/vectors/json_parsing.jsonl";

bool is_stricter_rule(const Error& error) {
  return error.code == Literal("json_duplicate_name") || error.code == Literal("json_too_deep");
}

struct Case {
  std::string name, expect, input;
};

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::ifstream file(kVectors);
  for (std::string line; std::getline(file, line);) {
    const auto document = parse(line);
    const Value root = document.value().root();
    cases.push_back({root.find("name")->string().value(), root.find("expect")->string().value(),
                     to_text(from_base64(*root.find("input")->plain_string()).value())});
  }
  return cases;
}

TEST(JsonOracle, DecidesTheCollectedCasesAsExpected) {
  if (!std::filesystem::exists(kVectors)) GTEST_SKIP() << "NOT RUN: " << kVectors << " is missing";
  const auto cases = read_cases();
  EXPECT_EQ(cases.size(), 316U);
  for (const Case& c : cases) {
    const auto document = parse(c.input);
    if (c.expect == "reject") EXPECT_FALSE(document.has_value()) << c.name;
    if (c.expect == "accept" && !document) {
      EXPECT_TRUE(is_stricter_rule(document.error())) << c.name << ": " << document.error().code.view();
    }
  }
}

// Numbers that RFC 8259 allows and simdjson does not hold.
bool has_large_number(const Value& value) {
  if (value.is(Kind::number)) return !value.number() || value.raw().size() > 18;
  return std::ranges::any_of(value.begin(), value.end(), [](const Value& v) { return has_large_number(v); });
}

void expect_agreement(const std::string& in) {
  simdjson::dom::parser oracle;
  simdjson::dom::element element;
  const auto verdict = oracle.parse(in).get(element);
  const auto document = parse(in, {.max_depth = 900});
  if (document) {
    const bool excused = verdict == simdjson::NUMBER_ERROR && has_large_number(document->root());
    EXPECT_TRUE(verdict == simdjson::SUCCESS || excused) << verdict << ": " << in;
  } else if (verdict == simdjson::SUCCESS) {
    EXPECT_TRUE(is_stricter_rule(document.error()) || in.starts_with("\xef\xbb\xbf"))
        << document.error().code.view() << ": " << in;
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> out = {
      R"({"a":[1,-2.5e+3,0.1],"b":{"c":"x\u0041\n","d":null},"e":true,"f":false,"ä€😀":"\ud83d\ude00"})",
      R"([[],{},"",[[[["deep"]]]],{"k":{"k":{"k":[0,1,2]}}},12345678901234567,"a long plain string, past a word"])",
      "  {\r\n\t\"messages\" : [ { \"role\":\"user\" , \"content\":\"h\xc3\xa9llo \\\"q\\\" \\\\\" } ] , \"n\":1e5 }  ",
  };
  if (!std::filesystem::exists(kVectors)) return out;
  for (Case& c : read_cases()) {
    if (c.input.size() < 4096) out.push_back(std::move(c.input));
  }
  return out;
}

std::string damaged(std::string text, std::mt19937& random) {
  constexpr std::string_view kPieces = "{}[]:,\"\\/019-+.eEutfnabD8 \n\t\x01\x7f\x80\xbf\xc3\xed\xf0\xff";
  for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    const char piece = kPieces[random() % kPieces.size()];
    switch (random() % 4) {
      case 0:
        text.insert(at, 1, piece);
        break;
      case 1:
        text.erase(at, 1);
        break;
      case 2:
        text.insert(at, text.substr(at, random() % 8));
        break;
      default:
        if (!text.empty()) text[at] = piece;
    }
  }
  return text;
}

TEST(JsonOracle, AgreesWithSimdjsonOnDamagedDocuments) {
  std::mt19937 random(1);  // the same damage every time
  for (const std::string& seed : seeds()) {
    expect_agreement(seed);
    for (int i = 0; i < 200; ++i) expect_agreement(damaged(seed, random));
  }
}

}  // namespace
}  // namespace aipg::codec::json
