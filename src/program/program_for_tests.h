// SPDX-License-Identifier: Apache-2.0
// A program with a command, commands of a command, and the user's file.
#pragma once

#include "program/options.h"
#include "program/program.h"

namespace aipg::program {

struct ProgramForTests {
  std::string gateway = "https://g", key, key_command, model, padding = "p1", folder;
  std::optional<std::string> prompt;
  std::vector<std::string> paths;
  std::string ran;  // the last command that did

  Environment environment = process_environment();

  ExitCode chat(const std::vector<std::string>& args) {
    Options options("aipg chat", "Asks one question.");
    options.user_file("chat");
    options.example("aipg chat \"Why?\"", "it's - \\so to say- `an` example");
    options.positional("PROMPT", &prompt, "the question");
    options.group("Question");
    options.text("model", &model, "who answers").env("AIPG_MODEL");
    options.text("padding", &padding, "what sizes tell").choices({"p1", "p0"});
    options.text("gateway", &gateway, "address").placeholder("URL").shared();
    auto one = options.text("api_key", &key, "the key");
    one.secret().shared().env("AIPG_TEST_KEY");
    auto other = options.text("api_key_command", &key_command, "prints the key");
    other.shared();
    options.either(one, other);
    if (const auto end = options.parse(args, environment)) return *end;
    ran = "chat";
    return ExitCode::done;
  }
  ExitCode show(const std::vector<std::string>& args) {
    Options options("aipg cache show", "Shows it.");
    options.user_file("cache");
    options.positionals("DIR_OR_FILE", &paths, "where to look", {"all"});
    options.text("folder", &folder, "where it is").placeholder("DIR");
    options.text("policy", &key, "what to ask for").placeholder("POLICY").suggests({"strict", "chain"}).flag_only();
    if (const auto end = options.parse(args, environment)) return *end;
    ran = "show";
    return ExitCode::done;
  }
  Program program() {
    const auto cache = [this](const std::vector<std::string>& args) {
      return run_command("aipg cache", "What was fetched.", {},
                         {{"show", "show it", [this](const auto& rest) { return show(rest); }}}, args);
    };
    return {"aipg",
            "Verify, then ask.",
            {{"aipg chat \"Why?\"", "ask"}},
            {{"chat", "ask one question", [this](const auto& args) { return chat(args); }},
             {"cache", "what was fetched", cache}}};
  }
};

}  // namespace aipg::program
