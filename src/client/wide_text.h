// SPDX-License-Identifier: Apache-2.0
// Secret text as the line editor holds it, in wide characters, and back. Pure.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace aipg::client {

// Wide characters that are wiped; always with a zero after them.
class WideText {
 public:
  WideText() = default;
  // What is not UTF-8 is left out.
  explicit WideText(std::string_view utf8);
  [[nodiscard]] const wchar_t* reveal() const { return reinterpret_cast<const wchar_t*>(wide_.reveal().data()); }

 private:
  SecretBytes wide_{ByteView(kEnd)};  // its memory is aligned for any type
  static constexpr ByteArray<sizeof(wchar_t)> kEnd{};
};

[[nodiscard]] SecretBytes to_utf8(std::wstring_view wide);

}  // namespace aipg::client
