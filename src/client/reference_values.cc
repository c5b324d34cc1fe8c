// SPDX-License-Identifier: Apache-2.0
#include "client/reference_values.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/hex.h"
#include "client/folder_lock.h"
#include "client/whole_file.h"
#include "codec/base64.h"
#include "codec/canonical_json.h"
#include "codec/json_fields.h"

namespace aipg::client {
namespace {

namespace fs = std::filesystem;
using attest::SeenReference;
using codec::json::Tree;
using program::Complaint;
using program::ExitCode;

constexpr std::size_t kMaxReferenceBytes = 2 << 20, kMaxSeenBytes = 4096;

// One for each set of keys, in whatever order they are named.
std::string file_for(const std::string& folder, attest::ReleaseKeys keys) {
  std::ranges::sort(keys.keys);
  Bytes all;
  for (const attest::SigningKey& key : keys.keys) append(all, key);
  return folder + "/" + to_hex(crypto::sha256(all)) + ".json";
}

std::string write_seen(const SeenReference& seen) {
  return Tree(Tree::Object{{"digest", codec::to_base64url(*seen.digest)}, {"version", seen.version}}).write();
}

Result<SeenReference> parse_seen(std::string_view text) {
  AIPG_TRY(const auto document, codec::json::parse_canonical(text, kMaxSeenBytes));
  codec::json::Fields fields(document.root(), "seen reference");
  SeenReference out;
  out.version = fields.uint("version");
  out.digest = fields.array<32>("digest");
  AIPG_CHECK(fields.finish());
  return out;
}

std::expected<SeenReference, Complaint> read_seen(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error) && !error) return SeenReference();
  const auto file = read_whole(path, kMaxSeenBytes);
  const auto seen = file ? parse_seen(file->reveal_text()) : std::unexpected(file.error());
  if (seen) return *seen;
  return std::unexpected(Complaint{"reference_state", "which reference values were seen last cannot be read: " + path,
                                   "remove it only if you know what damaged it: it keeps older values from coming back",
                                   ExitCode::refused});
}

// Only upwards, whoever else writes.
void keep_seen(const std::string& folder, const std::string& path, const SeenReference& seen) {
  std::error_code error;
  fs::create_directories(folder, error);
  const auto lock = FolderLock::take(folder);
  if (!lock) return;  // somebody is writing theirs; ours comes with the next command
  const auto last = read_seen(path);
  if (last && (last->version < seen.version || !last->digest)) (void)replace_whole(path, as_bytes(write_seen(seen)));
}

std::string next_step(Literal code) {
  if (code == Literal("policy_expired")) return "get the current document from whoever publishes it";
  if (code == Literal("policy_rollback"))
    return "somebody gave you an older document than you had; get the current one";
  if (code == Literal("document_quorum")) return "too few of reference.release_keys signed it; check both";
  return "`aipg reference check` says more about it";
}

}  // namespace

std::optional<std::string> reference_state_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/aipg/reference";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return std::nullopt;
  return std::string(home) + "/.local/state/aipg/reference";
}

std::expected<ReferenceValues, Complaint> load_reference(const attest::Policy& policy, Instant now,
                                                         const std::optional<std::string>& state_folder) {
  if (!policy.reference) return nullptr;
  const std::string& file = policy.reference->file;
  const auto envelope = read_whole(file, kMaxReferenceBytes);
  if (!envelope) {
    return std::unexpected(Complaint{envelope.error().code, "cannot read the reference values " + file,
                                     "reference.file of the policy names them", ExitCode::cannot_read});
  }
  const attest::ReleaseKeys& keys = policy.reference->release_keys;
  const std::string kept = state_folder ? file_for(*state_folder, keys) : std::string();
  SeenReference seen;
  if (state_folder) {
    AIPG_TRY(seen, read_seen(kept));
  }
  auto verified = attest::verify_reference(envelope->reveal(), keys, seen, now, policy.clock_skew);
  if (!verified) {
    return std::unexpected(Complaint{verified.error().code, "the reference values " + file + " cannot be used",
                                     next_step(verified.error().code), ExitCode::refused});
  }
  if (state_folder) keep_seen(*state_folder, kept, verified->seen());
  return std::make_shared<const attest::VerifiedReference>(*std::move(verified));
}

}  // namespace aipg::client
