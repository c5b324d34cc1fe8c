// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <openssl/rand.h>

namespace aipg::crypto {

void SystemRng::fill(MutableByteView out) {
  if (RAND_bytes(out.data(), out.size()) != 1) __builtin_trap();
}

void ScriptedRng::fill(MutableByteView out) {
  if (out.size() > script_.size() - at_) __builtin_trap();
  std::copy_n(script_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(), out.begin());
  at_ += out.size();
}

}  // namespace aipg::crypto
