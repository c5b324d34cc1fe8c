// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM with a key set once and a nonce per message: base XOR the
// message's number as a 96-bit big-endian integer. A number is used once by
// construction: the object counts. Not for concurrent use.
#pragma once

#include <initializer_list>
#include <memory>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::crypto {

inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kAeadNonceBytes = 12;

class AeadSealer {
 public:
  AeadSealer(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce);
  AeadSealer(AeadSealer&&) noexcept;
  AeadSealer& operator=(AeadSealer&&) noexcept;
  ~AeadSealer();
  // Seals the pieces' concatenation, each read where it lies; writes their bytes + 16 to `out`, which may start at the
  // data of a single piece.
  void seal(ByteView aad, std::initializer_list<ByteView> plaintext, MutableByteView out);
  void seal(ByteView aad, ByteView plaintext, MutableByteView out) { seal(aad, {plaintext}, out); }
  [[nodiscard]] std::uint64_t count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class AeadOpener {
 public:
  AeadOpener(const Secret32& key, const SecretArray<kAeadNonceBytes>& base_nonce);
  AeadOpener(AeadOpener&&) noexcept;
  AeadOpener& operator=(AeadOpener&&) noexcept;
  ~AeadOpener();
  // Writes ciphertext.size() − 16 bytes to `out`, which may start at
  // ciphertext.data(). On failure `out` holds nothing and the object stays
  // failed. Error: aead_open_failed.
  [[nodiscard]] Result<void> open(ByteView aad, ByteView ciphertext, MutableByteView out);
  [[nodiscard]] std::uint64_t count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aipg::crypto
