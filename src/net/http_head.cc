// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "net/http.h"

namespace aipg::net {
namespace {

// What most heads have room in.
constexpr std::size_t kUsualFields = 12, kUsualHeadBytes = 512;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_token_char(char c) { return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c); }
// Bytes above 0x7f are opaque, as RFC 9110 has it.
bool is_text_char(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The lines of a head, one after the other. A line ends with CR LF; neither
// stands anywhere else.
class Lines {
 public:
  explicit Lines(std::string_view in) : in_(in.substr(0, kMaxHeadBytes)) {}

  Result<std::string_view> next() {
    const auto lf = in_.find('\n', at_);
    if (lf == in_.npos) {
      if (in_.size() == kMaxHeadBytes) return fail("http_head_too_large", {}, at_);
      return fail("http_head_incomplete", {}, at_);
    }
    const std::string_view line = in_.substr(at_, lf - at_);
    if (!line.ends_with('\r')) return fail("http_invalid", "bare line feed", lf);
    const std::string_view text = line.substr(0, line.size() - 1);
    const auto bad = std::ranges::find_if_not(text, is_text_char);
    if (bad != text.end()) {
      return fail("http_invalid", "control character", at_ + static_cast<std::size_t>(bad - text.begin()));
    }
    at_ = lf + 1;
    return text;
  }
  [[nodiscard]] std::size_t consumed() const { return at_; }

 private:
  std::string_view in_;
  std::size_t at_ = 0;
};

Result<void> parse_headers(Lines& lines, Headers& out) {
  out.reserve(kUsualFields, kUsualHeadBytes);
  for (;;) {
    const std::size_t at = lines.consumed();
    AIPG_TRY(const std::string_view line, lines.next());
    if (line.empty()) return {};
    if (line.front() == ' ' || line.front() == '\t') return fail("http_invalid", "folded line", at);
    const auto colon = line.find(':');
    if (colon == line.npos) return fail("http_invalid", "field without colon", at);
    // A space before the colon is no token either.
    if (!is_token(line.substr(0, colon))) return fail("http_invalid", "field name", at);
    if (out.size() == kMaxHeaders) return fail("http_head_too_large", "fields", at);
    out.add(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
}

struct Framing {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
};

Result<std::uint64_t> parse_length(std::string_view text) {
  // 18 digits cannot overflow; a leading zero means one thing to us and another to somebody else.
  if (text.empty() || text.size() > 18 || !std::ranges::all_of(text, is_digit)) return fail("http_length", "digits");
  if (text.size() > 1 && text.front() == '0') return fail("http_length", "leading zero");
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Calls `visit` with each element of a comma-separated list.
template <typename Visit>
void for_each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    visit(trim(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

bool has_element(std::string_view list, std::string_view token) {
  bool found = false;
  for_each_element(list, [&](std::string_view element) { found = found || equal_ignoring_case(element, token); });
  return found;
}

// Where "chunked" is not last, or not only there, nobody knows where the body ends. That weighs more than a coding
// before it that is not known here.
Result<void> check_coding(std::string_view value) {
  constexpr std::string_view kChunked = "chunked";
  if (equal_ignoring_case(value, kChunked)) return {};
  const auto comma = value.rfind(',');
  const bool last = comma != value.npos && equal_ignoring_case(trim(value.substr(comma + 1)), kChunked);
  if (!last || has_element(value.substr(0, comma), kChunked)) return fail("http_length", "chunked is not only last");
  return fail("http_transfer_encoding");
}

Result<Framing> parse_framing(const Headers& headers) {
  const std::size_t lengths = headers.count("content-length");
  const std::size_t codings = headers.count("transfer-encoding");
  if (lengths != 0 && codings != 0) return fail("http_length", "both lengths");
  if (lengths > 1 || codings > 1) return fail("http_length", "repeated");
  Framing out;
  if (lengths == 1) {
    AIPG_TRY(out.content_length, parse_length(*headers.find("content-length")));
  }
  if (codings == 1) {
    AIPG_CHECK(check_coding(*headers.find("transfer-encoding")));
    out.chunked = true;
  }
  return out;
}

// A request whose method is made for a body says how long that is, even if there is none: a proxy may have lost the
// length on the way, and what follows would be read as the next request.
Result<void> check_body_announced(const RequestHead& head) {
  if (head.content_length || head.chunked) return {};
  if (head.method == "POST" || head.method == "PUT" || head.method == "PATCH") return fail("http_length", "missing");
  return {};
}

// A proxy takes out what Connection names, and we would read it: two requests in one. So it may name what is for the
// next hop anyway, and nothing else that is there.
Result<void> check_connection(const Headers& headers) {
  static constexpr std::string_view kForTheNextHop[] = {"keep-alive", "upgrade", "te", "http2-settings"};
  constexpr unsigned kMaxOptions = 16;  // each is looked for among all fields
  unsigned options = 0;
  bool good = true;
  for (const Header& header : headers.all()) {
    if (!equal_ignoring_case(header.name, "connection")) continue;
    for_each_element(header.value, [&](std::string_view option) {
      const bool known =
          std::ranges::any_of(kForTheNextHop, [&](std::string_view name) { return equal_ignoring_case(option, name); });
      good = good && ++options <= kMaxOptions && (known || headers.count(option) == 0);
    });
  }
  if (!good) return fail("http_invalid", "connection");
  return {};
}

Result<void> check_host(const Headers& headers) {
  if (headers.count("host") != 1) return fail("http_host", "not exactly one");
  std::string_view host = *headers.find("host");
  std::string_view port;
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    if (close == host.npos || close < 3) return fail("http_host");
    const auto allowed = [](char c) { return is_hex(c) || c == ':' || c == '.'; };
    if (!std::ranges::all_of(host.substr(1, close - 1), allowed)) return fail("http_host");
    port = host.substr(close + 1);
  } else {
    const auto colon = std::min(host.find(':'), host.size());
    port = host.substr(colon);
    host = host.substr(0, colon);
    const auto allowed = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; };
    if (host.empty() || !std::ranges::all_of(host, allowed)) return fail("http_host");
  }
  if (port.empty()) return {};
  if (port.size() < 2 || port.size() > 6 || port.front() != ':') return fail("http_host", "port");
  if (!std::ranges::all_of(port.substr(1), is_digit)) return fail("http_host", "port");
  return {};
}

bool looks_like_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
}

Result<void> parse_request_line(std::string_view line, RequestHead& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last) return fail("http_invalid", "request line");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (method.size() > 32 || !is_token(method)) return fail("http_invalid", "method");
  if (!looks_like_version(version)) return fail("http_invalid", "request line", last + 1);
  if (version != "HTTP/1.1") return fail("http_version", {}, last + 1);
  if (!is_origin_form(target)) return fail("http_invalid", "target", first + 1);
  out.method = method;
  out.target = target;
  return {};
}

// "HTTP/1.1 200 OK"; the reason, and the space before it, may be missing.
Result<void> parse_status_line(std::string_view line, ResponseHead& out) {
  const std::string_view version = line.substr(0, 8);
  if (!looks_like_version(version)) return fail("http_invalid", "status line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return fail("http_version");
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
    return fail("http_invalid", "status line");
  }
  const std::string_view status = line.substr(9, 3);
  if (!std::ranges::all_of(status, is_digit)) return fail("http_invalid", "status");
  std::from_chars(status.data(), status.data() + status.size(), out.status);
  if (out.status < 100 || out.status > 599) return fail("http_invalid", "status");
  out.keep_alive = version == "HTTP/1.1";
  return {};
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  fields_.push_back({text_.size(), static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
  text_.insert(text_.end(), name.begin(), name.end());
  text_.insert(text_.end(), value.begin(), value.end());
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Header& header : all()) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(all(), [name](const Header& h) { return equal_ignoring_case(h.name, name); }));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }

bool is_field_value(std::string_view text) { return std::ranges::all_of(text, is_text_char) && trim(text) == text; }

bool is_origin_form(std::string_view target) {
  if (!target.starts_with('/')) return false;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c == '%') {
      if (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2])) return false;
      i += 2;
    } else if (!is_alnum(c) && !std::string_view("-._~!$&'()*+,;=:@/?").contains(c)) {
      return false;
    }
  }
  return true;
}

bool is_well_formed(const Headers& headers) {
  return std::ranges::all_of(headers.all(),
                             [](const Header& h) { return is_token(h.name) && is_field_value(h.value); });
}

bool list_has(const Headers& headers, std::string_view name, std::string_view token) {
  return std::ranges::any_of(headers.all(), [&](const Header& header) {
    return equal_ignoring_case(header.name, name) && has_element(header.value, token);
  });
}

Result<ParsedRequestHead> parse_request_head(std::string_view in) {
  Lines lines(in);
  RequestHead out;
  const auto line = lines.next();
  // What makes a first line so long is its target.
  if (!line && line.error().code == Literal("http_head_too_large")) return fail("http_head_too_large", "target");
  if (!line) return std::unexpected(line.error());
  AIPG_CHECK(parse_request_line(*line, out));
  AIPG_CHECK(parse_headers(lines, out.headers));
  AIPG_CHECK(check_host(out.headers));
  AIPG_TRY(const Framing framing, parse_framing(out.headers));
  out.content_length = framing.content_length;
  out.chunked = framing.chunked;
  AIPG_CHECK(check_body_announced(out));
  AIPG_CHECK(check_connection(out.headers));
  out.keep_alive = !list_has(out.headers, "connection", "close");
  return ParsedRequestHead{std::move(out), lines.consumed()};
}

Result<ParsedResponseHead> parse_response_head(std::string_view in) {
  Lines lines(in);
  ResponseHead out;
  AIPG_TRY(const std::string_view line, lines.next());
  AIPG_CHECK(parse_status_line(line, out));
  AIPG_CHECK(parse_headers(lines, out.headers));
  AIPG_TRY(const Framing framing, parse_framing(out.headers));
  // A 1.0 peer knows no chunks, so somebody else wrote that field.
  if (!out.keep_alive && framing.chunked) return fail("http_transfer_encoding");
  out.content_length = framing.content_length;
  out.chunked = framing.chunked;
  if (list_has(out.headers, "connection", "close")) out.keep_alive = false;
  return ParsedResponseHead{std::move(out), lines.consumed()};
}

bool has_body(std::string_view request_method, unsigned status) {
  return request_method != "HEAD" && status >= 200 && status != 204 && status != 304;
}

void append_status_line(std::string& out, unsigned status) {
  struct Reason {
    unsigned status;
    std::string_view text;
  };
  static constexpr Reason kReasons[] = {
      {100, "Continue"},
      {101, "Switching Protocols"},
      {200, "OK"},
      {202, "Accepted"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  const auto* known = std::ranges::find(kReasons, status, &Reason::status);
  out.append("HTTP/1.1 ").append(std::to_string(status)) += ' ';
  if (known != std::end(kReasons)) out += known->text;
  out += "\r\n";
}

}  // namespace aipg::net
