// SPDX-License-Identifier: Apache-2.0
// What HTTP/1.1 messages have in common on both sides.
#pragma once

#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::net {

struct Header {
  std::string_view name, value;  // names compare without case
};

// In the order in which they were added. What it returns is good until it changes, and moves with it.
class Headers {
 public:
  // Room for so many, of so many characters in all.
  void reserve(std::size_t fields, std::size_t characters) {
    fields_.reserve(fields);
    text_.reserve(characters);
  }
  // Both of less than 4 GiB.
  void add(std::string_view name, std::string_view value);
  // The field of that name; nullopt when absent. Of several, the first: count() tells.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] auto all() const {
    return std::views::transform(fields_, [this](const Field& field) {
      const char* const name = text_.data() + field.at;
      return Header{{name, field.name_size}, {name + field.name_size, field.value_size}};
    });
  }

 private:
  struct Field {
    std::size_t at = 0;
    std::uint32_t name_size = 0, value_size = 0;
  };
  std::vector<Field> fields_;
  std::vector<char> text_;  // all names and values, one behind the other
};

struct RequestHead {
  std::string method;
  std::string target;  // origin-form, as received
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
};

struct ResponseHead {
  unsigned status = 0;
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
};

inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;
inline constexpr std::size_t kMaxHeaders = 100;

// Parses one request head, up to and including its empty line. Refuses what
// smuggles: both lengths, repeated or list lengths, none for a POST, PUT or
// PATCH, any transfer coding but a single "chunked", HTTP versions but 1.1, a
// missing or repeated Host, a Connection that names a field of this request,
// obs-fold, control characters, absolute-form targets. Pure. What a prefix of
// the head is refused for, the whole is refused for too.
// Errors: http_head_incomplete (feed more), http_head_too_large,
// http_invalid, http_length, http_transfer_encoding, http_host, http_version.
// Source: RFC 9112, narrowed where it leaves a choice to the recipient.
struct ParsedRequestHead {
  RequestHead head;
  std::size_t consumed = 0;
};
[[nodiscard]] Result<ParsedRequestHead> parse_request_head(std::string_view in);

// The same for a response. Whether a body follows depends on the request too:
// has_body(). HTTP/1.0 is taken, for small servers; it never keeps the connection.
struct ParsedResponseHead {
  ResponseHead head;
  std::size_t consumed = 0;
};
[[nodiscard]] Result<ParsedResponseHead> parse_response_head(std::string_view in);
[[nodiscard]] bool has_body(std::string_view request_method, unsigned status);

// RFC 9110's token: what methods and field names are made of.
[[nodiscard]] bool is_token(std::string_view text);
// Free of control characters but the tab, and of space at its ends.
[[nodiscard]] bool is_field_value(std::string_view text);
// A path with or without a query, in RFC 3986's characters.
[[nodiscard]] bool is_origin_form(std::string_view target);
// Names are tokens and values are values: fit to be written.
[[nodiscard]] bool is_well_formed(const Headers& headers);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
// True when the comma-separated lists in the fields of that name hold `token`.
[[nodiscard]] bool list_has(const Headers& headers, std::string_view name, std::string_view token);
// "HTTP/1.1 200 OK" and its line end.
void append_status_line(std::string& out, unsigned status);

}  // namespace aipg::net
