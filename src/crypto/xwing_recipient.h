// SPDX-License-Identifier: Apache-2.0
// X-Wing, the recipient's half. A private key is its 32-byte seed; expanding it
// takes nearly a third of opening with it, so that is done once. The expanded
// key is wiped at its end. Pure; decapsulating is for any thread.
#pragma once

#include <memory>
#include <optional>

#include "crypto/xwing.h"

namespace aipg::crypto::xwing {

class DecapsulationKey {
 public:
  explicit DecapsulationKey(const Secret32& seed);
  DecapsulationKey(DecapsulationKey&& other) noexcept;
  DecapsulationKey& operator=(DecapsulationKey&& other) noexcept;
  ~DecapsulationKey();

  [[nodiscard]] ByteView public_key() const;  // kPublicKeyBytes
  // nullopt: wrong size, or an X25519 point of low order. A damaged ML-KEM part gives another secret (implicit
  // rejection).
  [[nodiscard]] std::optional<Secret32> decapsulate(ByteView ciphertext) const;

 private:
  struct Expanded;
  std::unique_ptr<const Expanded> expanded_;
};

}  // namespace aipg::crypto::xwing
