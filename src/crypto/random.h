// SPDX-License-Identifier: Apache-2.0
// Randomness as a parameter: programs pass SystemRng, vectors and tests a
// scripted one. A generator that cannot deliver stops the program.
#pragma once

#include "base/secret.h"

namespace aipg::crypto {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual void fill(MutableByteView out) = 0;

  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array() {
    ByteArray<N> out;
    fill(out);
    return out;
  }
  template <std::size_t N>
  [[nodiscard]] SecretArray<N> secret() {
    SecretArray<N> out;
    fill(out.reveal_mutable());
    return out;
  }
};

// The library's generator. Threads: any.
class SystemRng final : public Rng {
 public:
  void fill(MutableByteView out) override;
};

// Hands out the given bytes in order, for vectors; asking for more stops the program.
class ScriptedRng final : public Rng {
 public:
  explicit ScriptedRng(Bytes script) : script_(std::move(script)) {}
  void fill(MutableByteView out) override;
  [[nodiscard]] bool exhausted() const { return at_ == script_.size(); }

 private:
  Bytes script_;
  std::size_t at_ = 0;
};

}  // namespace aipg::crypto
