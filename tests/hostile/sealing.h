// SPDX-License-Identifier: Apache-2.0
// An honest client's half of the seal, without the verifying of evidence, which
// other tests are about.
#pragma once

#include <memory>
#include <string>

#include "attest/keyset.h"
#include "crypto/random.h"
#include "seal/sender.h"

namespace aipg::hostile {

inline constexpr std::string_view kChatPath = "/v1/chat/completions";

struct Opened {
  unsigned status = 0;
  std::string body;
  std::string failure;  // empty: it is whole, and its receipt verifies
  std::uint64_t tokens_in = 0, tokens_out = 0;
};

// Whom a request is sealed to.
struct Recipient {
  attest::Keyset keyset;
  Hash256 workload_hash{};
};

class Sealing {
 public:
  [[nodiscard]] seal::SealedRequest seal(const Recipient& to, std::string_view model, std::string_view question,
                                         bool stream = false);
  [[nodiscard]] static Opened open(std::unique_ptr<seal::PendingAnswer> pending, ByteView answer);

 private:
  crypto::SystemRng rng_;
};

}  // namespace aipg::hostile
