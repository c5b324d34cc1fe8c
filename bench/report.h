// SPDX-License-Identifier: Apache-2.0
// What a benchmark says: an aligned table for people, the same as JSON for
// machines. Every row names what it is held against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure.h"

namespace aipg::bench {

// A number held against a bound. Text and JSON say whether it was met; neither hides a miss.
struct Target {
  double bound = 0;
  enum class Side : std::uint8_t { at_least, at_most } side = Side::at_least;
};

struct Comparison {
  std::string with;  // the floor or peer, measured in the same run
  double number = 0;
  std::string unit;  // "% of it", "ms more"
  std::optional<Target> target = {};
  [[nodiscard]] std::optional<bool> met() const;
};

struct Row {
  std::string what;
  Spread value;
  std::string unit;       // of value: "us", "MB/s"
  std::string also = {};  // the same said otherwise: "12,000 /s"
  std::optional<Comparison> compared = {};
};

class Report {
 public:
  // Remembers how busy the machine is before the benchmark itself makes it so.
  explicit Report(std::string name);

  void add(Row row) { rows_.push_back(std::move(row)); }
  void note(std::string text) { notes_.push_back(std::move(text)); }

  [[nodiscard]] std::string table() const;
  [[nodiscard]] std::string json() const;
  // The table to stdout, the JSON to `json_path` unless it is empty. False when the file cannot be written.
  [[nodiscard]] bool publish(const std::string& json_path) const;

 private:
  std::string name_, processor_;
  unsigned cores_ = 0;
  double load_ = 0;
  std::vector<Row> rows_;
  std::vector<std::string> notes_;
};

[[nodiscard]] std::string thousands(double number);

}  // namespace aipg::bench
