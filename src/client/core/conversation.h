// SPDX-License-Identifier: Apache-2.0
// A conversation: what was asked and answered, whole and proven, and the body
// of the next question, which has all of it. An answer that was cut, cancelled
// or refused never becomes part of it, nor does its question. Holds content
// only in memory that is wiped. Pure; not for concurrent use.
#pragma once

#include <vector>

#include "client/core/chat.h"
#include "client/core/session.h"

namespace aipg::client {

// What was sealed and what came back, to bind the answer's proof to it.
struct Exchanged {
  SecretBytes question_body, answer_body;
  Answer answer;
};

struct Turn {
  std::string model;
  SecretBytes system;
  SecretBytes question, answer;
  Exchanged exchanged = {};
};

class Conversation {
 public:
  struct Settings {
    std::string model;
    bool stream = true;
    std::uint64_t max_tokens = 0;
    std::optional<double> temperature = std::nullopt;
  };
  // `salt`: what an engine may keep of these messages is found again by this conversation only.
  Conversation(Settings settings, Hash256 salt) : settings_(std::move(settings)), salt_(salt) {}

  [[nodiscard]] const std::string& model() const { return settings_.model; }
  void set_model(std::string name) { settings_.model = std::move(name); }
  [[nodiscard]] std::string_view system() const { return system_.reveal_text(); }
  void set_system(std::string_view text) { system_ = SecretBytes(as_bytes(text)); }
  [[nodiscard]] const Hash256& salt() const { return salt_; }
  [[nodiscard]] const std::vector<Turn>& turns() const { return turns_; }

  // The body that asks `question` after everything so far. Error: chat_not_utf8.
  [[nodiscard]] Result<SecretBytes> body(std::string_view question) const;
  // The answer came whole and is proven.
  void keep(Turn turn) { turns_.push_back(std::move(turn)); }
  // The last turn, which is no part of the conversation any more; nullopt when there is none.
  [[nodiscard]] std::optional<Turn> take_back();
  // Begins anew. Model and system message stay.
  void clear(Hash256 salt);

 private:
  Settings settings_;
  Hash256 salt_;
  SecretBytes system_;
  std::vector<Turn> turns_;
};

}  // namespace aipg::client
