// SPDX-License-Identifier: Apache-2.0
// The one way to read binary input, and the one way to write it. Each read
// checks the length that is left; after a failed read every later one fails
// too, so a parser may read all its fields and ask ok() once. finish() refuses
// leftovers. Views borrow the input. Not for concurrent use.
#pragma once

#include <concepts>

#include "base/bytes.h"

namespace aipg {

class ByteReader {
 public:
  explicit ByteReader(ByteView in) : in_(in) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t left() const { return ok_ ? in_.size() - offset_ : 0; }
  // True when nothing failed and nothing is left.
  [[nodiscard]] bool finish() const { return ok_ && offset_ == in_.size(); }

  [[nodiscard]] ByteView take(std::size_t n) {
    if (n > left()) {
      ok_ = false;
      return {};
    }
    ByteView out = in_.subspan(offset_, n);
    offset_ += n;
    return out;
  }
  [[nodiscard]] ByteView rest() { return take(left()); }
  void skip(std::size_t n) { (void)take(n); }

  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array() {
    ByteArray<N> out{};
    if (ByteView from = take(N); ok_) std::copy(from.begin(), from.end(), out.begin());
    return out;
  }

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian(1)); }
  [[nodiscard]] std::uint16_t u16be() { return static_cast<std::uint16_t>(big_endian(2)); }
  [[nodiscard]] std::uint32_t u24be() { return static_cast<std::uint32_t>(big_endian(3)); }
  [[nodiscard]] std::uint32_t u32be() { return static_cast<std::uint32_t>(big_endian(4)); }
  [[nodiscard]] std::uint64_t u64be() { return big_endian(8); }
  [[nodiscard]] std::uint16_t u16le() { return static_cast<std::uint16_t>(little_endian(2)); }
  [[nodiscard]] std::uint32_t u24le() { return static_cast<std::uint32_t>(little_endian(3)); }
  [[nodiscard]] std::uint32_t u32le() { return static_cast<std::uint32_t>(little_endian(4)); }
  [[nodiscard]] std::uint64_t u64le() { return little_endian(8); }

 private:
  std::uint64_t big_endian(std::size_t n) {
    std::uint64_t value = 0;
    for (std::uint8_t b : take(n)) value = value << 8 | b;
    return value;
  }
  std::uint64_t little_endian(std::size_t n) {
    std::uint64_t value = 0;
    ByteView from = take(n);
    for (std::size_t i = from.size(); i-- > 0;) value = value << 8 | from[i];
    return value;
  }

  ByteView in_;
  std::size_t offset_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  ByteWriter& bytes(ByteView more) {
    append(out_, more);
    return *this;
  }
  ByteWriter& text(std::string_view more) { return bytes(as_bytes(more)); }
  ByteWriter& zeros(std::size_t n) {
    out_.resize(out_.size() + n);
    return *this;
  }
  ByteWriter& u8(std::uint8_t value) { return big_endian(value, 1); }
  ByteWriter& u16be(std::uint16_t value) { return big_endian(value, 2); }
  ByteWriter& u24be(std::uint32_t value) { return big_endian(value, 3); }
  ByteWriter& u32be(std::uint32_t value) { return big_endian(value, 4); }
  ByteWriter& u64be(std::uint64_t value) { return big_endian(value, 8); }
  ByteWriter& u16le(std::uint16_t value) { return little_endian(value, 2); }
  ByteWriter& u24le(std::uint32_t value) { return little_endian(value, 3); }
  ByteWriter& u32le(std::uint32_t value) { return little_endian(value, 4); }
  ByteWriter& u64le(std::uint64_t value) { return little_endian(value, 8); }

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] ByteView view() const { return out_; }
  [[nodiscard]] Bytes take() && { return std::move(out_); }

 private:
  ByteWriter& big_endian(std::uint64_t value, std::size_t n) {
    for (std::size_t i = n; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  ByteWriter& little_endian(std::uint64_t value, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }

  Bytes out_;
};

}  // namespace aipg
