// SPDX-License-Identifier: Apache-2.0
#include "client/wide_text.h"

#include <cstring>

#include "codec/utf8.h"

namespace aipg::client {
namespace {

constexpr wchar_t kReplacement = 0xfffd;

bool is_scalar(wchar_t c) { return c >= 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff); }

// The code point of one well-formed sequence.
wchar_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<wchar_t>(static_cast<unsigned char>(sequence[i])); };
  if (sequence.size() == 1) return byte(0);
  wchar_t out = byte(0) & (0xff >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) out = (out << 6) | (byte(i) & 0x3f);
  return out;
}

}  // namespace

WideText::WideText(std::string_view utf8) {
  SecretBytes out;
  out.reserve((utf8.size() + 1) * sizeof(wchar_t));
  const auto put = [&out](wchar_t c) { std::memcpy(out.extend(sizeof(c)).data(), &c, sizeof(c)); };
  while (!utf8.empty()) {
    const std::size_t n = codec::utf8_sequence_bytes(utf8);
    if (n != 0) put(code_point(utf8.substr(0, n)));
    utf8.remove_prefix(std::max<std::size_t>(n, 1));
  }
  put(0);
  wide_ = std::move(out);
}

SecretBytes to_utf8(std::wstring_view wide) {
  SecretBytes out;
  out.reserve(4 * wide.size());
  for (const wchar_t c : wide) {
    ByteArray<4> bytes{};
    const std::size_t n = codec::put_utf8(reinterpret_cast<char*>(bytes.data()),
                                          static_cast<std::uint32_t>(is_scalar(c) ? c : kReplacement));
    out.append(ByteView(bytes).first(n));
    wipe(bytes);
  }
  return out;
}

}  // namespace aipg::client
