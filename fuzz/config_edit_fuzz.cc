// SPDX-License-Identifier: Apache-2.0
// A file of settings in which one is set or removed says that, and otherwise
// what it said before.
#include <cstdint>

#include "base/bytes.h"
#include "client/api_key.h"
#include "client/config_edit.h"
#include "program/toml_file.h"

namespace {

using Values = std::vector<std::pair<std::string, std::vector<std::string>>>;

// Keys and values but for api_key.
Values others(std::string_view text) {
  const auto values = aipg::program::read_toml(text, "config.toml");
  if (!values) __builtin_trap();
  Values out;
  for (const auto& value : *values) {
    if (value.key != "api_key") out.emplace_back(value.key, value.values);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace client = aipg::client;
  const std::string_view text = aipg::as_text({data, size});
  const auto set = client::with_setting(text, "api_key", "a\"b\\c # d");
  if (set) {
    if (others(*set) != others(text)) __builtin_trap();
    const auto without = client::with_setting(*set, "api_key", std::nullopt);
    if (!without || others(*without) != others(text)) __builtin_trap();
  }
  // A command has a word, or it is none.
  const auto words = client::split_command(text);
  if (words && words->empty()) __builtin_trap();
  return 0;
}
