// SPDX-License-Identifier: Apache-2.0
// For tests: the tables of docs/metrics.md, and what a program's /metrics says, in one form.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace aipg::program {

struct MetricFamily {
  std::string type;
  std::map<std::string, std::set<std::string>> labels;  // each with all its values; any: those that nobody can list
  friend bool operator==(const MetricFamily&, const MetricFamily&) = default;
  friend void PrintTo(const MetricFamily& family, std::ostream* out) {
    *out << family.type;
    for (const auto& [label, values] : family.labels) {
      *out << " " << label << "=";
      for (const std::string& value : values) *out << value << "|";
    }
  }
};
using MetricFamilies = std::map<std::string, MetricFamily>;
inline constexpr const char* kAnyValue = "any";

inline std::set<std::string> quoted_words(const std::string& text) {
  static const std::regex kWord("`([^`]*)`");
  std::set<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), kWord), end; at != end; ++at) out.insert((*at)[1]);
  return out;
}

// Rows of these sections.
inline MetricFamilies documented_metrics(const std::set<std::string>& sections) {
  static const std::regex kRow(R"(\| `(\w+)` \| (\w+) \|(?: `(\w+)`(?:: (.*?))?)? \| [^|]* \|)");
  std::ifstream page(AIPG_SOURCE_DIR "/docs/metrics.md");
  MetricFamilies out;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) inside = sections.contains(line.substr(3));
    std::smatch row;
    if (!inside || !std::regex_match(line, row, kRow)) continue;
    MetricFamily& family = out[row[1]];
    family.type = row[2];
    if (row[3].matched)
      family.labels[row[3]] = row[4].matched ? quoted_words(row[4]) : std::set<std::string>{kAnyValue};
  }
  return out;
}

// Of a label in `any` it is only said that it is there.
inline MetricFamilies served_metrics(const std::string& text, const std::set<std::string>& any) {
  static const std::regex kType(R"(# TYPE (\w+) (\w+))"), kSample(R"((\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+)"),
      kLabel(R"((\w+)=\"([^\"]*)\")");
  MetricFamilies out;
  std::istringstream lines(text);
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, kType)) {
      current = found[1];
      out[current].type = found[2];
    } else if (!line.starts_with("#")) {
      EXPECT_TRUE(std::regex_match(line, found, kSample) && line.starts_with(current)) << line;
      const std::string labels = found[2];
      for (std::sregex_iterator at(labels.begin(), labels.end(), kLabel), end; at != end; ++at) {
        const std::string name = (*at)[1];
        if (name != "le") out[current].labels[name].insert(any.contains(name) ? kAnyValue : (*at)[2].str());
      }
    }
  }
  return out;
}

}  // namespace aipg::program
