// SPDX-License-Identifier: Apache-2.0
#include "collateral/cache.h"

#include <cstdlib>
#include <filesystem>

#include "attest/endorsements.h"
#include "base/hex.h"
#include "crypto/digest.h"
#include "program/whole_file.h"

namespace aipg::collateral {
namespace {

namespace fs = std::filesystem;
using attest::CollateralEntry;

struct Kept {
  fs::file_time_type written;
  fs::path path;
};

std::vector<Kept> files_in(const std::string& folder) {
  std::vector<Kept> out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".json") out.push_back({entry.last_write_time(failed), entry.path()});
  }
  return out;
}

}  // namespace

std::optional<std::string> Cache::default_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/aipg/collateral";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return std::nullopt;
  return std::string(home) + "/.cache/aipg/collateral";
}

std::string Cache::path_of(const std::string& key) const {
  return folder_ + "/" + to_hex(crypto::sha256(as_bytes(key))) + ".json";
}

std::optional<CollateralEntry> Cache::find(const std::string& key) const {
  const auto file = program::read_whole(path_of(key), attest::kMaxEndorsementBytes);
  if (!file) return std::nullopt;
  auto entries = attest::parse_collateral_pack(file->reveal_text());
  if (!entries || entries->size() != 1 || entries->front().url != key) return std::nullopt;
  return std::move(entries->front());
}

Result<void> Cache::keep(const CollateralEntry& entry) const {
  make_room();
  return program::replace_whole(path_of(entry.url), as_bytes(attest::write_collateral_pack({&entry, 1})));
}

// Leaves room for one more.
void Cache::make_room() const {
  std::vector<Kept> kept = files_in(folder_);
  if (kept.size() < max_files_) return;
  std::ranges::sort(kept, {}, &Kept::written);
  std::error_code failed;
  for (std::size_t i = 0; i + max_files_ <= kept.size(); ++i) fs::remove(kept[i].path, failed);
}

}  // namespace aipg::collateral
