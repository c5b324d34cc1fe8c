// SPDX-License-Identifier: Apache-2.0
// What a sender remembers of a request until its answer is whole. Private to
// the sender's half.
#pragma once

#include "crypto/hpke.h"
#include "seal/sender.h"

namespace aipg::seal {

struct PendingAnswer::Secrets {
  struct Recipient {
    Hash256 kid{}, keyset_id{}, workload_hash{};
    ByteArray<32> receipt_key{};
    crypto::hpke::Context context;
  };
  std::vector<Recipient> recipients;
  ByteArray<16> request_id{};
  Hash256 transcript{};
  Hash256 request_hash{};  // req
  Hash256 question{};      // pq
  Secret32 request_salt;
  std::string model;
  Padding padding = Padding::p1;
};

}  // namespace aipg::seal
