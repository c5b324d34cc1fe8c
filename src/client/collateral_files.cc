// SPDX-License-Identifier: Apache-2.0
// `aipg collateral show` and `pack`: what lies in files and folders.
#include <fmt/core.h>

#include <filesystem>

#include "attest/collateral_pack.h"
#include "attest/endorsements.h"
#include "base/hex.h"
#include "base/text.h"
#include "client/collateral_command.h"
#include "client/collateral_source.h"
#include "client/whole_file.h"
#include "codec/canonical_json.h"
#include "collateral/description.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using attest::CollateralEntry;
using codec::json::Tree;
using collateral::Description;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Got = std::expected<T, Complaint>;

struct File {
  std::string path;
  Bytes bytes;
  bool named = false;  // rather than found in a folder
};

Got<std::vector<File>> read_files(const std::vector<std::string>& paths) {
  std::vector<std::pair<std::string, bool>> all;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      all.emplace_back(path, true);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path, error)) {
      if (entry.is_regular_file(error)) found.push_back(entry.path().string());
    }
    std::ranges::sort(found);
    for (std::string& each : found) all.emplace_back(std::move(each), false);
  }
  std::vector<File> out;
  for (const auto& [path, named] : all) {
    const auto file = read_whole(path, attest::kMaxEndorsementBytes);
    if (!file && !named) continue;  // of a folder only what is collateral counts
    if (!file) {
      return std::unexpected(Complaint{file.error().code, "cannot read " + path, {}, ExitCode::cannot_read});
    }
    out.push_back({path, to_bytes(file->reveal()), named});
  }
  return out;
}

Complaint no_collateral(const std::string& path, const Error& error) {
  return {
      error.code, path + " is no collateral",
      "it takes certificates, revocation lists, TCB info, QE identity, manifests, OCSP responses, key lists and packs",
      ExitCode::cannot_read};
}

// --- show ------------------------------------------------------------------------------

Got<std::vector<Description>> describe_all(const std::vector<File>& files) {
  std::vector<Description> out;
  for (const File& file : files) {
    auto pieces = collateral::describe(file.bytes);
    if (!pieces && file.named) return std::unexpected(no_collateral(file.path, pieces.error()));
    if (pieces) std::ranges::move(*pieces, std::back_inserter(out));
  }
  return out;
}

std::string day(const std::optional<Instant>& at) { return at ? to_text(*at) : "-"; }

std::string table(const std::vector<Description>& all, Instant now) {
  std::size_t what = 4, about = 5;
  for (const Description& each : all) {
    what = std::max(what, each.what.size());
    about = std::max(about, each.about.size());
  }
  std::string out = fmt::format("{:<{}}  {:<{}}  {:<20}  {:<20}  {}\n", "what", what, "about", about, "issued",
                                "stands until", "SHA-256");
  for (const Description& each : all) {
    const bool over = each.until && *each.until <= now;
    out += fmt::format("{:<{}}  {:<{}}  {:<20}  {:<20}  {}{}\n", each.what, what, each.about, about, day(each.issued),
                       day(each.until), short_hex(each.digest), over ? "  OVER" : "");
  }
  return out;
}

std::string json(const std::vector<Description>& all) {
  Tree::Array pieces;
  for (const Description& each : all) {
    Tree::Object piece{{"about", each.about}, {"sha256", to_hex(each.digest)}, {"what", each.what}};
    if (each.issued) piece.emplace("issued", to_text(*each.issued));
    if (each.until) piece.emplace("until", to_text(*each.until));
    pieces.emplace_back(std::move(piece));
  }
  return Tree(std::move(pieces)).write() + "\n";
}

// --- pack ------------------------------------------------------------------------------

std::string name_of(const std::string& path) {
  std::string name = "file:" + fs::path(path).filename().string();
  std::ranges::replace_if(name, [](char c) { return c < ' ' || c > '~'; }, '?');
  return name;
}

// A pack's entries as they are; anything else as an entry of its own.
std::vector<CollateralEntry> entries_in(const File& file, Instant now) {
  if (auto entries = attest::parse_collateral_pack(trimmed(as_text(file.bytes)))) return *std::move(entries);
  return {{.url = name_of(file.path), .fetched = now, .items = {file.bytes}}};
}

Got<std::vector<CollateralEntry>> pack(const std::vector<File>& files) {
  const Instant now = SystemClock().now();
  attest::Endorsements check;
  std::vector<CollateralEntry> out;
  for (const File& file : files) {
    if (const auto added = check.add(file.bytes); !added) {
      if (file.named || added.error().code == Literal("endorsements_too_many")) {
        return std::unexpected(no_collateral(file.path, added.error()));
      }
      fmt::print(stderr, "left out: {} is no collateral\n", file.path);
      continue;
    }
    for (CollateralEntry& entry : entries_in(file, now)) {
      const bool known = std::ranges::any_of(out, [&](const auto& each) { return each.items == entry.items; });
      if (!known) out.push_back(std::move(entry));
    }
  }
  return out;
}

Complaint usage(std::string happened, std::string next) {
  return {"missing_setting", std::move(happened), std::move(next), ExitCode::usage};
}

struct PackSettings {
  std::vector<std::string> paths;
  std::string out;
};

Got<ExitCode> write_pack(const PackSettings& settings) {
  if (settings.paths.empty() || settings.out.empty()) {
    return std::unexpected(usage("which files, and into which?", "aipg collateral pack DIR --out pack.json"));
  }
  AIPG_TRY(const std::vector<File> files, read_files(settings.paths));
  AIPG_TRY(const std::vector<CollateralEntry> entries, pack(files));
  if (entries.empty())
    return std::unexpected(usage("there is no collateral in what was named", "see `aipg collateral show`"));
  const std::string text = attest::write_collateral_pack(entries);
  if (text.size() > attest::kMaxEndorsementBytes || entries.size() > attest::kMaxPackEntries) {
    return std::unexpected(Complaint{"collateral_pack", "this is more than one pack may hold",
                                     "pack what belongs to one machine", ExitCode::refused});
  }
  if (!write_whole(settings.out, as_bytes(text), Readable::by_all)) {
    return std::unexpected(Complaint{"file_unwritable", "cannot write " + settings.out, {}, ExitCode::cannot_read});
  }
  fmt::print("{} entries in {}\nnext: aipg verify … --collateral {}\n", entries.size(), settings.out, settings.out);
  return ExitCode::done;
}

}  // namespace

ExitCode collateral_show(const std::vector<std::string>& args) {
  constexpr std::string_view kCommand = "aipg collateral show";
  std::vector<std::string> paths;
  CollateralSettings source;
  bool as_json = false;
  program::Options options(std::string(kCommand), "Lists collateral: what it is, and until when it stands.");
  options.user_file("collateral");
  options.example("aipg collateral show", "what is in the cache");
  options.example("aipg collateral show collateral pack.json", "what is in a folder and in a pack");
  options.positionals("DIR_OR_FILE", &paths, "where to look; the cache when left out");
  options.flag("json", &as_json, "as JSON").flag_only();
  options.text("cache", &source.cache, "folder of what was fetched; the user's cache when left out").placeholder("DIR");
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  if (const auto folder = cache_folder(source); paths.empty() && folder) paths.push_back(*folder);
  const auto files = read_files(paths);
  if (!files) return program::say(kCommand, files.error());
  const auto all = describe_all(*files);
  if (!all) return program::say(kCommand, all.error());
  const std::string text = as_json ? json(*all) : table(*all, SystemClock().now());
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::done;
}

ExitCode collateral_pack(const std::vector<std::string>& args) {
  constexpr std::string_view kCommand = "aipg collateral pack";
  PackSettings settings;
  program::Options options(std::string(kCommand), "Puts collateral into one file for use offline.");
  options.example("aipg collateral pack collateral --out pack.json", "then: aipg verify … --collateral pack.json");
  options.positionals("DIR_OR_FILE", &settings.paths, "what to pack; a folder gives what is recognised in it");
  options.text("out", &settings.out, "the file to write").placeholder("FILE").flag_only();
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto done = write_pack(settings);
  return done ? *done : program::say(kCommand, done.error());
}

}  // namespace aipg::client
