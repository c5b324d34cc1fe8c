// SPDX-License-Identifier: Apache-2.0
// One answer on its way out: gathers what the engine produces, seals it when
// its padding class says so, and sends as credit allows. A producer waits while
// more than a bound is gathered, so a slow client or a constant rate slows the
// engine down.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "link/connection.h"
#include "net/runtime.h"
#include "seal/paced_answer.h"
#include "worker/engine_event.h"
#include "worker/keysets.h"

namespace aipg::worker {

class AnswerWriter {
 public:
  // Ticks are counted from `start`, when the last request chunk had verified; receipts have the keysets' worker time,
  // which fits the keyset's window whatever becomes of the guest's clock. The connection is shared with the
  // link's owner: it stays usable, though silent, after the link ended. `on_end_sent`: END is on its way, and a gateway
  // may count on what that frees.
  AnswerWriter(net::Runtime& runtime, const Clock& clock, const Keysets& keysets,
               std::shared_ptr<link::Connection> connection, std::uint32_t stream, seal::AnswerSealer sealer,
               seal::Padding padding, milliseconds start, std::function<void()> on_end_sent);

  // Once, before any content.
  void begin(unsigned status, std::string_view content_type);
  [[nodiscard]] bool begun() const { return answer_.begun(); }
  // Content is appended here, then announced; it is sealed and wiped from here.
  [[nodiscard]] SecretBytes& gathered() { return answer_.gathered(); }
  // False when the job was cancelled: stop producing.
  [[nodiscard]] net::Task<bool> announce();
  // No more content; the receipt will say these tokens.
  void finish(const Tokens& tokens);

  // Sends until END is out or the job is cancelled. Spawned once; done() waits for its end.
  [[nodiscard]] net::Task<void> run();
  [[nodiscard]] net::Task<void> done();
  // As sent with END; empty until that is out.
  [[nodiscard]] const std::string& receipt() const { return receipt_; }

  void on_credit() { changed_.notify_all(); }  // or on room in the link's socket
  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  [[nodiscard]] net::Task<void> wait_for_tick();
  [[nodiscard]] net::Task<bool> send(ByteView wire);

  const Clock& clock_;
  const Keysets& keysets_;
  std::shared_ptr<link::Connection> connection_;
  const std::uint32_t stream_;
  seal::PacedAnswer answer_;
  const std::function<void()> on_end_sent_;

  std::string receipt_;
  bool cancelled_ = false, over_ = false;
  net::Event changed_;  // content, end, credit, cancelled
  net::Event room_;     // gathered() has less, or the end
  net::Event ended_;    // over: who waits for that goes on when what was sent last is with the system
  net::Event stopped_;  // cancelled: nobody waits for a tick any more
};

}  // namespace aipg::worker
