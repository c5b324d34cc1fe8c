// SPDX-License-Identifier: Apache-2.0
// One answer of a conversation on a terminal: a line that says what was
// verified, before anything is sent; what is waited for, when that takes longer
// than a second; then the text as it arrives, without what could steer the
// terminal. Holds the answer until it is taken.
#pragma once

#include <cstdio>

#include "client/core/chat.h"
#include "client/core/session.h"
#include "client/core/sse.h"
#include "client/terminal_look.h"
#include "client/writer.h"
#include "net/timer.h"

namespace aipg::client {

class TurnOutput final : public AnswerSink {
 public:
  struct Terminal {
    std::FILE* out = stdout;
    TerminalLook look;
    bool told_simulated = false;  // that simulated hardware proves nothing, once in a conversation
  };
  // All of them must outlive it. `gone` is called once when the terminal takes no more.
  TurnOutput(net::Runtime& runtime, const Clock& clock, Terminal& terminal, std::function<void()> gone);

  void on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t suite) override;
  void on_head(unsigned status, const std::vector<codec::bhttp::Field>& fields) override;
  void on_content(ByteView bytes) override;

  // The answer is whole: what was held back is shown. Error: sse_event_too_large.
  [[nodiscard]] Result<void> finish();
  // Whatever came of it: nothing stays of the waiting, and what comes next begins on a line of its own.
  void end();

  [[nodiscard]] bool cut_by_length() const { return length_; }
  // The engine's, sealed and thus authentic.
  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }
  [[nodiscard]] SecretBytes take_text() { return std::move(text_); }
  [[nodiscard]] SecretBytes take_body() { return std::move(body_); }

 private:
  void tick();
  void stop_waiting();
  void show(const ChatPiece& piece);

  const Clock& clock_;
  Terminal& terminal_;
  Writer writer_;
  milliseconds started_;
  net::Timer timer_;
  const char* waits_for_;
  bool waiting_shown_ = false;
  bool is_stream_ = false, length_ = false, line_open_ = false;
  SseReader reader_;
  std::optional<Error> failed_;
  std::optional<std::string> error_;
  SecretBytes text_, body_;
};

}  // namespace aipg::client
