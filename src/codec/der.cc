// SPDX-License-Identifier: Apache-2.0
#include "codec/der.h"

namespace aipg::codec::der {
namespace {

constexpr std::uint8_t kConstructed = 0x20;
constexpr std::uint8_t kClassMask = 0xc0;
constexpr std::uint8_t kNumberMask = 0x1f;

constexpr bool is_constructed(std::uint8_t tag) { return (tag & kConstructed) != 0; }

constexpr bool may_be_tag(std::uint8_t tag) {
  const std::uint8_t number = tag & kNumberMask;
  if (number == kNumberMask) return false;  // more tag bytes would follow
  if ((tag & kClassMask) != 0) return true;
  if (number == 0) return false;  // end of contents: indefinite lengths only
  // EXTERNAL, EMBEDDED PDV, SEQUENCE and SET are constructed in DER, all else is primitive.
  const bool constructed = number == 8 || number == 11 || number == 16 || number == 17;
  return is_constructed(tag) == constructed;
}

constexpr auto kAllowedTags = [] {
  std::array<bool, 256> out{};
  for (std::size_t tag = 0; tag < out.size(); ++tag) out[tag] = may_be_tag(static_cast<std::uint8_t>(tag));
  return out;
}();

bool is_boolean(ByteView c) { return c.size() == 1 && (c[0] == 0x00 || c[0] == 0xff); }

bool is_minimal_integer(ByteView c) {
  if (c.empty()) return false;
  if (c.size() == 1) return true;
  return !(c[0] == 0x00 && c[1] < 0x80) && !(c[0] == 0xff && c[1] >= 0x80);
}

bool is_bit_string(ByteView c) {
  if (c.empty() || c[0] > 7) return false;
  if (c.size() == 1) return c[0] == 0;
  return (c.back() & ((1U << c[0]) - 1)) == 0;
}

bool is_oid(ByteView c) {
  bool starts_arc = true;
  for (std::uint8_t b : c) {
    if (starts_arc && b == 0x80) return false;  // a leading zero digit
    starts_arc = b < 0x80;
  }
  return !c.empty() && starts_arc;
}

bool is_allowed_content(std::uint8_t tag, ByteView content) {
  switch (tag) {
    case kBoolean:
      return is_boolean(content);
    case kInteger:
    case kEnumerated:
      return is_minimal_integer(content);
    case kBitString:
      return is_bit_string(content);
    case kNull:
      return content.empty();
    case kOid:
      return is_oid(content);
    default:
      return true;
  }
}

// The length that starts `in`, in shortest form; `bytes` is how many it took, 0 when there is none.
struct Length {
  std::size_t value = 0;
  std::size_t bytes = 0;
};

Length read_length(ByteView in) {
  if (in.empty()) return {};
  if (in[0] < 0x80) return {in[0], 1};
  const std::size_t n = in[0] & 0x7f;
  if (n == 0 || n > sizeof(std::uint32_t) || in.size() - 1 < n) return {};
  std::size_t value = 0;
  for (std::uint8_t b : in.subspan(1, n)) value = value << 8 | b;
  const bool shortest = value >= 0x80 && in[1] != 0;
  return shortest ? Length{value, 1 + n} : Length{};
}

// The element that starts `in`, which stands at `offset` of the whole input.
Result<Element> read_element(ByteView in, std::size_t offset) {
  if (in.empty()) return fail("der_invalid", "end", offset);
  const std::uint8_t tag = in[0];
  if (!kAllowedTags[tag]) return fail("der_invalid", "tag", offset);
  const Length length = read_length(in.subspan(1));
  const std::size_t header = 1 + length.bytes;
  if (length.bytes == 0 || length.value > in.size() - header) return fail("der_invalid", "length", offset);
  const Element element{tag, in.subspan(header, length.value), in.first(header + length.value)};
  if (!is_allowed_content(tag, element.content)) return fail("der_invalid", "value", offset);
  return element;
}

// Every element of `content`, and those inside them down to `levels` below.
Result<void> check_elements(ByteView content, std::size_t offset, unsigned levels) {
  if (levels == 0) return fail("der_too_deep", "", offset);
  while (!content.empty()) {
    AIPG_TRY(const Element element, read_element(content, offset));
    if (is_constructed(element.tag) && !element.content.empty()) {
      const std::size_t header = element.whole.size() - element.content.size();
      AIPG_CHECK(check_elements(element.content, offset + header, levels - 1));
    }
    content = content.subspan(element.whole.size());
    offset += element.whole.size();
  }
  return {};
}

Result<ByteView> unsigned_bytes(const Element& integer) {
  ByteView c = integer.content;
  if (!is_minimal_integer(c)) return fail("der_invalid", "integer");
  if (c[0] >= 0x80) return fail("der_invalid", "negative");
  if (c[0] == 0) c = c.subspan(1);
  return c;
}

}  // namespace

Result<void> check_strict(ByteView in, unsigned max_depth) {
  AIPG_TRY(const Element element, read_element(in, 0));
  if (element.whole.size() != in.size()) return fail("der_invalid", "trailing", element.whole.size());
  return check_elements(in, 0, max_depth);
}

Result<Element> Reader::next() {
  AIPG_TRY(const Element element, read_element(in_, offset_));
  in_ = in_.subspan(element.whole.size());
  offset_ += element.whole.size();
  return element;
}

Result<Element> Reader::next(std::uint8_t tag) {
  if (in_.empty() || in_[0] != tag) return fail("der_invalid", "unexpected_tag", offset_);
  return next();
}

Result<std::optional<Element>> Reader::optional(std::uint8_t tag) {
  if (in_.empty() || in_[0] != tag) return std::nullopt;
  return next();
}

Result<Reader> Reader::enter(std::uint8_t tag) {
  const std::size_t offset = offset_;
  AIPG_TRY(const Element element, next(tag));
  if (!is_constructed(tag)) return fail("der_invalid", "primitive", offset);
  return Reader(element.content, offset + element.whole.size() - element.content.size());
}

Result<void> Reader::finish() const {
  if (!in_.empty()) return fail("der_invalid", "trailing", offset_);
  return {};
}

Result<Element> parse_single(ByteView in, std::uint8_t tag) {
  Reader reader(in);
  AIPG_TRY(const Element element, reader.next(tag));
  AIPG_CHECK(reader.finish());
  return element;
}

Result<std::uint64_t> to_uint(const Element& integer) {
  AIPG_TRY(const ByteView bytes, unsigned_bytes(integer));
  if (bytes.size() > sizeof(std::uint64_t)) return fail("der_invalid", "too_large");
  std::uint64_t value = 0;
  for (std::uint8_t b : bytes) value = value << 8 | b;
  return value;
}

Result<Bytes> to_fixed(const Element& integer, std::size_t width) {
  AIPG_TRY(const ByteView bytes, unsigned_bytes(integer));
  if (bytes.size() > width) return fail("der_invalid", "too_large");
  Bytes out(width - bytes.size());
  append(out, bytes);
  return out;
}

}  // namespace aipg::codec::der
