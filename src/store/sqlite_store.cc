// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "store/job_store.h"
#include "store/key_format.h"
#include "store/sqlite_database.h"

namespace aipg::store {
namespace {

// "AIPG": marks the file as ours. The format's version is in user_version.
constexpr std::int64_t kApplicationId = 0x41495047;
constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxNameBytes = 128;

constexpr Literal kCreateFormat1 = R"(
CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  salt BLOB NOT NULL CHECK (length(salt) = 16),
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE job (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  key_id TEXT NOT NULL,
  worker_id TEXT NOT NULL,
  model TEXT NOT NULL,
  path TEXT NOT NULL,
  keyset_id BLOB NOT NULL CHECK (length(keyset_id) = 32),
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  request_bytes INTEGER NOT NULL,
  response_bytes INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL,
  outcome TEXT NOT NULL
    CHECK (outcome = 'answered' OR outcome = 'refused' OR outcome = 'lost' OR outcome = 'cancelled'),
  code TEXT NOT NULL,
  receipt TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x41495047;
PRAGMA user_version = 1;
)";

constexpr std::array<std::string_view, 4> kOutcomes = {"answered", "refused", "lost", "cancelled"};

Result<void> create_or_check(Database& database) {
  AIPG_TRY(const auto format, database.number("PRAGMA user_version", "user_version"));
  AIPG_TRY(const auto application, database.number("PRAGMA application_id", "application_id"));
  if (format == kFormat && application == kApplicationId) return {};
  AIPG_TRY(const auto tables, database.number("SELECT count(*) FROM sqlite_schema", "sqlite_schema"));
  if (format != 0 || application != 0 || tables != 0) return fail("store_unknown_format");
  return database.execute(kCreateFormat1, "create_tables");
}

// Two programs may open a new file at once: the second waits, then finds the tables.
Result<void> prepare_format(Database& database) {
  AIPG_CHECK(database.execute("BEGIN IMMEDIATE", "begin"));
  const auto made = create_or_check(database);
  const auto ended = made ? database.execute("COMMIT", "commit") : database.execute("ROLLBACK", "rollback");
  return made ? ended : made;
}

bool is_valid_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::none_of(name, is_control);
}

// Prepared once; in the order in which the members below are declared.
struct Statements {
  Statement insert_key, list_keys, revoke_key, find_key, insert_job, settle_job, find_job, count_jobs;
};

Result<Statements> prepare_statements(Database& database) {
  AIPG_TRY(auto insert_key,
           database.prepare("INSERT INTO api_key (id, name, salt, digest, created_ms) VALUES (?, ?, ?, ?, ?)",
                            "prepare_insert_key"));
  AIPG_TRY(auto list_keys,
           database.prepare("SELECT id, name, created_ms, revoked_ms FROM api_key ORDER BY created_ms, id",
                            "prepare_list_keys"));
  AIPG_TRY(auto revoke_key, database.prepare("UPDATE api_key SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL",
                                             "prepare_revoke_key"));
  AIPG_TRY(auto find_key, database.prepare("SELECT salt, digest FROM api_key WHERE id = ? AND revoked_ms IS NULL",
                                           "prepare_find_key"));
  AIPG_TRY(auto insert_job, database.prepare("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                             "prepare_insert_job"));
  AIPG_TRY(auto settle_job, database.prepare("UPDATE job SET receipt = ?, tokens_in = ?, tokens_out = ? "
                                             "WHERE id = ? AND keyset_id = ? AND receipt = ''",
                                             "prepare_settle_job"));
  AIPG_TRY(auto find_job, database.prepare("SELECT * FROM job WHERE id = ?", "prepare_find_job"));
  AIPG_TRY(auto count_jobs, database.prepare("SELECT count(*) FROM job", "prepare_count_jobs"));
  return Statements{std::move(insert_key), std::move(list_keys),  std::move(revoke_key), std::move(find_key),
                    std::move(insert_job), std::move(settle_job), std::move(find_job),   std::move(count_jobs)};
}

ApiKey read_api_key(const Statement& row) {
  ApiKey key{std::string(row.text(0)), std::string(row.text(1)), Instant{row.number(2)}, std::nullopt};
  if (!row.is_null(3)) key.revoked = Instant{row.number(3)};
  return key;
}

// Column order of the table; insert and select both follow it.
void bind_job(Statement& insert, const JobRecord& job) {
  insert.bind(1, ByteView(job.id)).bind(2, job.key_id).bind(3, job.worker_id).bind(4, job.model).bind(5, job.path);
  insert.bind(6, ByteView(job.keyset_id)).bind(7, job.started.ms).bind(8, job.ended.ms);
  insert.bind(9, static_cast<std::int64_t>(job.request_bytes)).bind(10, static_cast<std::int64_t>(job.response_bytes));
  insert.bind(11, static_cast<std::int64_t>(job.tokens_in)).bind(12, static_cast<std::int64_t>(job.tokens_out));
  insert.bind(13, kOutcomes[static_cast<std::size_t>(job.outcome)]).bind(14, job.code).bind(15, job.receipt);
}

JobRecord read_job(const Statement& row) {
  JobRecord job;
  job.id = to_array<16>(row.bytes(0));
  job.key_id = row.text(1);
  job.worker_id = row.text(2);
  job.model = row.text(3);
  job.path = row.text(4);
  job.keyset_id = to_array<32>(row.bytes(5));
  job.started = {row.number(6)};
  job.ended = {row.number(7)};
  job.request_bytes = static_cast<std::uint64_t>(row.number(8));
  job.response_bytes = static_cast<std::uint64_t>(row.number(9));
  job.tokens_in = static_cast<std::uint64_t>(row.number(10));
  job.tokens_out = static_cast<std::uint64_t>(row.number(11));
  job.outcome = static_cast<JobOutcome>(std::ranges::find(kOutcomes, row.text(12)) - kOutcomes.begin());
  job.code = row.text(13);
  job.receipt = row.text(14);
  return job;
}

class SqliteStore final : public JobStore {
 public:
  SqliteStore(Database database, Statements statements, crypto::Rng& rng)
      : database_(std::move(database)), sql_(std::move(statements)), rng_(rng) {}

  Result<std::string> create_key(std::string_view name, Instant now) override {
    if (!is_valid_name(name)) return fail("store_invalid_name");
    const PresentedKey key = make_key(rng_);
    const KeyDigest kept = digest_key(key.secret, rng_);
    sql_.insert_key.bind(1, key.id).bind(2, name).bind(3, ByteView(kept.salt)).bind(4, ByteView(kept.digest));
    sql_.insert_key.bind(5, now.ms);
    AIPG_CHECK(sql_.insert_key.run("create_key"));
    return write_key(key);
  }

  Result<std::vector<ApiKey>> list_keys() override {
    const Rows done(sql_.list_keys);
    std::vector<ApiKey> keys;
    while (true) {
      AIPG_TRY(const bool row, sql_.list_keys.step("list_keys"));
      if (!row) return keys;
      keys.push_back(read_api_key(sql_.list_keys));
    }
  }

  Result<void> revoke_key(std::string_view id, Instant now) override {
    sql_.revoke_key.bind(1, now.ms).bind(2, id);
    AIPG_CHECK(sql_.revoke_key.run("revoke_key"));
    if (database_.changes() == 0) return fail("store_not_found");
    return {};
  }

  // Asks the file each time: a key that another process revoked is refused from its commit on.
  Result<std::optional<std::string>> check_key(std::string_view presented) override {
    const auto key = read_key(presented);
    if (!key) return std::nullopt;
    AIPG_TRY(const auto kept, find_key(key->id));
    if (!matches(key->secret, kept)) return std::nullopt;
    return key->id;
  }

  std::vector<Result<void>> record_jobs(std::span<const JobRecord* const> records,
                                        const std::function<void()>& before_each) override {
    std::vector<Result<void>> out;
    const auto written = write_all(records, before_each, out);
    if (written) return out;
    // A full disk may have ended the transaction already; then there is nothing to undo.
    (void)database_.execute("ROLLBACK", "rollback");
    return {records.size(), written};
  }

  Result<void> settle_job(const LateReceipt& receipt) override {
    sql_.settle_job.bind(1, receipt.jws).bind(2, static_cast<std::int64_t>(receipt.tokens_in));
    sql_.settle_job.bind(3, static_cast<std::int64_t>(receipt.tokens_out)).bind(4, ByteView(receipt.job_id));
    sql_.settle_job.bind(5, ByteView(receipt.keyset_id));
    AIPG_CHECK(sql_.settle_job.run("settle_job"));
    if (database_.changes() != 0) return {};
    AIPG_TRY(const auto job, find_job(receipt.job_id));
    if (!job) return fail("store_not_found", "settle_job");
    if (job->keyset_id != receipt.keyset_id || job->receipt != receipt.jws) return fail("store_conflict", "settle_job");
    return {};
  }

  Result<std::optional<JobRecord>> find_job(const ByteArray<16>& id) override {
    const Rows done(sql_.find_job);
    AIPG_TRY(const bool row, sql_.find_job.bind(1, ByteView(id)).step("find_job"));
    if (!row) return std::nullopt;
    return read_job(sql_.find_job);
  }

  Result<std::uint64_t> count_jobs() override {
    const Rows done(sql_.count_jobs);
    AIPG_CHECK(sql_.count_jobs.step("count_jobs"));
    return static_cast<std::uint64_t>(sql_.count_jobs.number(0));
  }

 private:
  Result<std::optional<KeyDigest>> find_key(std::string_view id) {
    const Rows done(sql_.find_key);
    AIPG_TRY(const bool row, sql_.find_key.bind(1, id).step("check_key"));
    if (!row) return std::nullopt;
    return KeyDigest{to_array<16>(sql_.find_key.bytes(0)), to_array<32>(sql_.find_key.bytes(1))};
  }

  // One transaction, and what became of each record in it. An error is of the disk: none of them is in the file.
  Result<void> write_all(std::span<const JobRecord* const> records, const std::function<void()>& before_each,
                         std::vector<Result<void>>& out) {
    AIPG_CHECK(database_.execute("BEGIN IMMEDIATE", "begin"));
    for (const JobRecord* record : records) {
      if (before_each) before_each();
      bind_job(sql_.insert_job, *record);
      out.push_back(sql_.insert_job.run("record_job"));
      const bool conflict = !out.back() && out.back().error().code == Literal("store_conflict");
      // Going on might be in no transaction any more, each record by itself.
      if (!out.back() && !conflict) return out.back();
    }
    return database_.execute("COMMIT", "commit");
  }

  Database database_;  // before what was prepared on it
  Statements sql_;
  crypto::Rng& rng_;
};

}  // namespace

Result<std::unique_ptr<JobStore>> open_sqlite_store(const std::string& path, crypto::Rng& rng) {
  AIPG_TRY(Database database, Database::open(path));
  AIPG_CHECK(prepare_format(database));
  AIPG_TRY(Statements statements, prepare_statements(database));
  return std::make_unique<SqliteStore>(std::move(database), std::move(statements), rng);
}

}  // namespace aipg::store
