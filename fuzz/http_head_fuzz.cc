// SPDX-License-Identifier: Apache-2.0
// A head that is accepted, written again from what was read, reads the same;
// and what a prefix is refused for, the whole is refused for too.
#include <cstdlib>

#include "net/http.h"

namespace {

using aipg::Literal;
using namespace aipg::net;

std::string write(const RequestHead& head) {
  std::string out = head.method + ' ' + head.target + " HTTP/1.1\r\n";
  for (const Header& header : head.headers.all())
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  return out + "\r\n";
}

std::string write(const ResponseHead& head, std::string_view version) {
  std::string out = std::string(version) + ' ' + std::to_string(head.status) + "\r\n";
  for (const Header& header : head.headers.all())
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  return out + "\r\n";
}

bool same(const Headers& a, const Headers& b) {
  return std::ranges::equal(a.all(), b.all(),
                            [](const Header& x, const Header& y) { return x.name == y.name && x.value == y.value; });
}

template <typename Head>
bool same_framing(const Head& a, const Head& b) {
  return same(a.headers, b.headers) && a.content_length == b.content_length && a.chunked == b.chunked &&
         a.keep_alive == b.keep_alive;
}

void require(bool condition) {
  if (!condition) std::abort();
}

// Writing puts a space after each colon, so a head at the limit may outgrow it.
template <typename Parsed>
bool outgrown(const aipg::Result<Parsed>& again) {
  return !again && again.error().code == Literal("http_head_too_large");
}

void check_request(std::string_view in) {
  const auto parsed = parse_request_head(in);
  if (!parsed) {
    if (parsed.error().code == Literal("http_head_incomplete")) return;
    // More bytes do not heal it.
    const auto longer = parse_request_head(std::string(in) + "\r\n\r\n");
    require(!longer && longer.error().code == parsed.error().code);
    return;
  }
  require(parsed->consumed <= in.size() && parsed->consumed <= kMaxHeadBytes);
  require(!parse_request_head(in.substr(0, parsed->consumed - 1)));
  const auto again = parse_request_head(write(parsed->head));
  if (outgrown(again)) return;
  require(again.has_value());
  require(again->head.method == parsed->head.method && again->head.target == parsed->head.target);
  require(same_framing(again->head, parsed->head));
}

void check_response(std::string_view in) {
  const auto parsed = parse_response_head(in);
  if (!parsed) return;
  const auto again = parse_response_head(write(parsed->head, in.substr(0, 8)));
  if (outgrown(again)) return;
  require(again.has_value());
  require(again->head.status == parsed->head.status && same_framing(again->head, parsed->head));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  check_request(in);
  check_response(in);
  return 0;
}
