// SPDX-License-Identifier: Apache-2.0
#include "codec/xml_characters.h"

#include <algorithm>
#include <array>

namespace aipg::codec::xml {
namespace {

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool begins_name(char c) { return is_letter(c) || c == '_'; }
constexpr bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '-' || c == '.'; }

bool is_address_character(char c) {
  constexpr std::string_view kOther = "-._~/";
  return is_letter(c) || is_digit(c) || kOther.contains(c);
}

}  // namespace

std::size_t name_bytes(std::string_view text) {
  if (text.empty() || !begins_name(text[0])) return 0;
  const auto end = std::ranges::find_if_not(text, continues_name);
  return static_cast<std::size_t>(end - text.begin());
}

std::optional<std::size_t> find_forbidden(std::string_view text) {
  constexpr std::string_view kNoncharacters = "\xef\xbf\xbe\xef\xbf\xbf";  // U+FFFE, U+FFFF
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n') return i;
    if (c != 0xef) continue;
    const std::string_view three = text.substr(i, 3);
    if (three == kNoncharacters.substr(0, 3) || three == kNoncharacters.substr(3)) return i;
  }
  return std::nullopt;
}

std::optional<Reference> predefined_reference(std::string_view text) {
  constexpr std::array<Reference, 5> kAll{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  for (const Reference& each : kAll) {
    if (text.starts_with(each.text)) return each;
  }
  return std::nullopt;
}

bool is_plain_address(std::string_view uri) {
  std::string_view rest = uri;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (uri.starts_with(scheme)) rest = uri.substr(scheme.size());
  }
  if (rest.size() == uri.size() || rest.empty() || rest[0] == '/') return false;
  const std::size_t fragment = rest.find('#');
  const std::string_view before = rest.substr(0, fragment);
  const std::string_view after = fragment == rest.npos ? std::string_view() : rest.substr(fragment + 1);
  return !before.empty() && std::ranges::all_of(before, is_address_character) &&
         std::ranges::all_of(after, is_address_character);
}

}  // namespace aipg::codec::xml
