// SPDX-License-Identifier: Apache-2.0
#include "client/talk.h"

#include <unistd.h>

#include <csignal>

#include "client/core/conversation_input.h"

namespace aipg::client {

using program::ExitCode;

Talk::Talk(Settings settings, Connection& connection, InputHistory& history)
    : connection_(connection),
      history_(history),
      conversation_(std::move(settings.conversation), connection.rng().array<32>()),
      terminal_({.look = settings.look}),
      input_({.look = settings.look,
              .wait = [&connection] { return connection.runtime().run_until_readable(STDIN_FILENO); },
              .is_over = [this] { return over_; }},
             history) {
  conversation_.set_system(settings.system);
}

ExitCode Talk::run() {
  attend_signals();
  if (const auto end = begin()) return *end;
  while (const auto text = input_.read()) {
    if (!text->empty()) answer_to(text->reveal_text());
    if (over_) break;
  }
  say("\n");
  connection_.keep_evidence();
  return ExitCode::done;
}

void Talk::attend_signals() {
  net::Runtime& runtime = connection_.runtime();
  runtime.on_terminate([this, &runtime](int count) {
    if (count > 1) _exit(static_cast<int>(ExitCode::refused));
    over_ = true;
    asking_ ? connection_.cancel() : runtime.stop();
  });
  runtime.on_signal(SIGINT, [this] {
    if (asking_) connection_.cancel();
  });
  runtime.on_signal(SIGWINCH, [this, &runtime] {
    input_.resized();
    if (!asking_) runtime.stop();
  });
  runtime.on_signal(SIGCONT, [this, &runtime] {
    input_.resumed();
    if (!asking_) runtime.stop();
  });
}

// With the only model that there is, where none was named.
std::optional<ExitCode> Talk::begin() {
  if (conversation_.model().empty()) {
    const auto offered = models();
    if (!offered) {
      say(explain(offered.error(), context()));
      return exit_code(offered.error());
    }
    if (offered->empty()) {
      say("The gateway lists no worker.\n  ask its operator, or name another with "
          "--gateway\n(no_confidential_worker)\n");
      return ExitCode::refused;
    }
    if (offered->size() == 1) conversation_.set_model(offered->front());
  }
  const std::string& model = conversation_.model();
  hint((model.empty() ? "No model is chosen yet: /model lists them" : model + " at " + connection_.address()) +
       " · /help says what can be done, Ctrl-D ends");
  return std::nullopt;
}

void Talk::answer_to(std::string_view text) {
  if (const auto added = history_.add(text); !added) {
    hint("the history's file cannot be written (" + std::string(added.error().code.view()) + ")");
  }
  if (is_command(text)) return obey(text);
  ask(read_message(text));
}

void Talk::ask(std::string_view question) {
  last_question_ = SecretBytes(as_bytes(question));
  last_kept_ = false;
  if (conversation_.model().empty()) {
    input_.offer(question);
    return set_model({});
  }
  TurnOutput output(connection_.runtime(), connection_.clock(), terminal_, [this] { connection_.cancel(); });
  const auto unanswered =
      wait(ask_turn(connection_.session(), connection_.gateway(), conversation_, question, output, context()));
  if (!unanswered) {
    last_kept_ = true;
    if (output.cut_by_length()) hint("the answer reached its token limit (--max-tokens)");
    return;
  }
  say(unanswered->text);
  if (!unanswered->cancelled) return input_.offer(question);
  hint("not part of the conversation; /retry asks again");
}

template <typename T>
T Talk::wait(net::Task<T> task) {
  connection_.renew();
  asking_ = true;
  net::Runtime& runtime = connection_.runtime();
  std::optional<T> result;
  runtime.spawn([](net::Runtime& loop, net::Task<T> body, std::optional<T>& out) -> net::Task<void> {
    out.emplace(co_await std::move(body));
    loop.stop();
  }(runtime, std::move(task), result));
  while (!result) runtime.run();
  asking_ = false;
  return *std::move(result);
}

Outcome<std::vector<std::string>> Talk::models() {
  return wait(offered_models(connection_.session(), connection_.gateway()));
}

void Talk::say(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace aipg::client
