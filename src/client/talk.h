// SPDX-License-Identifier: Apache-2.0
// `aipg chat` as a conversation: a person at a terminal, one session, one
// connection. Ctrl-C cancels the answer under way, at worker and engine too;
// its question then is no part of the conversation, nor is a cut or refused
// answer. Failures are said, and the question stands in the line again.
#pragma once

#include "client/connection.h"
#include "client/core/conversation.h"
#include "client/line_input.h"
#include "client/turn.h"

namespace aipg::client {

class Talk {
 public:
  struct Settings {
    Conversation::Settings conversation;
    std::string system;
    TerminalLook look;
  };
  // Both must outlive it.
  Talk(Settings settings, Connection& connection, InputHistory& history);

  // To the end of the person's input, or SIGTERM. 1 and 3 only when it cannot begin.
  [[nodiscard]] program::ExitCode run();

 private:
  struct Command;
  static const std::vector<Command>& commands();

  // talk.cc
  void attend_signals();
  [[nodiscard]] std::optional<program::ExitCode> begin();
  void answer_to(std::string_view text);
  void ask(std::string_view question);
  // Runs the task; Ctrl-C cancels it.
  template <typename T>
  [[nodiscard]] T wait(net::Task<T> task);
  [[nodiscard]] Outcome<std::vector<std::string>> models();
  [[nodiscard]] FailureContext context() const {
    return {connection_.address(), conversation_.model(), connection_.policy()};
  }
  void say(std::string_view text) const;
  void hint(std::string_view text) const { say(dimmed(text, terminal_.look) + "\n"); }

  // talk_commands.cc
  void obey(std::string_view text);
  void help(std::string_view) const;
  void save(std::string_view argument, bool replace) const;
  void verdict() const;
  void set_model(std::string_view name);
  void set_system(std::string_view text);
  void retry();
  void clear();

  Connection& connection_;
  InputHistory& history_;
  Conversation conversation_;
  TurnOutput::Terminal terminal_;
  LineInput input_;
  SecretBytes last_question_;
  bool last_kept_ = false;  // its answer is the last turn
  bool asking_ = false, over_ = false;
};

}  // namespace aipg::client
