// SPDX-License-Identifier: Apache-2.0
// The inside of AnswerSealer. Private to the recipient's half.
#pragma once

#include "seal/chunk_stream.h"
#include "seal/recipient.h"

namespace aipg::seal {

struct AnswerSealer::State {
  State(const ResponsePreamble& preamble_in, const Secret32& prk, Padding padding_in)
      : preamble(preamble_in), padding(padding_in), chunks(response_keys(prk)), salt(response_salt(prk)) {}

  enum class Phase : std::uint8_t { fresh, open, done };

  ResponsePreamble preamble;
  Padding padding;
  ChunkSealer chunks;
  Secret32 salt;
  std::optional<crypto::HmacSha256> answer;
  crypto::Sha256 hash;  // rpre ‖ chunks before the last
  std::uint64_t sealed = 0;
  SecretBytes pending;  // BHTTP bytes not sealed yet
  Receipt receipt;      // what is known of it before the end
  // Shared with the ring, which may wipe the keyset's other keys before this answer ends.
  std::shared_ptr<const KeysetSecrets> keyset;
  Phase phase = Phase::fresh;
  bool preamble_sent = false;

  [[nodiscard]] Bytes take_preamble();  // once; empty from then on
  void seal(ByteView content, Bytes& out);
  void seal_tick(ByteView& content, Bytes& out);
  void seal_pending(Bytes& out);
  void add_piece(ByteView bytes);
  // At a constant rate the last chunk comes at a multiple, and only once nothing else waits.
  [[nodiscard]] bool may_end() const;
  void complete_receipt(const Usage& usage, Instant now);
};

}  // namespace aipg::seal
