// SPDX-License-Identifier: Apache-2.0
// A strict reader for DER (X.690): definite lengths in shortest form, single
// byte tags, universal types primitive or constructed as DER wants them,
// minimal INTEGER and OID, BOOLEAN 00/FF only, empty NULL, BIT STRING with its
// unused bits zero, no trailing bytes. The order of SET OF and the characters
// of strings and times are not checked. And a small writer, for the
// simulator's certificates; it traps on a bug of ours. Views borrow the input.
// Pure. Errors: der_invalid (offset says where), der_too_deep.
#pragma once

#include <initializer_list>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::codec::der {

enum Tag : std::uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kEnumerated = 0x0a,
  kUtf8String = 0x0c,
  kPrintableString = 0x13,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
};
// Context-specific tags: [n] IMPLICIT primitive, [n] constructed.
[[nodiscard]] constexpr std::uint8_t context(std::uint8_t n) { return static_cast<std::uint8_t>(0x80 | n); }
[[nodiscard]] constexpr std::uint8_t context_constructed(std::uint8_t n) { return static_cast<std::uint8_t>(0xa0 | n); }

struct Element {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView whole;  // header included
};

// An OBJECT IDENTIFIER, for comparing with what was read. Made from its dotted form, at compile time where that is a
// constant; at most 24 bytes of content. What is not one is a bug of ours: it traps, or does not compile.
class Oid {
 public:
  constexpr Oid(std::string_view dotted) {  // NOLINT(google-explicit-constructor): written as "2.5.29.19"
    const std::uint64_t first = take_arc(dotted);
    if (dotted.empty() || first > 2) __builtin_trap();
    const std::uint64_t second = take_arc(dotted);
    if (first < 2 && second >= 40) __builtin_trap();
    append(40 * first + second);
    while (!dotted.empty()) append(take_arc(dotted));
  }
  constexpr Oid(const char* dotted) : Oid(std::string_view(dotted)) {}         // NOLINT(google-explicit-constructor)
  constexpr Oid(const std::string& dotted) : Oid(std::string_view(dotted)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] constexpr ByteView content() const { return ByteView(bytes_).first(size_); }
  [[nodiscard]] bool is(ByteView content_bytes) const { return equal(content(), content_bytes); }

 private:
  // The number that `rest` begins with, and the dot after it: at least one digit, and more after a dot.
  static constexpr std::uint64_t take_arc(std::string_view& rest) {
    std::uint64_t arc = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && rest[digits] != '.'; ++digits) {
      const char c = rest[digits];
      if (c < '0' || c > '9' || arc > (1ULL << 56)) __builtin_trap();
      arc = arc * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (digits == 0 || digits + 1 == rest.size()) __builtin_trap();
    rest.remove_prefix(digits == rest.size() ? digits : digits + 1);
    return arc;
  }
  constexpr void append(std::uint64_t arc) {
    unsigned shift = 0;
    while (arc >> shift >= 0x80) shift += 7;
    for (; shift > 0; shift -= 7) put(static_cast<std::uint8_t>(0x80 | (arc >> shift & 0x7f)));
    put(static_cast<std::uint8_t>(arc & 0x7f));
  }
  constexpr void put(std::uint8_t byte) {
    if (size_ == bytes_.size()) __builtin_trap();
    bytes_[size_++] = byte;
  }

  ByteArray<24> bytes_{};
  std::size_t size_ = 0;
};

// Walks the whole of `in` and checks every rule above, into constructed
// elements, but not into the content of primitive ones. Exactly one element;
// it has depth 1.
[[nodiscard]] Result<void> check_strict(ByteView in, unsigned max_depth = 32);

// Reads elements one after another from the content of a constructed element,
// each by the rules above, but not into it. Offsets in errors count from the
// start of the content that the first Reader was made with.
class Reader {
 public:
  explicit Reader(ByteView content) : in_(content) {}
  [[nodiscard]] bool empty() const { return in_.empty(); }
  [[nodiscard]] Result<Element> next();
  [[nodiscard]] Result<Element> next(std::uint8_t tag);  // der_invalid when another tag stands there
  // The next element if it has this tag.
  [[nodiscard]] Result<std::optional<Element>> optional(std::uint8_t tag);
  [[nodiscard]] std::uint8_t peek() const { return in_.empty() ? 0 : in_[0]; }
  // A constructed element, opened.
  [[nodiscard]] Result<Reader> enter(std::uint8_t tag);
  [[nodiscard]] Result<void> finish() const;  // nothing may be left

 private:
  Reader(ByteView content, std::size_t offset) : in_(content), offset_(offset) {}

  ByteView in_;
  std::size_t offset_ = 0;
};

// One element that is all of `in`.
[[nodiscard]] Result<Element> parse_single(ByteView in, std::uint8_t tag);

// INTEGER content as an unsigned number; refuses negative and larger ones.
[[nodiscard]] Result<std::uint64_t> to_uint(const Element& integer);
// INTEGER content as unsigned big-endian bytes without leading zeros, left-padded to `width`.
[[nodiscard]] Result<Bytes> to_fixed(const Element& integer, std::size_t width);

// --- writing -------------------------------------------------------------------
[[nodiscard]] Bytes element(std::uint8_t tag, ByteView content);
[[nodiscard]] Bytes sequence(std::initializer_list<ByteView> parts);
[[nodiscard]] Bytes constructed(std::uint8_t tag, std::initializer_list<ByteView> parts);
[[nodiscard]] Bytes integer(std::uint64_t value);
[[nodiscard]] Bytes unsigned_integer(ByteView big_endian);  // adds the 00 that keeps it positive
[[nodiscard]] Bytes oid(const Oid& id);
[[nodiscard]] Bytes octet_string(ByteView content);
[[nodiscard]] Bytes bit_string(ByteView content);  // no unused bits
[[nodiscard]] Bytes boolean(bool value);
// Its content bytes, without header.
[[nodiscard]] Bytes oid_content(const Oid& id);

}  // namespace aipg::codec::der
