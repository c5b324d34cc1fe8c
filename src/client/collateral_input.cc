// SPDX-License-Identifier: Apache-2.0
#include "client/collateral_input.h"

#include <algorithm>
#include <filesystem>

#include "client/whole_file.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using attest::Endorsements;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Judged = std::expected<T, Complaint>;

Judged<Bytes> read_file(const std::string& path) {
  auto file = read_whole(path, attest::kMaxEndorsementBytes);
  if (file) return to_bytes(file->reveal());
  return std::unexpected(Complaint{file.error().code, "cannot read " + path, {}, ExitCode::cannot_read});
}

Complaint not_taken(const std::string& path, const Error& error) {
  return {error.code, path + " cannot be used as collateral",
          "it takes certificates, revocation lists, TCB info, QE identity, manifests, OCSP responses and key lists",
          ExitCode::cannot_read};
}

// What was read, and what it is good for.
struct Reading {
  std::vector<Bytes> files;
  Endorsements content;

  Judged<void> add(const std::string& path, bool named) {
    AIPG_TRY(Bytes bytes, read_file(path));
    const auto added = content.add(bytes);
    if (added) {
      files.push_back(std::move(bytes));
    } else if (named || added.error().code == Literal("endorsements_too_many")) {
      return std::unexpected(not_taken(path, added.error()));
    }
    return {};
  }
};

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) out.push_back(entry.path().string());
  }
  std::ranges::sort(out);
  return out;
}

Judged<Reading> read_all(const std::vector<std::string>& paths) {
  Reading out;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      AIPG_CHECK(out.add(path, true));
      continue;
    }
    for (const std::string& file : files_in(path)) AIPG_CHECK(out.add(file, false));
  }
  return out;
}

}  // namespace

Judged<std::vector<Bytes>> read_collateral_files(const std::vector<std::string>& paths) {
  AIPG_TRY(Reading all, read_all(paths));
  return std::move(all.files);
}

Judged<Endorsements> read_collateral(const std::vector<std::string>& paths) {
  AIPG_TRY(Reading all, read_all(paths));
  return std::move(all.content);
}

}  // namespace aipg::client
