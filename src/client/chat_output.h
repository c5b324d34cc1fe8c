// SPDX-License-Identifier: Apache-2.0
// Where an answer goes as it arrives: text or the API's own bytes to stdout,
// what was verified (core/verdict_line.h) to stderr before anything is sent.
#pragma once

#include <cstdio>
#include <functional>

#include "client/core/chat.h"
#include "client/core/insertion.h"
#include "client/core/session.h"
#include "client/writer.h"

namespace aipg::client {

enum class ChatForm : std::uint8_t {
  text,  // what the model says
  json,  // the API's answer, with the attestation in it
};

class ChatOutput final : public AnswerSink {
 public:
  struct Streams {
    std::FILE* out = stdout;
    std::FILE* err = stderr;
    bool terminal = false;  // `out` is one
  };
  // `keep`: hold the answer's bytes for whole(). `gone` is called once when `out` takes no more.
  ChatOutput(ChatForm form, Streams streams, bool keep, const Clock& clock, std::function<void()> gone);

  void on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t suite) override;
  void on_head(unsigned status, const std::vector<codec::bhttp::Field>& fields) override;
  void on_content(ByteView bytes) override;

  // The answer is whole: what was held back goes out. Errors: those of core/insertion.h; answer_too_large, of one
  // that has to be held and is over kMaxHeldAnswerBytes.
  [[nodiscard]] Result<void> finish(const attest::AttestationText& attestation);
  // After a failure: text that was begun ends with its line.
  void end_line();

  [[nodiscard]] bool cut_by_length() const { return length_; }
  // The engine's, sealed and thus authentic.
  [[nodiscard]] const std::optional<std::string>& error() const { return error_; }
  [[nodiscard]] ByteView whole() const { return whole_.reveal(); }
  [[nodiscard]] bool write_failed() const { return writer_.failed(); }

 private:
  void write(ByteView bytes);
  void hold(ByteView bytes);
  void show(const ChatPiece& piece);

  ChatForm form_;
  Streams streams_;
  bool keep_;
  const Clock& clock_;
  Writer writer_;
  bool is_stream_ = false;
  SseReader reader_;
  StreamInserter inserter_;
  std::optional<Error> failed_;
  SecretBytes whole_;
  bool length_ = false, line_open_ = false;
  std::optional<std::string> error_;
};

}  // namespace aipg::client
