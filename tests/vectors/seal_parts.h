// SPDX-License-Identifier: Apache-2.0
// From vectors to the seal's own types, and the seal's types as vectors show them.
#pragma once

#include "crypto/hpke_recipient.h"
#include "seal/keys.h"
#include "seal/preamble.h"
#include "seal/receipt.h"
#include "seal/recipient.h"
#include "seal/sender.h"
#include "value.h"

namespace aipg::vectors {

struct Holder {
  std::shared_ptr<seal::KeysetSecrets> secrets;
  Hash256 workload_hash{};
};
// {suite, seed, keyset_id, workload_hash, receipt_seed}: what one worker holds.
[[nodiscard]] Holder make_holder(const Value& of, crypto::hpke::Suite suite);
[[nodiscard]] crypto::hpke::KeyPair key_pair(const Value& of, crypto::hpke::Suite suite);
[[nodiscard]] crypto::hpke::Suite suite_of(const Value& input);

[[nodiscard]] seal::Routing make_routing(const Value& of);

// What a "seal" vector's input says, ready to be sealed.
struct Question {
  seal::SealRequest request;
  std::string body;  // request.body is a view of it
  Bytes random;      // what sealing draws, in order

  Question() = default;
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
};
[[nodiscard]] std::unique_ptr<Question> make_question(const Value& input);

[[nodiscard]] Value receipt_value(const seal::Receipt& receipt);

// The chunks in `wire`, opened: header, nonce, plaintext, ciphertext.
[[nodiscard]] Value chunk_values(ByteView wire, const seal::TrafficKeys& keys);
// prk's keys as vectors show them.
void set_keys(Value& out, const seal::TrafficKeys& keys);

}  // namespace aipg::vectors
