// SPDX-License-Identifier: Apache-2.0
#include "client/core/conversation_input.h"

#include "base/text.h"

namespace aipg::client {
namespace {

// An odd number of lines that begin so: one of them has no end yet.
bool in_fence(std::string_view text) {
  bool open = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (trimmed(text.substr(0, end)).starts_with("```")) open = !open;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return open;
}

}  // namespace

bool ends_with_backslash(std::string_view text) { return text.ends_with('\\'); }

bool goes_on(std::string_view text) { return ends_with_backslash(text) || in_fence(text); }

bool is_command(std::string_view text) { return text.starts_with('/') && !text.starts_with("//"); }

SaidCommand read_command(std::string_view text) {
  text.remove_prefix(1);
  const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  return {text.substr(0, end), trimmed(text.substr(end))};
}

std::string_view read_message(std::string_view text) { return text.starts_with("//") ? text.substr(1) : text; }

}  // namespace aipg::client
