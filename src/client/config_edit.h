// SPDX-License-Identifier: Apache-2.0
// Changing one setting of a TOML file that a person wrote: every other line
// and every comment stays as it is, byte for byte.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "program/complaint.h"

namespace aipg::client {

// `text` with the text `key`, outside any table, set to `value`, or without it. A new key comes first, which no table
// can swallow. Error: config_not_editable (no TOML; or the key is there in another form than KEY = "text"). Pure.
[[nodiscard]] Result<std::string> with_setting(std::string_view text, std::string_view key,
                                               const std::optional<std::string>& value);

// Several at once, in a file that others may not read afterwards; one that is missing is begun. Readers see the old
// file or the new one. A link is followed. Complaints: config_unreadable, config_not_editable, file_unwritable.
struct SettingChange {
  std::string key;
  std::optional<std::string> value;  // nullopt: remove it
};
[[nodiscard]] std::expected<void, program::Complaint> change_settings(const std::string& path,
                                                                      const std::vector<SettingChange>& changes);

}  // namespace aipg::client
