// SPDX-License-Identifier: Apache-2.0
// What a conversation does when it is told to by a line that begins with a slash.
#include <cstdlib>

#include "client/core/conversation_file.h"
#include "client/core/conversation_input.h"
#include "client/talk.h"
#include "client/whole_file.h"
#include "program/nearest.h"

namespace aipg::client {
namespace {

constexpr std::size_t kCommandColumn = 16;

std::string expand_home(std::string_view path) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || !path.starts_with("~/")) return std::string(path);
  return home + std::string(path.substr(1));
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  const auto meant = program::nearest(wrong, known);
  return meant ? "did you mean " + *meant + "?" : "";
}

// A name that a person wrote, or somebody else has, safe to show.
std::string shown(std::string_view text) {
  SecretBytes out;
  append_for_terminal(out, text);
  return std::string(out.reveal_text());
}

std::string with_newline(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

}  // namespace

struct Talk::Command {
  std::string_view name, argument, help;
  void (*run)(Talk&, std::string_view argument);
};

const std::vector<Talk::Command>& Talk::commands() {
  static const std::vector<Command> all{
      {"help", "", "this list", [](Talk& talk, std::string_view) { talk.help({}); }},
      {"save", "FILE", "write the conversation, each answer with its attestation; FILE.json is for programs",
       [](Talk& talk, std::string_view file) { talk.save(file, false); }},
      {"save!", "FILE", "the same, in the place of a file that is there",
       [](Talk& talk, std::string_view file) { talk.save(file, true); }},
      {"verdict", "", "what was verified of the last answer's worker, and what its attestation proves",
       [](Talk& talk, std::string_view) { talk.verdict(); }},
      {"model", "NAME", "who answers from now on; without NAME, who could",
       [](Talk& talk, std::string_view name) { talk.set_model(name); }},
      {"system", "TEXT", "how to answer from now on; - takes it back",
       [](Talk& talk, std::string_view text) { talk.set_system(text); }},
      {"retry", "", "ask the last question again, in the place of its answer",
       [](Talk& talk, std::string_view) { talk.retry(); }},
      {"clear", "", "begin anew", [](Talk& talk, std::string_view) { talk.clear(); }},
      {"quit", "", "end, as Ctrl-D does", [](Talk& talk, std::string_view) { talk.over_ = true; }}};
  return all;
}

void Talk::obey(std::string_view text) {
  const SaidCommand said = read_command(text);
  for (const Command& command : commands()) {
    if (command.name == said.name) return command.run(*this, said.argument);
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) names.push_back("/" + std::string(command.name));
  const std::string wrong = "/" + shown(said.name);
  const std::string meant = did_you_mean(wrong, names);
  say(wrong + " is no command; " + (meant.empty() ? "/help lists them" : meant) +
      "\n  text that begins with a slash is sent with two: /" + wrong + "\n");
  input_.offer(text);
}

void Talk::help(std::string_view) const {
  std::string out;
  for (const Command& command : commands()) {
    std::string left = "  /" + std::string(command.name) + " " + std::string(command.argument);
    left.resize(std::max(left.size(), kCommandColumn), ' ');
    out += left + "  " + std::string(command.help) + "\n";
  }
  out +=
      "  Enter sends. A line goes on after a \\ at its end, in a ``` block, and with Ctrl-J; a pasted block is one\n"
      "  message. Alt-Enter sends as it is. Up and down bring back what was said, Ctrl-R searches it.\n"
      "  Ctrl-C drops the line, or cancels the answer. Text that begins with a slash is sent with two.\n";
  say(out);
}

void Talk::save(std::string_view argument, bool replace) const {
  const std::string path = expand_home(argument);
  const std::size_t count = conversation_.turns().size();
  if (path.empty()) return say("/save wants a file: /save conversation.json\n");
  if (count == 0) return say("There is no answer yet; nothing was written.\n");
  const Instant now = connection_.clock().now();
  const SecretBytes content =
      path.ends_with(".json") ? conversation_json(conversation_, now) : conversation_text(conversation_, now);
  const auto written = replace ? replace_whole(path, content.reveal()) : create_private(path, content.reveal());
  if (written) {
    return say("saved " + shown(path) + ", for your eyes only: " + std::to_string(count) +
               (count == 1 ? " answer with its attestation\n" : " answers with their attestations\n"));
  }
  if (written.error().code == Literal("file_exists")) {
    return say(shown(path) + " is there already and was not touched; /save! " + shown(argument) + " replaces it\n");
  }
  say("cannot write " + shown(path) + " (" + std::string(written.error().code.view()) + ")\n");
}

void Talk::verdict() const {
  if (conversation_.turns().empty()) return say("There is no answer yet.\n");
  const Exchanged& last = conversation_.turns().back().exchanged;
  const attest::BoundExchange bound{last.question_body.reveal(), last.answer.status, last.answer_body.reveal()};
  say("worker " + shown(last.answer.worker.entry.worker_id) + ", as verified before it was asked\n" +
      with_newline(attest::to_text(last.answer.worker.appraisal.verdict, false)) +
      "\nits answer's attestation, with question and answer, as anybody can judge it later\n" +
      with_newline(attest::to_text(connection_.session().verify(last.answer.attestation, bound), false)));
}

void Talk::set_model(std::string_view name) {
  const auto offered = models();
  if (!offered) return say(explain(offered.error(), context()));
  if (std::ranges::find(*offered, name) != offered->end()) {
    conversation_.set_model(std::string(name));
    return hint(std::string(name) + " answers from now on");
  }
  if (!name.empty()) {
    const std::string meant = did_you_mean(name, *offered);
    say("Nobody offers " + shown(name) + "; " + (meant.empty() ? "these are offered:" : meant) + "\n");
  }
  for (const std::string& each : *offered) {
    say("  /model " + shown(each) + (each == conversation_.model() ? "   answers now\n" : "\n"));
  }
}

void Talk::set_system(std::string_view text) {
  if (text.empty()) {
    const std::string_view now = conversation_.system();
    if (now.empty()) return say("There is no system message; /system TEXT sets one.\n");
    SecretBytes safe;
    append_for_terminal(safe, now);
    safe.append("\n");
    return say(safe.reveal_text());
  }
  conversation_.set_system(text == "-" ? std::string_view() : text);
  hint(text == "-" ? "no system message from now on" : "the system message from now on");
}

void Talk::retry() {
  if (last_question_.empty()) return say("Nothing was asked yet.\n");
  const SecretBytes question = last_question_.clone();
  std::optional<Turn> last;
  if (last_kept_) last = conversation_.take_back();
  ask(question.reveal_text());
  // An answer that was had is given up only for another one.
  if (!last || last_kept_) return;
  conversation_.keep(*std::move(last));
  last_kept_ = true;
}

void Talk::clear() {
  conversation_.clear(connection_.rng().array<32>());
  last_question_.clear();
  last_kept_ = false;
  hint("a new conversation");
}

}  // namespace aipg::client
