// SPDX-License-Identifier: Apache-2.0
#include "client/chat_command.h"

#include <unistd.h>

#include "client/chat_output.h"
#include "client/collateral_input.h"
#include "client/connection.h"
#include "client/core/failure_text.h"
#include "client/talk.h"
#include "client/whole_file.h"
#include "codec/base64.h"
#include "program/terminal.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::ExitCode;

constexpr std::string_view kCommand = "aipg chat";
constexpr std::size_t kMaxPromptBytes = 16 << 20;

struct ChatSettings {
  ConnectionSettings connection;
  std::optional<std::string> prompt;
  std::string model, system;
  std::uint64_t max_tokens = 0;
  std::optional<double> temperature;
  bool no_stream = false, json = false;
  std::string padding = "p1";
  std::uint64_t recipients = 2;
  std::string save_attestation, save_question, save_answer;
  std::string history;
  std::vector<std::string> collateral;
};

void declare(program::Options& options, ChatSettings& settings) {
  options.user_file("chat");
  options.example("aipg chat \"What is the capital of France?\"", "ask whoever the gateway has");
  options.example("aipg chat --save-attestation proof.json --save-question q.json --save-answer a.json < letter.txt",
                  "keep everything that `aipg verify proof.json --question q.json --answer a.json` needs");
  options.example("aipg chat --json --no-stream --model smollm2-135m \"Hello\"",
                  "the API's answer, with the attestation in it");
  options.example("aipg chat", "a conversation, on a terminal; /help in it says what can be done");
  options.positional("PROMPT", &settings.prompt,
                     "the question; when left out, read from standard input, or a conversation on a terminal");
  options.group("Question");
  options.text("model", &settings.model, "who answers; the only model there is when left out");
  options.text("system", &settings.system, "how to answer").placeholder("TEXT");
  options.number("max_tokens", &settings.max_tokens, "longest answer; 0 leaves it to the worker", 1U << 30);
  options.real("temperature", &settings.temperature, "0 is the most predictable").placeholder("NUMBER");
  options.group("Answer");
  options.flag("no_stream", &settings.no_stream, "wait for the whole answer").flag_only();
  options.flag("json", &settings.json, "print the API's answer (an event stream, or one object with --no-stream)")
      .flag_only();
  options
      .text("save_attestation", &settings.save_attestation,
            "write the proof; nothing in it is secret, `aipg verify` reads it")
      .placeholder("FILE")
      .flag_only();
  options.text("save_question", &settings.save_question, "write the body that was sealed, to bind the proof to it")
      .placeholder("FILE")
      .flag_only();
  options.text("save_answer", &settings.save_answer, "write the answer's body, to bind the proof to it")
      .placeholder("FILE")
      .flag_only();
  options.group("Conversation");
  options
      .text("history", &settings.history,
            "keep what you write in this file, in clear, for the arrows of the next conversation; in memory when left "
            "out")
      .placeholder("FILE");
  declare_connection(options, settings.connection);
  options
      .text_list("collateral", &settings.collateral,
                 "what vendors publish, to judge workers by, besides what they bring; a saved proof carries it whole")
      .placeholder("FILE_OR_DIR")
      .flag_only();
  options.number("recipients", &settings.recipients, "seal to so many workers of different operators, 1 to 3", 3);
  options
      .text("padding", &settings.padding,
            "what sizes and times tell: p0 most, p1 less, p2 (of N KiB each 50 ms) the length to 0.8 s only")
      .choices({"p1", "p0", "p2", "p2:1", "p2:2", "p2:4", "p2:8", "p2:16", "p2:32", "p2:64"});
}

// The prompt, from wherever it comes.
std::expected<SecretBytes, Complaint> read_prompt(const ChatSettings& settings) {
  if (settings.prompt && *settings.prompt != "-") return SecretBytes(as_bytes(*settings.prompt));
  if (isatty(STDIN_FILENO) != 0 && !settings.prompt) {  // and standard output is not one, for a conversation
    return std::unexpected(Complaint{"no_prompt", "there is no question", "write it as: aipg chat \"…\""});
  }
  auto read = read_whole("-", kMaxPromptBytes);
  if (!read) {
    return std::unexpected(
        Complaint{read.error().code, "the question cannot be read from standard input", {}, ExitCode::cannot_read});
  }
  while (!read->empty() && read->reveal().back() == '\n') read->truncate(read->size() - 1);
  if (!read->empty()) return *std::move(read);
  return std::unexpected(Complaint{"no_prompt", "the question is empty", "write it as: aipg chat \"…\""});
}

// Of a whole answer, whose proof held.
Complaint not_finished(const Error& error) {
  const Unfit why = why_unfit(error.code);
  return {error.code, "the answer is genuine, but " + std::string(why.happened), std::string(why.advice),
          ExitCode::refused};
}

bool save(const std::string& path, ByteView bytes, Readable readable) {
  if (path.empty()) return true;
  if (write_whole(path, bytes, readable)) return true;
  (void)program::say(kCommand, {"file_unwritable", "cannot write " + path, {}, ExitCode::refused});
  return false;
}

// One run of the command, once its settings are read.
class Chat {
 public:
  Chat(const ChatSettings& settings, SecretBytes prompt, Connection& connection)
      : settings_(settings),
        prompt_(std::move(prompt)),
        connection_(connection),
        output_(settings.json ? ChatForm::json : ChatForm::text, {stdout, stderr, isatty(STDOUT_FILENO) != 0},
                !settings.save_answer.empty(), connection.clock(), [&connection] { connection.cancel(); }),
        model_(settings.model) {}

  net::Task<ExitCode> run() {
    if (model_.empty()) {
      if (const auto end = co_await pick_model()) co_return *end;
    }
    auto body = chat_body({.model = model_,
                           .system = settings_.system,
                           .prompt = prompt_.reveal_text(),
                           .stream = !settings_.no_stream,
                           .max_tokens = settings_.max_tokens,
                           .temperature = settings_.temperature});
    if (!body) {
      co_return program::say(kCommand, {body.error().code, "the question is not text in UTF-8; nothing was sent", {}});
    }
    auto answer = co_await connection_.session().ask(connection_.gateway(),
                                                     {.body = body->reveal(), .cache_salt = std::nullopt}, output_);
    if (!answer) co_return failed(answer.error());
    co_return finish(*answer, body->reveal());
  }

 private:
  ExitCode failed(const Failure& failure) {
    output_.end_line();
    // Whoever read our output went away: that is no failure to speak of.
    if (output_.write_failed()) return ExitCode::refused;
    const std::string text = explain(failure, {connection_.address(), model_, connection_.policy()});
    std::fwrite(text.data(), 1, text.size(), stderr);
    return exit_code(failure);
  }

  // The only model there is; otherwise says which there are.
  net::Task<std::optional<ExitCode>> pick_model() {
    const auto offered = co_await offered_models(connection_.session(), connection_.gateway());
    if (!offered) co_return failed(offered.error());
    const std::vector<std::string>& models = *offered;
    if (models.size() == 1) {
      model_ = models.front();
      co_return std::nullopt;
    }
    if (models.empty()) {
      co_return program::say(kCommand, {"no_confidential_worker", "the gateway lists no worker; nothing was sent",
                                        "ask its operator, or name another with --gateway", ExitCode::refused});
    }
    std::string list;
    for (const std::string& name : models) list += "\n  --model " + name;
    co_return program::say(
        kCommand, {"model_not_named", "there are several models; nothing was sent", "name the one you want:" + list});
  }

  ExitCode finish(const Answer& answer, ByteView question) {
    if (auto finished = output_.finish(attest::AttestationText(answer.attestation)); !finished) {
      output_.end_line();
      return program::say(kCommand, not_finished(finished.error()));
    }
    if (output_.write_failed()) return ExitCode::refused;
    const std::string attestation = attest::write_attestation(answer.attestation);
    const bool saved = save(settings_.save_attestation, as_bytes(attestation), Readable::by_all) &&
                       save(settings_.save_question, question, Readable::by_owner) &&
                       save(settings_.save_answer, output_.whole(), Readable::by_owner);
    say_proof(answer);
    if (answer.status != 200 || output_.error()) return engine_failed(answer);
    return saved ? ExitCode::done : ExitCode::refused;
  }

  void say_proof(const Answer& answer) const {
    std::string text = isatty(STDOUT_FILENO) != 0 ? "\n" : "";
    if (output_.cut_by_length()) text += "note      the answer reached its token limit (--max-tokens)\n";
    text += "proof     answer bound to worker " + answer.worker.entry.worker_id + ", receipt checked";
    if (!settings_.save_attestation.empty()) text += " · saved to " + settings_.save_attestation;
    text += "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
  }

  ExitCode engine_failed(const Answer& answer) const {
    const char* happened =
        answer.status == 200 ? "the engine failed while it answered" : "the worker could not answer this request";
    SecretBytes reason;
    append_for_terminal(reason, output_.error().value_or("it gave no reason"));
    return program::say(kCommand, {"engine_error", happened, std::string(reason.reveal_text()), ExitCode::refused});
  }

  const ChatSettings& settings_;
  SecretBytes prompt_;
  Connection& connection_;
  ChatOutput output_;
  std::string model_;
};

std::optional<Complaint> not_in_a_conversation(const ChatSettings& settings) {
  const bool saves =
      !settings.save_attestation.empty() || !settings.save_question.empty() || !settings.save_answer.empty();
  if (!saves && !settings.json) return std::nullopt;
  return Complaint{"invalid_option", std::string(saves ? "the --save options are" : "--json is") + " for one question",
                   "write the question as: aipg chat … \"…\"; in a conversation, /save FILE keeps all of it"};
}

TerminalLook look_of_terminal() {
  const auto environment = program::process_environment();
  const auto terminal = environment.find("TERM");
  const bool moves = terminal != environment.end() && !terminal->second.empty() && terminal->second != "dumb";
  return {.colour = moves && program::Paint(STDOUT_FILENO, environment).is_on(), .moves = moves};
}

ExitCode converse(const ChatSettings& settings, Connection& connection) {
  InputHistory history;
  if (!settings.history.empty()) {
    if (const auto kept = history.keep_in(settings.history); !kept) {
      return program::say(kCommand,
                          {kept.error().code, "the history cannot be kept in " + settings.history,
                           "it is a file of yours alone (chmod 600) that only --history wrote; name one that is not "
                           "there yet, and it is made",
                           ExitCode::cannot_read});
    }
  }
  Talk talk({.conversation = {.model = settings.model,
                              .stream = !settings.no_stream,
                              .max_tokens = settings.max_tokens,
                              .temperature = settings.temperature},
             .system = settings.system,
             .look = look_of_terminal()},
            connection, history);
  return talk.run();
}

}  // namespace

ExitCode chat_command(const std::vector<std::string>& args) {
  ChatSettings settings;
  program::Options options("aipg chat", "Asks, sealed to workers that were verified before anything is sent.");
  declare(options, settings);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const bool conversation = !settings.prompt && isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  SecretBytes prompt;
  if (conversation) {
    if (const auto broken = not_in_a_conversation(settings)) return program::say(kCommand, *broken);
  } else {
    auto read = read_prompt(settings);
    if (!read) return program::say(kCommand, read.error());
    prompt = *std::move(read);
  }
  auto collateral = read_collateral_files(settings.collateral);
  if (!collateral) return program::say(kCommand, collateral.error());
  const Sealing sealing{.recipients = static_cast<std::size_t>(settings.recipients),
                        .padding = *seal::parse_padding(settings.padding),
                        .collateral = *std::move(collateral),
                        // A proof that is kept is to need nothing else; one in an answer is to be small.
                        .whole_collateral = conversation || !settings.save_attestation.empty()};
  auto connection = Connection::open(settings.connection, sealing);
  if (!connection) return program::say(kCommand, connection.error());
  if (conversation) return converse(settings, **connection);
  Chat chat(settings, std::move(prompt), **connection);
  return (*connection)->run(chat.run());
}

}  // namespace aipg::client
