// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace aipg::vectors {
namespace {

struct Runner {
  std::string_view kind;
  Value (*run)(const Value&, const Library&);
};
constexpr Runner kRunners[] = {
    {"preamble", run_preamble},
    {"chunks", run_chunks},
    {"padding", run_padding},
    {"seal", run_seal},
    {"open", run_open},
    {"answer", run_answer},
    {"open_answer", run_open_answer},
    {"inner_request", run_inner_request},
    {"allow_list", run_allow_list},
    {"body", run_body},
    {"receipt", run_receipt},
    {"challenge", run_challenge},
    {"merkle", run_merkle},
    {"merkle_path", run_merkle_path},
    {"device_hash", run_device_hash},
    {"gpu_nonce", run_gpu_nonce},
    {"report_data", run_report_data},
    {"rtmr3", run_rtmr3},
    {"platform_id", run_platform_id},
    {"kid", run_kid},
    {"keyset", run_keyset},
    {"manifest", run_manifest},
    {"reference", run_reference},
    {"epoch", run_epoch},
    {"bundle", run_bundle},
    {"evidence", run_evidence},
    {"exchange", run_exchange},
    {"link_frames", run_link_frames},
    {"link_mux", run_link_mux},
    {"link_control", run_link_control},
    {"registration", run_registration},
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

Value run(const std::string& kind, const Value& input, const Library& library) {
  for (const Runner& runner : kRunners) {
    if (runner.kind == kind) return runner.run(input, library);
  }
  throw std::invalid_argument("vector: unknown kind " + kind);
}

Library Library::read(const std::string& folder) {
  Library out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    out.add(std::filesystem::relative(entry.path(), folder).generic_string(), Value::parse(read_file(entry.path())));
  }
  if (out.documents_.empty()) throw std::invalid_argument("vector: no files in " + folder);
  return out;
}

const Value& Library::find(const std::string& file) const {
  const auto found = documents_.find(file);
  if (found == documents_.end()) throw std::invalid_argument("vector: no file " + file);
  return found->second;
}

Bytes Library::made_by(const std::string& file) const {
  const Value& document = find(file);
  const std::string& kind = document.at("kind").text();
  const Value& input = document.at("input");
  if (kind == "seal") return sealed_wire(input);
  if (kind == "answer") return answer_wire(input, *this);
  return resolve(input.at("wire"));
}

Bytes Library::resolve(const Value& field) const {
  if (!field.is_object()) return field.bytes();
  Bytes out = made_by(field.at("of").text());
  if (!field.has("edit")) return out;
  const Value& edit = field.at("edit");
  const std::size_t at = edit.at("at").number(), remove = edit.at("remove").number();
  const Bytes insert = edit.at("insert").bytes();
  if (at + remove > out.size()) throw std::invalid_argument("vector: an edit past the end");
  const auto from =
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(at), out.begin() + static_cast<std::ptrdiff_t>(at + remove));
  out.insert(from, insert.begin(), insert.end());
  return out;
}

}  // namespace aipg::vectors
