// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/byte_reader.h"
#include "codec/bhttp.h"
#include "codec/bhttp_text.h"

namespace aipg::codec::bhttp {
namespace {

constexpr std::size_t kMaxRequestSection = 8 << 10;

// Reads what a length stands before. After a fault every later read gives
// nothing, so that a caller may look once.
class LengthReader {
 public:
  explicit LengthReader(ByteView in) : in_(in), reader_(in) {}

  [[nodiscard]] bool ok() const { return ok_ && reader_.ok(); }
  [[nodiscard]] std::size_t offset() const { return reader_.offset(); }
  [[nodiscard]] bool empty() const { return reader_.left() == 0; }

  std::uint64_t varint() {
    if (!ok() || empty()) {
      ok_ = false;
      return 0;
    }
    const ByteView whole = reader_.take(varint_bytes(in_[reader_.offset()]));
    const auto value = reader_.ok() ? varint_value(whole) : std::nullopt;
    if (!value) ok_ = false;
    return value.value_or(0);
  }

  ByteView bytes() {
    const std::uint64_t n = varint();
    if (!ok() || n > reader_.left()) {
      ok_ = false;
      return {};
    }
    return reader_.take(static_cast<std::size_t>(n));
  }
  std::string_view text() { return as_text(bytes()); }

 private:
  ByteView in_;
  ByteReader reader_;
  bool ok_ = true;
};

bool is_path(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f; });
}

// `offset` is where the section stands in the whole input.
Result<std::vector<Field>> parse_fields(ByteView section, std::size_t offset) {
  if (section.size() > kMaxRequestSection) return fail("bhttp_invalid", "section_length", offset);
  std::vector<Field> fields;
  for (LengthReader reader(section); !reader.empty();) {
    const std::size_t at = offset + reader.offset();
    const std::string_view name = reader.text();
    const std::string_view value = reader.text();
    if (!reader.ok()) return fail("bhttp_invalid", "fields", at);
    if (!is_field_name(name)) return fail("bhttp_invalid", "field_name", at);
    if (!is_field_value(value)) return fail("bhttp_invalid", "field_value", at);
    if (fields.size() == kMaxFields) return fail("bhttp_invalid", "field_count", at);
    fields.push_back({std::string(name), std::string(value)});
  }
  return fields;
}

}  // namespace

Result<RequestView> parse_request(ByteView in) {
  LengthReader reader(in);
  RequestView out;
  const auto refuse = [&](Literal where) { return fail("bhttp_invalid", where, reader.offset()); };
  if (reader.varint() != kKnownLengthRequest || !reader.ok()) return refuse("framing");
  out.method = reader.text();
  if (!reader.ok() || !is_token(out.method)) return refuse("method");
  out.scheme = reader.text();
  if (!reader.ok() || out.scheme != "https") return refuse("scheme");
  out.authority = reader.text();
  if (!reader.ok() || !out.authority.empty()) return refuse("authority");
  out.path = reader.text();
  if (!reader.ok() || !is_path(out.path)) return refuse("path");
  const ByteView section = reader.bytes();
  if (!reader.ok()) return refuse("fields");
  AIPG_TRY(out.fields, parse_fields(section, reader.offset() - section.size()));
  out.content = reader.bytes();
  if (!reader.ok()) return refuse("content");
  if (reader.varint() != 0 || !reader.ok()) return refuse("trailers");
  if (!reader.empty()) return refuse("trailing");
  return out;
}

}  // namespace aipg::codec::bhttp
