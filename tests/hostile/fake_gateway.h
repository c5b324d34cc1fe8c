// SPDX-License-Identifier: Apache-2.0
// A gateway that a worker has dialled: can say what an honest one says, carry
// an honest client's jobs, and do what a test wants.
#pragma once

#include "link_peer.h"
#include "sealing.h"

namespace aipg::hostile {

class FakeGateway {
 public:
  // The next link that the worker makes, up to its 101.
  explicit FakeGateway(Listener& listener) : peer(LinkPeer::answer(listener.accept())) {}
  // A connection on which nothing was said.
  explicit FakeGateway(Wire wire) : peer(LinkPeer::silent(std::move(wire))) {}

  void greet();
  // And answers the registration that follows. False when none comes.
  bool welcome();
  // The hash of the manifest that the worker proves to run.
  [[nodiscard]] Hash256 workload_hash();

  // --- jobs ---
  [[nodiscard]] std::uint32_t next_stream() { return ++last_stream_; }
  [[nodiscard]] seal::SealedRequest seal(std::string_view question, bool stream = false);
  // OPEN, the request as far as it is here, END.
  [[nodiscard]] static Bytes job(std::uint32_t stream, ByteView request, bool end = true);
  struct Outcome {
    std::string refused;  // the code
    Opened opened;
    bool reset = false;
  };
  // Opens a stream for it, and stays until it is over; acknowledges what has ended.
  [[nodiscard]] Outcome carry(std::string_view question, bool stream = false);
  // Of a stream that was opened: grants credit, and waits until the worker has said its last word.
  [[nodiscard]] Outcome finish(std::uint32_t stream, std::unique_ptr<seal::PendingAnswer> pending);
  [[nodiscard]] std::string refusal_of(ByteView request);

  LinkPeer peer;
  attest::Keyset keyset;

 private:
  [[nodiscard]] bool over(std::uint32_t stream) const;

  Sealing sealing_;
  std::optional<Hash256> workload_hash_;  // once it was needed
  std::uint32_t last_stream_ = 0;
};

}  // namespace aipg::hostile
