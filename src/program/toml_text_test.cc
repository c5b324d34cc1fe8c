// SPDX-License-Identifier: Apache-2.0
#include "program/toml_text.h"

#include <gtest/gtest.h>

namespace aipg::program {
namespace {

std::size_t fault(std::string_view text) {
  const auto parsed = parse_toml(text);
  return parsed ? 0 : parsed.error().line;
}

TEST(TomlText, ReadsStringsAndCommentsInAnyAlphabet) {
  EXPECT_EQ(fault("# Zürich\nname = \"Zürich\"   # ja, Zürich\n[a.b]\nlist = [\n  'é',\n  \"ü\\\"ö\"  # ü\n]\n[[c]]\n"),
            0U);
  EXPECT_EQ(*parse_toml("name = \"Zürich\"")->get("name")->value<std::string>(), "Zürich");
}

TEST(TomlText, RefusesATableWithoutAName) {
  for (const char* text : {"\n[! gpu]\n", "\n[\n", "\n  [[ ]]", "\n[=]"}) EXPECT_EQ(fault(text), 2U) << text;
}

TEST(TomlText, RefusesStringsOverSeveralLines) {
  EXPECT_EQ(fault("a = \"\"\"\n\xc3\xa9\"\"\""), 1U);
  EXPECT_EQ(fault("a = 1\nb = '''c'''"), 2U);
}

TEST(TomlText, TakesTimesInOneFormOnly) {
  for (const char* text : {"a = 12:00:00", "a = 2026-09-01T$70", "a=2026-11-22T12:00Z", "a = [2026-11-22t12:00:00Z]"}) {
    EXPECT_EQ(fault(text), 1U) << text;
  }
  EXPECT_EQ(fault("a = 2026-11-22T12:00:00Z\nb = 2026-11-22\nc-1 = -1\nd = \"12:00\"  # 12:00\n"), 0U);
}

TEST(TomlText, RefusesABraceWhereAValueMustBegin) {
  for (const char* text : {"a = [}\"b\"]", "a = [ \t}", "a = [1,\n}", "a = [ # \n }"})
    EXPECT_NE(fault(text), 0U) << text;
  EXPECT_EQ(fault("a = [{}, {b = 1}]\nc = \"[}\"\n"), 0U);
}

// Each made the library do what is not defined.
TEST(TomlText, RefusesOtherAlphabetsOutsideOfStrings) {
  EXPECT_EQ(fault("intel_roo\xca\x9c = 1"), 1U);
  EXPECT_EQ(fault("PPPPPPP=0\"7PPPPPVPP-PPbPP\xef\xbb\xbePPP"), 1U);
  EXPECT_EQ(fault("a=0[\"A\xc9\xbe\","), 1U);
  EXPECT_EQ(fault("a = 1 \xc3\xa9"), 1U);
  EXPECT_EQ(fault("a = \"\xc3\xa9"), 1U);
  EXPECT_EQ(fault("a = b\"\xc3\xa9\""), 1U);
}

TEST(TomlText, SaysTheLineOfWhatTheLibraryRefuses) { EXPECT_EQ(fault("a = 1\nb ==\n"), 2U); }

}  // namespace
}  // namespace aipg::program
