// SPDX-License-Identifier: Apache-2.0
#include "program/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdio>

#include "program/description_sink.h"
#include "program/option_table.h"

namespace aipg::program {
namespace {

using Texts = std::vector<std::string>;

template <typename T>
Result<T> parse_number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return fail("invalid_number");
  return value;
}

void write_out(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace

Environment process_environment() {
  Environment out;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Options::Entry& Options::Entry::env(std::string name) {
  if (entry_->file_only) __builtin_trap();
  entry_->variable = std::move(name);
  return *this;
}
Options::Entry& Options::Entry::secret() {
  entry_->secret = true;
  return *this;
}
Options::Entry& Options::Entry::required() {
  entry_->required = true;
  return *this;
}
Options::Entry& Options::Entry::placeholder(std::string shown) {
  entry_->placeholder = std::move(shown);
  return *this;
}
Options::Entry& Options::Entry::flag_only() {
  entry_->flag_only = true;
  return *this;
}
Options::Entry& Options::Entry::file_only() {
  if (!entry_->variable.empty()) __builtin_trap();
  entry_->file_only = true;
  return *this;
}
Options::Entry& Options::Entry::choices(std::vector<std::string> allowed) {
  entry_->allowed = std::move(allowed);
  return *this;
}
Options::Entry& Options::Entry::suggests(std::vector<std::string> values) {
  entry_->suggested = std::move(values);
  return *this;
}
Options::Entry& Options::Entry::shared() { return table({}); }
Options::Entry& Options::Entry::table(std::string name) {
  entry_->table = std::move(name);
  return *this;
}
bool Options::Entry::is_from_flag() const { return entry_->origin == OptionOrigin::flag; }

Options::Options(std::string command, std::string summary) : table_(std::make_unique<OptionTable>()) {
  table_->command = std::move(command);
  table_->summary = std::move(summary);
}
Options::~Options() = default;

void Options::example(std::string command_line, std::string what_it_does) {
  table_->examples.emplace_back(std::move(command_line), std::move(what_it_does));
}
void Options::group(std::string title) { table_->current_group = std::move(title); }

Options::Entry Options::text(std::string key, std::string* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::text, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    *target = values.front();
    return {};
  };
  entry.get = [target] { return target->empty() ? Texts{} : Texts{*target}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::optional_text(std::string key, std::optional<std::string>* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::text, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    *target = values.front();
    return {};
  };
  entry.get = [target] { return *target ? Texts{**target} : Texts{}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::text_list(std::string key, std::vector<std::string>* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::list, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    *target = values;
    return {};
  };
  entry.get = [target] { return *target; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::number(std::string key, std::uint64_t* target, std::string help, std::uint64_t max) {
  OptionEntry& entry = table_->add(OptionKind::number, std::move(key), std::move(help));
  entry.max = max;
  entry.set = [target, max](const Texts& values) -> Result<void> {
    AIPG_TRY(const std::uint64_t value, parse_number<std::uint64_t>(values.front()));
    if (value > max) return fail("invalid_number", "max");
    *target = value;
    return {};
  };
  entry.get = [target] { return Texts{std::to_string(*target)}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::real(std::string key, std::optional<double>* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::real, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    AIPG_TRY(const double value, parse_number<double>(values.front()));
    if (!std::isfinite(value)) return fail("invalid_number", "infinite");
    *target = value;
    return {};
  };
  entry.get = [target] { return *target ? Texts{fmt::format("{}", **target)} : Texts{}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::flag(std::string key, bool* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::flag, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    const std::string& value = values.back();
    if (value != "true" && value != "false") return fail("invalid_boolean");
    *target = value == "true";
    return {};
  };
  entry.get = [target] { return Texts{*target ? "true" : "false"}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::duration(std::string key, milliseconds* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::duration, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    AIPG_TRY(*target, parse_duration(values.front()));
    return {};
  };
  entry.get = [target] { return Texts{duration_text(*target)}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

Options::Entry Options::bytes(std::string key, std::uint64_t* target, std::string help) {
  OptionEntry& entry = table_->add(OptionKind::size, std::move(key), std::move(help));
  entry.set = [target](const Texts& values) -> Result<void> {
    AIPG_TRY(*target, parse_size(values.front()));
    return {};
  };
  entry.get = [target] { return Texts{size_text(*target)}; };
  entry.fallback = entry.get();
  return Entry(&entry);
}

void Options::positional(std::string name, std::optional<std::string>* target, std::string help, Texts suggested) {
  if (table_->positional) __builtin_trap();
  const auto set = [target](Texts values) { *target = std::move(values.front()); };
  table_->positional = OptionTable::Positional{std::move(name), std::move(help), false, set, std::move(suggested)};
}

void Options::positionals(std::string name, std::vector<std::string>* target, std::string help, Texts suggested) {
  if (table_->positional) __builtin_trap();
  const auto set = [target](Texts values) { *target = std::move(values); };
  table_->positional = OptionTable::Positional{std::move(name), std::move(help), true, set, std::move(suggested)};
}

void Options::user_file(std::string table) { table_->user_table = std::move(table); }

void Options::either(Entry one, Entry other) { table_->alternatives.emplace_back(one.entry_, other.entry_); }

void Options::refuse_other_variables(std::string prefix) { table_->closed_prefix = std::move(prefix); }

void Options::rule(std::function<std::optional<Complaint>()> broken) { table_->rules.push_back(std::move(broken)); }

std::optional<std::string> Options::file() const { return table_->file; }

std::expected<void, Complaint> Options::read(const std::vector<std::string>& args, const Environment& environment) {
  AIPG_TRY(const CommandLine line, split_command_line(args, table_->flags()));
  return table_->apply(line, environment);
}

std::optional<ExitCode> Options::parse(const std::vector<std::string>& args, const Environment& environment) {
  if (auto* const sink = description_sink()) {
    sink->push_back(table_->describe());
    return ExitCode::done;
  }
  const auto line = split_command_line(args, table_->flags());
  if (!line) return say(table_->command, line.error());
  if (line->flags.contains("--help")) {
    write_out(help());
    return ExitCode::done;
  }
  if (const auto applied = table_->apply(*line, environment); !applied) return say(table_->command, applied.error());
  if (line->flags.contains("--print-config")) {
    write_out(print_config());
    return ExitCode::done;
  }
  if (line->flags.contains("--check-config")) {
    write_out("configuration is good\n");
    return ExitCode::done;
  }
  return std::nullopt;
}

}  // namespace aipg::program
