// SPDX-License-Identifier: Apache-2.0
// One table per command makes its flags, its TOML keys, its environment
// variables, its defaults and its --help. Precedence: flag, environment, file,
// default. Unknown keys in a file are errors; so are values without the unit
// their type asks for (30s, 16MiB).
//
//   struct Config { std::string listen = "127.0.0.1:8443"; milliseconds grace{30'000}; };
//   Options options("aipg-gateway serve", "Relays sealed requests to workers.");
//   options.example("aipg-gateway serve --listen 127.0.0.1:8443", "on loopback, without TLS");
//   options.text("listen", &config.listen, "where clients and workers connect").env("AIPG_GATEWAY_LISTEN");
//   options.duration("drain.grace", &config.grace, "how long running jobs may take at shutdown");
//   auto parsed = options.parse(args, process_environment());
//
// A key "drain.grace" is `grace` in table [drain] of the file and --drain-grace
// as a flag ('.' and '_' become '-'). An empty environment variable counts as
// absent; a list in one is separated by commas.
// Every command also has --help, --config FILE, --check-config, --print-config.
// The same table makes manual pages and completion: inside describe_commands()
// (description.h) parse() hands its table over and ends, so that a command
// parses before it does anything else.
// Not for concurrent use.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "program/complaint.h"
#include "program/exit_code.h"
#include "program/units.h"

namespace aipg::program {

// Environment as a parameter; main passes the process's.
using Environment = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Environment process_environment();

struct OptionEntry;
struct OptionTable;

class Options {
 public:
  // Lives as long as its Options.
  class Entry {
   public:
    Entry& env(std::string name);  // environment variable
    Entry& secret();               // no flag, which every user of the machine could read; printed as <set>
    Entry& required();
    Entry& placeholder(std::string shown);  // "FILE", "URL" in --help
    Entry& flag_only();                     // not a configuration key
    Entry& file_only();                     // no flag and no variable: what is measured comes from the file alone
    Entry& choices(std::vector<std::string> allowed);
    Entry& suggests(std::vector<std::string> values);  // completed as choices are; others are possible
    Entry& shared();                                   // in the user's file: outside any table, for every command
    Entry& table(std::string name);                    // in the user's file: in this table, which commands share

    // Given on the command line, beyond files and variables.
    [[nodiscard]] bool is_from_flag() const;

   private:
    friend class Options;
    explicit Entry(OptionEntry* entry) : entry_(entry) {}
    OptionEntry* entry_;
  };

  Options(std::string command, std::string summary);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  void example(std::string command_line, std::string what_it_does);
  void group(std::string title);  // following entries are listed under it

  // `target` holds the default, receives the value and outlives this.
  Entry text(std::string key, std::string* target, std::string help);
  Entry optional_text(std::string key, std::optional<std::string>* target, std::string help);
  Entry text_list(std::string key, std::vector<std::string>* target, std::string help);  // repeatable flag, TOML array
  Entry number(std::string key, std::uint64_t* target, std::string help, std::uint64_t max = UINT64_MAX);
  Entry real(std::string key, std::optional<double>* target, std::string help);
  Entry flag(std::string key, bool* target, std::string help);
  Entry duration(std::string key, milliseconds* target, std::string help);  // 250ms, 30s, 5m, 1h
  Entry bytes(std::string key, std::uint64_t* target, std::string help);    // 512KiB, 16MiB, 1GiB
  // Positional arguments, after the flags. One of the two, once. `suggested` is completed; others are possible.
  void positional(std::string name, std::optional<std::string>* target, std::string help,
                  std::vector<std::string> suggested = {});
  void positionals(std::string name, std::vector<std::string>* target, std::string help,
                   std::vector<std::string> suggested = {});

  // Without --config the user's file is read (user_file.h), where there is one. There, and in what --config names, this
  // command's keys stand in [table], but for those that are shared; keys of other commands are theirs to check.
  void user_file(std::string table);
  // Two ways to say one thing (texts): the stronger source's counts and the other is as if it was not given; both from
  // one source is an error.
  void either(Entry one, Entry other);

  // Any variable that starts so and is not in the table is an error, as a mistyped key is.
  void refuse_other_variables(std::string prefix);
  // A rule over several values, asked once all are set: what is wrong and what to do, or nullopt.
  void rule(std::function<std::optional<Complaint>()> broken);

  // Empty: go on. Otherwise everything was said (help, check, print, or an
  // error on stderr that names the key and what to do) and the program ends so.
  [[nodiscard]] std::optional<ExitCode> parse(const std::vector<std::string>& args, const Environment& environment);

  // parse() without a word, for a program that reads its settings again while it runs: what is wrong, if anything is;
  // targets may have been set by then.
  [[nodiscard]] std::expected<void, Complaint> read(const std::vector<std::string>& args,
                                                    const Environment& environment);

  // After parse(): the file that was read, or the user's that is not there; nullopt where there is no home.
  [[nodiscard]] std::optional<std::string> file() const;

  // The text of --help, and a TOML document of the effective values.
  [[nodiscard]] std::string help() const;
  [[nodiscard]] std::string print_config() const;

 private:
  std::unique_ptr<OptionTable> table_;
};

}  // namespace aipg::program
