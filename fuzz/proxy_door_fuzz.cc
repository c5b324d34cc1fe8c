// SPDX-License-Identifier: Apache-2.0
// A Host that the proxy's door knows is written in one of three ways, whatever
// else it looks like; and no text comes out of the status page's escaping with
// a character that a browser would act on.
#include <cstdint>

#include "proxy/door.h"
#include "proxy/status_page.h"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool is_digits(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// 127.a.b.c
bool is_loopback_v4(std::string_view text) {
  if (!text.starts_with("127.")) return false;
  text.remove_prefix(4);
  for (int part = 0; part < 3; ++part) {
    const std::size_t dot = part < 2 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || !is_digits(text.substr(0, dot), 3)) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

// Written apart from the door, and narrower than any reader of addresses.
bool is_own(std::string_view host) {
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view name = host.substr(0, colon);
  if (colon != std::string_view::npos && !is_digits(host.substr(colon + 1), 5)) return false;
  return aipg::net::equal_ignoring_case(name, "localhost") || name == "[::1]" || is_loopback_v4(name);
}

void require_harmless(const std::string& html) {
  require(html.find_first_of("<>\"'") == std::string::npos);
  for (std::size_t at = html.find('&'); at != std::string::npos; at = html.find('&', at + 1)) {
    const std::string_view rest = std::string_view(html).substr(at);
    require(rest.starts_with("&amp;") || rest.starts_with("&lt;") || rest.starts_with("&gt;") ||
            rest.starts_with("&quot;") || rest.starts_with("&#39;"));
  }
  for (const char c : html) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require_harmless(aipg::proxy::html_escaped(text));
  aipg::net::RequestHead head;
  head.headers.add("Host", text);
  const bool in = !aipg::proxy::check_door({}, head, aipg::proxy::Place::api).has_value();
  if (in) require(is_own(text));
  return 0;
}
