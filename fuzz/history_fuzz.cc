// SPDX-License-Identifier: Apache-2.0
// A history that is read is written again line by line, and says the same then;
// every text goes to the line editor and back as it was.
#include <cstdint>

#include "client/core/chat.h"
#include "client/input_history.h"
#include "client/wide_text.h"

namespace {

void write_line(aipg::SecretBytes& out, std::string_view text) {
  aipg::client::append_json_string(out, text);
  out.append("\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace client = aipg::client;
  const auto entries = client::parse_history(aipg::as_text({data, size}));
  if (!entries) return 0;
  aipg::SecretBytes file;
  for (const aipg::SecretBytes& entry : *entries) {
    const std::string_view text = entry.reveal_text();
    write_line(file, text);
    // Wide text ends at its first zero.
    const std::string_view before_zero = text.substr(0, text.find('\0'));
    if (client::to_utf8(client::WideText(text).reveal()).reveal_text() != before_zero) __builtin_trap();
  }
  const auto again = client::parse_history(file.reveal_text());
  if (!again || again->size() != entries->size()) __builtin_trap();
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if ((*again)[i].reveal_text() != (*entries)[i].reveal_text()) __builtin_trap();
  }
  return 0;
}
