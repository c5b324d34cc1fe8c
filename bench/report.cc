// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "codec/json.h"

namespace aipg::bench {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

double load_now() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

// Three significant digits are more than a shared machine can keep.
std::string number(double value) {
  const double size = std::abs(value);
  return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

std::string bound_text(const Comparison& compared) {
  const Target& target = *compared.target;
  return fmt::format("{} {} {}", target.side == Target::Side::at_least ? "at least" : "at most", number(target.bound),
                     *compared.met() ? "met" : "MISSED");
}

using Cells = std::vector<std::string>;

Cells cells_of(const Row& row) {
  Cells out{row.what, number(row.value.median), row.unit,
            fmt::format("{}..{}", number(row.value.low), number(row.value.high)), row.also};
  if (!row.compared) return out;
  out.push_back(number(row.compared->number) + " " + row.compared->unit);
  out.push_back(row.compared->with);
  out.push_back(row.compared->target ? bound_text(*row.compared) : "");
  return out;
}

std::string aligned(const std::vector<Cells>& lines) {
  std::vector<std::size_t> widths;
  for (const Cells& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string out;
  for (const Cells& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += i == 1 ? fmt::format("{:>{}}  ", line[i], widths[i]) : fmt::format("{:<{}}  ", line[i], widths[i]);
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string json_of(const Comparison& compared) {
  std::string out = fmt::format("{{\"with\":{},\"number\":{:.6g},\"unit\":{}", codec::json::quote(compared.with),
                                compared.number, codec::json::quote(compared.unit));
  if (compared.target) {
    out += fmt::format(",\"{}\":{:.6g},\"met\":{}",
                       compared.target->side == Target::Side::at_least ? "at_least" : "at_most", compared.target->bound,
                       *compared.met());
  }
  return out + "}";
}

std::string json_of(const Row& row) {
  std::string out = fmt::format("{{\"what\":{},\"median\":{:.6g},\"low\":{:.6g},\"high\":{:.6g},\"unit\":{}",
                                codec::json::quote(row.what), row.value.median, row.value.low, row.value.high,
                                codec::json::quote(row.unit));
  if (row.compared) out += ",\"compared\":" + json_of(*row.compared);
  return out + "}";
}

}  // namespace

std::optional<bool> Comparison::met() const {
  if (!target) return std::nullopt;
  return target->side == Target::Side::at_least ? number >= target->bound : number <= target->bound;
}

Report::Report(std::string name)
    : name_(std::move(name)),
      processor_(processor_name()),
      cores_(std::thread::hardware_concurrency()),
      load_(load_now()) {}

std::string Report::table() const {
  std::string out =
      fmt::format("{}: {} build, {}, {} cores, load {:.1f} at the start{}\n\n", name_, AIPG_BUILD_TYPE, processor_,
                  cores_, load_, load_ > 0.5 ? " (busy: numbers are worse than they should be)" : "");
  std::vector<Cells> lines{{"what", "median", "", "10..90 %", "", "against", "", "target"}};
  for (const Row& row : rows_) lines.push_back(cells_of(row));
  out += aligned(lines);
  for (const std::string& each : notes_) out += "\n" + each + "\n";
  return out;
}

std::string Report::json() const {
  std::string out = fmt::format("{{\"bench\":{},\"build\":{},\"processor\":{},\"cores\":{},\"load\":{:.2f},\"rows\":[",
                                codec::json::quote(name_), codec::json::quote(AIPG_BUILD_TYPE),
                                codec::json::quote(processor_), cores_, load_);
  for (std::size_t i = 0; i < rows_.size(); ++i) out += (i == 0 ? "\n" : ",\n") + json_of(rows_[i]);
  out += "],\"notes\":[";
  for (std::size_t i = 0; i < notes_.size(); ++i) out += (i == 0 ? "" : ",") + codec::json::quote(notes_[i]);
  return out + "]}\n";
}

bool Report::publish(const std::string& json_path) const {
  fmt::print("{}\n", table());
  if (json_path.empty()) return true;
  std::ofstream file(json_path, std::ios::trunc);
  file << json();
  file.close();
  if (!file) fmt::print(stderr, "bench: cannot write {}\n", json_path);
  return static_cast<bool>(file);
}

std::string thousands(double number) {
  std::string digits = fmt::format("{:.0f}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

}  // namespace aipg::bench
