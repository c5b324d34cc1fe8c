// SPDX-License-Identifier: Apache-2.0
// What was fetched, kept on disk so that it need not be fetched again: one file
// for each address, in a folder of its own, readable by its owner. A file is a
// pack of one entry (attest/collateral_pack.h), so `--collateral` takes it.
// Nothing read from it is believed: it goes through the
// verifier like any other file. A file that cannot be read is as good as none.
// Bounded: beyond so many files, those written longest ago go first. Several
// processes may share it: files are replaced whole.
#pragma once

#include <optional>
#include <string>

#include "attest/collateral_pack.h"

namespace aipg::collateral {

inline constexpr std::size_t kMaxCachedFiles = 1024;

class Cache {
 public:
  // $XDG_CACHE_HOME/aipg/collateral, or below $HOME/.cache; nullopt when there is no home.
  [[nodiscard]] static std::optional<std::string> default_folder();

  explicit Cache(std::string folder, std::size_t max_files = kMaxCachedFiles)
      : folder_(std::move(folder)), max_files_(max_files) {}

  // What was kept under this key, if it is about this very address.
  [[nodiscard]] std::optional<attest::CollateralEntry> find(const std::string& key) const;
  // Error: file_unwritable.
  [[nodiscard]] Result<void> keep(const attest::CollateralEntry& entry) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& key) const;
  void make_room() const;

  std::string folder_;
  std::size_t max_files_;
};

}  // namespace aipg::collateral
