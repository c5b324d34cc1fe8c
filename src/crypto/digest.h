// SPDX-License-Identifier: Apache-2.0
// SHA-2, HMAC-SHA256 and HKDF-SHA256 (RFC 5869).
#pragma once

#include <initializer_list>
#include <memory>

#include "base/secret.h"

namespace aipg::crypto {

using Hash384 = ByteArray<48>;
using Hash512 = ByteArray<64>;

// The digest of the parts' concatenation.
[[nodiscard]] Hash256 sha256(ByteView in);
[[nodiscard]] Hash256 sha256(std::initializer_list<ByteView> parts);
[[nodiscard]] Hash384 sha384(ByteView in);
[[nodiscard]] Hash384 sha384(std::initializer_list<ByteView> parts);
[[nodiscard]] Hash512 sha512(std::initializer_list<ByteView> parts);

// Incremental SHA-256. snapshot() leaves it able to go on.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  ~Sha256();
  void update(ByteView more);
  [[nodiscard]] Hash256 snapshot() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Incremental SHA-384, for files too large to hold.
class Sha384 {
 public:
  Sha384();
  ~Sha384();
  void update(ByteView more);
  [[nodiscard]] Hash384 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Incremental HMAC-SHA256.
class HmacSha256 {
 public:
  explicit HmacSha256(ByteView key);
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  ~HmacSha256();
  void update(ByteView more);
  [[nodiscard]] Hash256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
[[nodiscard]] Hash256 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);

// Extract(salt, ikm) and Expand(prk, info, n) of HKDF-SHA256. n ≤ 8160.
[[nodiscard]] Secret32 hkdf_extract(ByteView salt, ByteView ikm);
void hkdf_expand(ByteView prk, std::initializer_list<ByteView> info, MutableByteView out);
template <std::size_t N>
[[nodiscard]] SecretArray<N> hkdf_expand(ByteView prk, std::initializer_list<ByteView> info) {
  SecretArray<N> out;
  hkdf_expand(prk, info, out.reveal_mutable());
  return out;
}

}  // namespace aipg::crypto
