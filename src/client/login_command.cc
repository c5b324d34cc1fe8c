// SPDX-License-Identifier: Apache-2.0
#include "client/login_command.h"

#include <fmt/core.h>

#include "client/api_key.h"
#include "client/ask_secret.h"
#include "client/config_edit.h"
#include "client/connection.h"
#include "client/key_check.h"
#include "program/user_file.h"

namespace aipg::client {
namespace {

using program::Complaint;
using program::Environment;
using program::ExitCode;
template <typename T>
using Asked = std::expected<T, Complaint>;

constexpr std::string_view kCommand = "aipg login";

struct LoginSettings {
  std::string gateway{kDefaultGateway};
  std::string ca, key_command;
};

Complaint no_home() {
  return {"no_home", "there is no home folder, so there is no file of settings",
          "set HOME or XDG_CONFIG_HOME, or name a file with --config", ExitCode::cannot_read};
}

Asked<std::string> ask_key(const std::string& gateway) {
  const auto typed = ask_secret("API key for " + gateway + " (not shown): ");
  if (!typed) {
    return std::unexpected(Complaint{"key_not_given", "no API key was given; nothing was changed",
                                     "type or paste it, or send it on standard input, or name a program that prints "
                                     "it with --key-command"});
  }
  if (is_api_key(typed->reveal_text())) return std::string(typed->reveal_text());
  return std::unexpected(Complaint{"api_key_form", "that is no API key: it has a space or another odd character in it",
                                   "copy it as it was shown when it was made; nothing was changed"});
}

// What the gateway says; its own event loop, as nothing else is to be done.
Asked<KeyCheck> ask_gateway(const LoginSettings& settings, const std::string& key) {
  const auto address = gateway_address(settings.gateway);
  if (!address) return std::unexpected(address.error());
  net::Runtime runtime;
  net::HttpClient http(runtime, *address, {.ca_file = settings.ca});
  HttpGateway gateway(runtime, http);
  KeyCheck out;
  runtime.spawn(
      [](net::Runtime& loop, HttpGateway& asked, const std::string& api_key, KeyCheck& said) -> net::Task<void> {
        said = co_await check_key(asked, api_key);
        loop.stop();
      }(runtime, gateway, key, out));
  runtime.run();
  return out;
}

// Which key it is, and whether the gateway takes it, before anything is written.
Asked<std::string> obtain_key(const LoginSettings& settings) {
  if (settings.key_command.empty()) return ask_key(settings.gateway);
  return key_from_command(settings.key_command);
}

std::vector<SettingChange> changes(const LoginSettings& settings, const std::string& key, bool gateway_named) {
  std::vector<SettingChange> out;
  const bool by_command = !settings.key_command.empty();
  out.push_back({"api_key", by_command ? std::nullopt : std::optional(key)});
  out.push_back({"api_key_command", by_command ? std::optional(settings.key_command) : std::nullopt});
  if (gateway_named) out.push_back({"gateway", settings.gateway});
  return out;
}

void say_checked(const KeyCheck& check, const std::string& gateway) {
  if (check.outcome == KeyCheck::Outcome::accepted) return fmt::print("{} accepts the key\n", gateway);
  fmt::print("the key could not be checked: {} {}{}{}\n", gateway,
             check.outcome == KeyCheck::Outcome::unreachable ? "cannot be reached" : "did not say",
             check.reason.empty() ? "" : ": ", check.reason);
}

// A variable would win over what was just stored, and nobody would know why.
void warn_of_variable(const Environment& environment) {
  const auto found = environment.find("AIPG_API_KEY");
  if (found == environment.end() || found->second.empty()) return;
  fmt::print("note: AIPG_API_KEY is set here and is used instead; unset it to use what is stored\n");
}

Asked<void> log_in(const LoginSettings& settings, const std::string& path, bool gateway_named) {
  AIPG_TRY(const std::string key, obtain_key(settings));
  AIPG_TRY(const KeyCheck check, ask_gateway(settings, key));
  if (check.outcome == KeyCheck::Outcome::refused) {
    return std::unexpected(
        Complaint{"invalid_api_key", settings.gateway + " does not know this key; nothing was changed",
                  "check that the key is of this gateway (--gateway URL names another)", ExitCode::refused});
  }
  AIPG_CHECK(change_settings(path, changes(settings, key, gateway_named)));
  say_checked(check, settings.gateway);
  fmt::print("{} in {}, which only you may read\n", settings.key_command.empty() ? "stored" : "its command is stored",
             path);
  return {};
}

}  // namespace

ExitCode login_command(const std::vector<std::string>& args) {
  LoginSettings settings;
  program::Options options("aipg login", "Stores the API key that the gateway knows you by, or how to get it.");
  options.user_file("login");
  options.example("aipg login", "asks for the key; it is not shown");
  options.example("aipg login --key-command \"pass show aipg\"", "the key stays in a password store");
  options.example("aipg login < key.txt", "the first line of a file");
  options
      .text("key_command", &settings.key_command,
            "program that prints the key, each time one is needed; run without a shell")
      .placeholder("COMMAND")
      .flag_only();
  auto gateway = options.text("gateway", &settings.gateway, "whose key it is; stored too when given as a flag");
  gateway.env("AIPG_BASE_URL").placeholder("URL").shared();
  options.text("ca", &settings.ca, "certificates to trust for https; the system's when left out")
      .placeholder("FILE")
      .shared();
  const Environment environment = program::process_environment();
  if (const auto end = options.parse(args, environment)) return *end;
  const auto path = options.file();
  if (!path) return program::say(kCommand, no_home());
  const auto done = log_in(settings, *path, gateway.is_from_flag());
  if (!done) return program::say(kCommand, done.error());
  warn_of_variable(environment);
  return ExitCode::done;
}

ExitCode logout_command(const std::vector<std::string>& args) {
  program::Options options("aipg logout", "Removes the API key, or its command, from the file of settings.");
  options.user_file("logout");
  options.example("aipg logout", "the gateway still knows the key: whoever made it can revoke it");
  const Environment environment = program::process_environment();
  if (const auto end = options.parse(args, environment)) return *end;
  const auto path = options.file();
  if (!path) return program::say("aipg logout", no_home());
  if (!program::existing_user_file(environment) && *path == program::user_file_path(environment)) {
    fmt::print("there is no {}, so no key is stored\n", *path);
    return ExitCode::done;
  }
  const auto done = change_settings(*path, {{"api_key", std::nullopt}, {"api_key_command", std::nullopt}});
  if (!done) return program::say("aipg logout", done.error());
  fmt::print("no key is stored in {} any more\n", *path);
  warn_of_variable(environment);
  return ExitCode::done;
}

}  // namespace aipg::client
