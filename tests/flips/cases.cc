// SPDX-License-Identifier: Apache-2.0
#include "cases.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/hex.h"

namespace aipg::flips {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void stop(const std::string& what) {
  std::fprintf(stderr, "flips: %s\n", what.c_str());
  std::exit(3);
}

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) stop("cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return to_bytes(text);
}

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

}  // namespace

std::vector<Row> read_rows(const fs::path& library) {
  std::vector<Row> out;
  const std::vector<std::string> lines = read_lines(library / "CASES.tsv");
  if (!lines.empty() && lines.front() != "kind\tevidence\twith\tpolicy\tat\texpect\twhy") stop("CASES.tsv: columns");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::istringstream line(lines[i]);
    Row row;
    for (std::string* column : {&row.kind, &row.evidence, &row.with, &row.policy, &row.at, &row.expect, &row.why}) {
      std::getline(line, *column, '\t');
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::size_t count_manifest_rows(const fs::path& library) {
  const std::size_t lines = read_lines(library / "MANIFEST.tsv").size();
  return lines == 0 ? 0 : lines - 1;
}

Case load(const Row& row, const fs::path& library) {
  const auto kind = attest::evidence_kind(row.kind);
  const auto policy = attest::ready_policy(row.policy);
  const auto at = parse_instant(row.at);
  if (!kind || !policy || !at) stop("CASES.tsv: " + row.kind + " " + row.policy + " " + row.at);
  Case out{.kind = *kind,
           .evidence = read(library / row.evidence),
           .companions = {},
           .names = {},
           .nonce = {},
           .policy = *policy,
           .at = *at};
  std::istringstream words(row.with);
  for (std::string word; words >> word;) {
    if (word.starts_with("nonce=")) {
      out.nonce = to_array<32>(*from_hex(word.substr(6)));
    } else {
      out.companions.push_back({read(library / word)});
      out.names.push_back(word);
    }
  }
  return out;
}

bool is_accepted(const Case& one) {
  attest::Endorsements endorsements;
  for (const std::vector<Bytes>& file : one.companions) {
    for (const Bytes& item : file) {
      if (!endorsements.add(item)) return false;
    }
  }
  return attest::verify_evidence({.kind = one.kind, .bytes = one.evidence, .nonce = one.nonce}, endorsements,
                                 one.policy, one.at)
      .accepted;
}

}  // namespace aipg::flips
