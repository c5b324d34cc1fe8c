// SPDX-License-Identifier: Apache-2.0
// Memory for keys, prompts and answers. Move-only, wiped on destruction, on
// move and on growth; cannot be printed or compared with ==. Reading goes
// through reveal(), so that every use can be found by searching for it.
// Compile-fail tests hold these promises. Not for concurrent use.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace aipg {

// Overwrites memory; the compiler may not leave it out.
void wipe(MutableByteView memory);

// A secret of fixed size, in place.
template <std::size_t N>
class SecretArray {
 public:
  SecretArray() = default;
  explicit SecretArray(ByteView from) {
    if (from.size() != N) __builtin_trap();
    std::copy(from.begin(), from.end(), bytes_.begin());
  }
  SecretArray(SecretArray&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  SecretArray& operator=(SecretArray&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
  ~SecretArray() { wipe(bytes_); }

  bool operator==(const SecretArray&) const = delete;

  [[nodiscard]] ByteView reveal() const { return bytes_; }
  [[nodiscard]] MutableByteView reveal_mutable() { return bytes_; }
  [[nodiscard]] static constexpr std::size_t size() { return N; }
  // Copying a secret is rare enough to be said.
  [[nodiscard]] SecretArray clone() const { return SecretArray(reveal()); }

 private:
  ByteArray<N> bytes_{};
};

using Secret32 = SecretArray<32>;

// A secret that grows: a prompt, an answer, a decrypted body. Its pages are
// locked into memory where the system allows it, and left out of core dumps.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(ByteView from) { append(from); }
  SecretBytes(SecretBytes&& other) noexcept { swap(other); }
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { release(); }

  bool operator==(const SecretBytes&) const = delete;

  void append(ByteView more);
  void append(std::string_view more) { append(as_bytes(more)); }
  // Makes room for n more bytes and returns it; they count as content at once.
  [[nodiscard]] MutableByteView extend(std::size_t n);
  void reserve(std::size_t capacity);
  // Drops bytes from the front or the back, wiping them.
  void drop_front(std::size_t n);
  void truncate(std::size_t size);
  void clear() { truncate(0); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] ByteView reveal() const { return {data_, size_}; }
  [[nodiscard]] MutableByteView reveal_mutable() { return {data_, size_}; }
  [[nodiscard]] std::string_view reveal_text() const { return as_text(reveal()); }
  [[nodiscard]] SecretBytes clone() const { return SecretBytes(reveal()); }

 private:
  void swap(SecretBytes& other) noexcept;
  void release() noexcept;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace aipg
