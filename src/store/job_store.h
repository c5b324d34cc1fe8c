// SPDX-License-Identifier: Apache-2.0
// What a gateway remembers about accounts and jobs: ids, sizes, times, rounded
// tokens and receipts. Nothing derived from plaintext. One interface, one file
// per backend; calls come from the gateway's thread. Other processes may use
// the same store: what they change is seen by the next call.
// Errors: store_failed (where names the step), store_conflict, store_not_found.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/random.h"

namespace aipg::store {

struct ApiKey {
  std::string id;  // public part, shown in lists
  std::string name;
  Instant created;
  std::optional<Instant> revoked;
};

enum class JobOutcome : std::uint8_t { answered, refused, lost, cancelled };

struct JobRecord {
  ByteArray<16> id{};
  std::string key_id;     // account
  std::string worker_id;  // empty when none took it
  std::string model, path;
  Hash256 keyset_id{};
  Instant started, ended;
  std::uint64_t request_bytes = 0, response_bytes = 0;
  std::uint64_t tokens_in = 0, tokens_out = 0;  // rounded, from the receipt
  JobOutcome outcome = JobOutcome::answered;
  std::string code;     // error code, empty when answered
  std::string receipt;  // JWS, empty if none
};

// A fresh id: the time it began at, then 80 random bits. Ids that come one after the other lie beside each other in a
// store, which would else write a page for each; the time is in the record anyway.
[[nodiscard]] ByteArray<16> make_job_id(Instant started, crypto::Rng& rng);

// What a receipt says of a job that was recorded without it.
struct LateReceipt {
  ByteArray<16> job_id{};
  Hash256 keyset_id{};
  std::uint64_t tokens_in = 0, tokens_out = 0;
  std::string_view jws;
};

class JobStore {
 public:
  virtual ~JobStore() = default;

  // Makes a key and returns its only plaintext copy: "grid_" ‖ id ‖ secret. Stored as a salted hash.
  // store_invalid_name: the name is empty, over 128 bytes, or has control characters.
  [[nodiscard]] virtual Result<std::string> create_key(std::string_view name, Instant now) = 0;
  [[nodiscard]] virtual Result<std::vector<ApiKey>> list_keys() = 0;
  // store_not_found when no such key is active.
  [[nodiscard]] virtual Result<void> revoke_key(std::string_view id, Instant now) = 0;
  // The key's id when `presented` is a key that is not revoked; nullopt otherwise. Compares in constant time.
  [[nodiscard]] virtual Result<std::optional<std::string>> check_key(std::string_view presented) = 0;

  // All in one transaction; durable when it returns. What became of each: store_conflict for a job id that is there
  // already, which is no trouble to the others; store_failed for all when the disk did not take them: then none is
  // there, and they may be recorded again.
  // `before_each`, if there is one, is called before each of them.
  [[nodiscard]] virtual std::vector<Result<void>> record_jobs(std::span<const JobRecord* const> records,
                                                              const std::function<void()>& before_each) = 0;
  // Puts a late receipt and its tokens into the record of a job that has none. Durable when it returns; the same
  // receipt twice is once. store_not_found: no such job. store_conflict: another keyset's job, or another receipt.
  [[nodiscard]] virtual Result<void> settle_job(const LateReceipt& receipt) = 0;
  [[nodiscard]] virtual Result<std::optional<JobRecord>> find_job(const ByteArray<16>& id) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> count_jobs() = 0;
};

// SQLite in WAL mode, synchronous FULL; the file has mode 0600. `rng` makes
// keys and must outlive the store. Refuses a file that another program or a
// newer version wrote: store_unknown_format.
[[nodiscard]] Result<std::unique_ptr<JobStore>> open_sqlite_store(const std::string& path, crypto::Rng& rng);

}  // namespace aipg::store
