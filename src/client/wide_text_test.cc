// SPDX-License-Identifier: Apache-2.0
#include "client/wide_text.h"

#include <gtest/gtest.h>

namespace aipg::client {
namespace {

std::string there_and_back(std::string_view utf8) {
  const WideText wide(utf8);
  return std::string(to_utf8(wide.reveal()).reveal_text());
}

TEST(WideText, HoldsCharactersOfEveryLength) {
  EXPECT_EQ(std::wstring_view(WideText("aé语🙂").reveal()), L"a\u00e9\u8bed\U0001f642");
  for (const std::string_view text :
       {"", "a", "\x7f", "\u0080", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff", "aé语🙂\n\tb"}) {
    EXPECT_EQ(there_and_back(text), text);
  }
}

TEST(WideText, EndsWithAZeroEvenWhenThereIsNone) {
  EXPECT_EQ(*WideText().reveal(), L'\0');
  EXPECT_EQ(*WideText("").reveal(), L'\0');
}

TEST(WideText, LeavesOutWhatIsNotUtf8) {
  EXPECT_EQ(there_and_back("a\xff"
                           "b"),
            "ab");
  EXPECT_EQ(there_and_back("a\xc3"), "a") << "cut";
  EXPECT_EQ(there_and_back("a\xc0\x80"
                           "b"),
            "ab")
      << "too long for what it says";
  EXPECT_EQ(there_and_back("a\xed\xa0\x80"
                           "b"),
            "ab")
      << "half of a pair";
}

TEST(WideText, ReplacesWhatNoUtf8CanSay) {
  const wchar_t none[] = {L'a', static_cast<wchar_t>(0xd800), static_cast<wchar_t>(0x110000), static_cast<wchar_t>(-1)};
  EXPECT_EQ(to_utf8({none, 4}).reveal_text(), "a\ufffd\ufffd\ufffd");
}

}  // namespace
}  // namespace aipg::client
