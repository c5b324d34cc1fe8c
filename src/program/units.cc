// SPDX-License-Identifier: Apache-2.0
#include "program/units.h"

#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace aipg::program {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// Largest first, the unit of the value itself last.
constexpr std::array<Unit, 4> kTime = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSize = {{{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};
// Durations and sizes end up in signed numbers as well.
constexpr std::uint64_t kMaxValue = INT64_MAX;

std::optional<std::uint64_t> parse_value(std::string_view text, std::span<const Unit> units) {
  if (text == "0") return 0;  // nothing is nothing in any unit
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  for (const Unit& unit : units) {
    if (text != unit.name) continue;
    if (number > kMaxValue / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string value_text(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) return std::to_string(value / unit.factor).append(unit.name);
  }
  return std::string("0").append(units.back().name);
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_value(text, kTime);
  if (!value) return fail("invalid_duration");
  return milliseconds(*value);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto value = parse_value(text, kSize);
  if (!value) return fail("invalid_size");
  return *value;
}

std::string duration_text(milliseconds value) { return value_text(static_cast<std::uint64_t>(value.count()), kTime); }
std::string size_text(std::uint64_t value) { return value_text(value, kSize); }

}  // namespace aipg::program
