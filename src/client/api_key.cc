// SPDX-License-Identifier: Apache-2.0
#include "client/api_key.h"

#include <algorithm>

#include "client/child_process.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::ExitCode;
using Key = std::expected<std::string, Complaint>;

constexpr std::size_t kMaxKeyBytes = 512;
constexpr std::size_t kMaxOutputBytes = 4096;
// To a shell these mean something else than themselves.
constexpr std::string_view kForShells = "|&;<>()$`*?[]{}#~!\n";

// Splits one command; the quote that is open decides what a character means.
class Splitter {
 public:
  bool take(char c) {
    if (escaped_) {
      escaped_ = false;
      return add(c);
    }
    if (quote_ != 0) return take_quoted(c);
    if (c == '\\') return begin_escape();
    if (c == '\'' || c == '"') {
      quote_ = c;
      in_word_ = true;
      return true;
    }
    if (c == ' ' || c == '\t') return end_word();
    return !kForShells.contains(c) && add(c);
  }

  // nullopt when a quote is open, or nothing stands there at all.
  std::optional<std::vector<std::string>> finish() {
    end_word();
    if (quote_ != 0 || escaped_ || words_.empty()) return std::nullopt;
    return std::move(words_);
  }

 private:
  bool take_quoted(char c) {
    if (c == quote_) {
      quote_ = 0;
      return true;
    }
    if (quote_ == '\'') return add(c);
    if (c == '\\') return begin_escape();
    return c != '$' && c != '`' && add(c);
  }
  bool begin_escape() {
    escaped_ = true;
    in_word_ = true;
    return true;
  }
  bool add(char c) {
    word_ += c;
    in_word_ = true;
    return true;
  }
  bool end_word() {
    if (std::exchange(in_word_, false)) words_.push_back(std::exchange(word_, {}));
    return true;
  }

  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false, escaped_ = false;
  char quote_ = 0;
};

Complaint key_command_form() {
  return {"key_command_form", "the command for the API key is not one that can be run without a shell",
          "write a program and its arguments, like: pass show aipg\nfor more than that, name a script of yours"};
}

// Its first word only: nobody keeps people from writing a key into the others.
std::unexpected<Complaint> failed(const std::vector<std::string>& words, const std::string& how) {
  return std::unexpected(Complaint{"key_command_failed",
                                   "the command for the API key (" + words.front() + ") " + how + "; nothing was sent",
                                   "run it by itself to see what is wrong", ExitCode::cannot_read});
}

}  // namespace

bool is_api_key(std::string_view text) {
  return !text.empty() && text.size() <= kMaxKeyBytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Result<std::vector<std::string>> split_command(std::string_view command) {
  Splitter splitter;
  if (!std::ranges::all_of(command, [&](char c) { return splitter.take(c); })) return fail("key_command_form");
  auto words = splitter.finish();
  if (!words) return fail("key_command_form");
  return *std::move(words);
}

Key key_from_command(const std::string& command, milliseconds limit) {
  const auto words = split_command(command);
  if (!words) return std::unexpected(key_command_form());
  auto output = run_for_secret(*words, kMaxOutputBytes, limit);
  if (!output && output.error().code == Literal("child_timeout")) {
    return failed(*words, "did not end within " + std::to_string(limit.count() / 1000) + " s");
  }
  if (!output) return failed(*words, "could not be started");
  if (output->status != 0) return failed(*words, "ended with status " + std::to_string(output->status));
  const std::string_view text = output->text.reveal_text();
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (!is_api_key(line)) return failed(*words, "printed no API key in its first line");
  return std::string(line);
}

Key find_api_key(const std::string& api_key, const std::string& command) {
  if (api_key.empty() && !command.empty()) return key_from_command(command);
  if (api_key.empty() || is_api_key(api_key)) return api_key;
  return std::unexpected(Complaint{"api_key_form", "the API key has characters that no key has, or is too long",
                                   "`aipg login` stores it anew; AIPG_API_KEY may hold one too"});
}

}  // namespace aipg::client
