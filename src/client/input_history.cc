// SPDX-License-Identifier: Apache-2.0
#include "client/input_history.h"

#include <filesystem>

#include "client/core/chat.h"
#include "client/whole_file.h"
#include "codec/json.h"

namespace aipg::client {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 20;

Result<SecretBytes> parse_entry(std::string_view line) {
  const auto document = codec::json::parse(line, {.max_bytes = kMaxFileBytes, .max_depth = 1});
  if (!document || !document->root().is(codec::json::Kind::string)) return fail("history_malformed");
  std::string text = document->root().string().value_or("");
  SecretBytes out{as_bytes(text)};
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return out;
}

}  // namespace

Result<std::vector<SecretBytes>> parse_history(std::string_view file) {
  std::vector<SecretBytes> out;
  while (!file.empty()) {
    const std::size_t end = file.find('\n');
    if (end == std::string_view::npos) return fail("history_malformed");
    AIPG_TRY(SecretBytes entry, parse_entry(file.substr(0, end)));
    out.push_back(std::move(entry));
    file.remove_prefix(end + 1);
  }
  if (out.size() > kMaxHistoryEntries) out.erase(out.begin(), out.end() - kMaxHistoryEntries);
  return out;
}

Result<void> InputHistory::keep_in(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    AIPG_TRY(const SecretBytes file, read_private(path, kMaxFileBytes));
    AIPG_TRY(entries_, parse_history(file.reveal_text()));
  } else {
    AIPG_CHECK(create_private(path, {}));
  }
  path_ = path;
  return {};
}

Result<void> InputHistory::add(std::string_view text) {
  if (!entries_.empty() && entry(0) == text) return {};
  keep(SecretBytes(as_bytes(text)));
  if (path_.empty()) return {};
  SecretBytes line;
  append_json_string(line, text);
  line.append("\n");
  return append_private(path_, line.reveal());
}

void InputHistory::keep(SecretBytes entry) {
  if (entries_.size() == kMaxHistoryEntries) entries_.erase(entries_.begin());
  entries_.push_back(std::move(entry));
}

}  // namespace aipg::client
