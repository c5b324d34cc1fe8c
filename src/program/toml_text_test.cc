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
  EXPECT_EQ(fault("# Zürich\nname = \"Zürich\"   # ja, Zürich\n[a.b]\nlist = [\n  'é', \"ü\\\"ö\",\n]\n[[c]]\n"), 0U);
  EXPECT_EQ(*parse_toml("name = \"Zürich\"")->get("name")->value<std::string>(), "Zürich");
}

TEST(TomlText, RefusesATableWithoutAName) {
  for (const char* text : {"\n[! gpu]\n", "\n[\n", "\n  [[ ]]", "\n[=]"}) EXPECT_EQ(fault(text), 2U) << text;
}

// Each made the library do what is not defined.
TEST(TomlText, RefusesOtherAlphabetsOutsideOfStrings) {
  EXPECT_EQ(fault("intel_roo\xca\x9c = 1"), 1U);
  EXPECT_EQ(fault("PPPPPPP=0\"7PPPPPVPP-PPbPP\xef\xbb\xbePPP"), 1U);
  EXPECT_EQ(fault("a = 1 \xc3\xa9"), 1U);
  EXPECT_EQ(fault("a = \"\xc3\xa9"), 1U);
  EXPECT_EQ(fault("a = b\"\xc3\xa9\""), 1U);
}

TEST(TomlText, SaysTheLineOfWhatTheLibraryRefuses) { EXPECT_EQ(fault("a = 1\nb ==\n"), 2U); }

}  // namespace
}  // namespace aipg::program
