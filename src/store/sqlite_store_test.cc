// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/random.h"
#include "store/job_store.h"

namespace aipg::store {
namespace {

constexpr Instant kNow{1'795'348'800'000};

JobRecord some_job() {
  JobRecord job;
  job.id.fill(7);
  job.key_id = "abcdefghijkl";
  job.worker_id = "w-01";
  job.model = "smollm2-135m";
  job.path = "/v1/chat/completions";
  job.keyset_id.fill(9);
  job.started = kNow;
  job.ended = kNow + seconds(3);
  job.request_bytes = 4711;
  job.response_bytes = 123'456;
  job.tokens_in = 32;
  job.tokens_out = 256;
  job.outcome = JobOutcome::lost;
  job.code = "upstream_lost";
  job.receipt = "eyJ.e30.c2ln";
  return job;
}

JobRecord job_without_receipt() {
  JobRecord job = some_job();
  job.tokens_in = job.tokens_out = 0;
  job.receipt.clear();
  return job;
}

LateReceipt late_receipt() {
  return {.job_id = some_job().id,
          .keyset_id = some_job().keyset_id,
          .tokens_in = 64,
          .tokens_out = 96,
          .jws = "eyJ.e30.bGF0ZQ"};
}

// While it lives, no file of this process grows beyond a size: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t most_bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{most_bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  const sighandler_t ignored_ = std::signal(SIGXFSZ, SIG_IGN);  // else it ends the process
};

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "aipg-store-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    store_ = open_store();
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const char* name = "gateway.db") const { return (folder_ / name).string(); }
  std::unique_ptr<JobStore> open_store() { return open_sqlite_store(path(), rng_).value(); }
  static unsigned mode_of(const std::string& file) {
    struct stat status{};
    return stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
  }
  // Through a connection of its own, as another program would.
  static void execute(const std::string& file, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  Result<void> record(const JobRecord& job) {
    return store_->record_jobs(std::array<const JobRecord*, 1>{&job}, {}).front();
  }
  static std::string id_of(const std::string& key) { return key.substr(5, 12); }

  std::filesystem::path folder_;
  crypto::SystemRng rng_;
  std::unique_ptr<JobStore> store_;
};

TEST_F(SqliteStoreTest, AcceptsAKeyItMade) {
  const std::string key = store_->create_key("laptop", kNow).value();
  EXPECT_EQ(store_->check_key(key).value(), id_of(key));
}

TEST_F(SqliteStoreTest, RefusesKeysItDidNotMake) {
  const std::string key = store_->create_key("laptop", kNow).value();
  const std::string other = store_->create_key("phone", kNow).value();
  EXPECT_EQ(store_->check_key("").value(), std::nullopt);
  EXPECT_EQ(store_->check_key("grid_").value(), std::nullopt);
  EXPECT_EQ(store_->check_key(key + " ").value(), std::nullopt);
  EXPECT_EQ(store_->check_key(key.substr(0, 17) + other.substr(17)).value(), std::nullopt);
  EXPECT_EQ(store_->check_key("grid_aaaaaaaaaaaa" + key.substr(17)).value(), std::nullopt);
}

TEST_F(SqliteStoreTest, ListsKeysWithoutTheirSecrets) {
  const std::string first = store_->create_key("laptop", kNow).value();
  const std::string second = store_->create_key("phone \xc3\xa9", kNow + seconds(1)).value();
  ASSERT_TRUE(store_->revoke_key(id_of(first), kNow + seconds(2)));
  const auto keys = store_->list_keys().value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].id, id_of(first));
  EXPECT_EQ(keys[0].name, "laptop");
  EXPECT_EQ(keys[0].created, kNow);
  EXPECT_EQ(keys[0].revoked, kNow + seconds(2));
  EXPECT_EQ(keys[1].id, id_of(second));
  EXPECT_EQ(keys[1].name, "phone \xc3\xa9");
  EXPECT_EQ(keys[1].revoked, std::nullopt);
}

TEST_F(SqliteStoreTest, RefusesARevokedKey) {
  const std::string key = store_->create_key("laptop", kNow).value();
  ASSERT_TRUE(store_->revoke_key(id_of(key), kNow));
  EXPECT_EQ(store_->check_key(key).value(), std::nullopt);
}

TEST_F(SqliteStoreTest, NoticesAtOnceWhatAnotherConnectionRevoked) {
  const std::string key = store_->create_key("laptop", kNow).value();
  const auto other = open_store();
  EXPECT_EQ(store_->check_key(key).value(), id_of(key));
  ASSERT_TRUE(other->revoke_key(id_of(key), kNow));
  EXPECT_EQ(store_->check_key(key).value(), std::nullopt);
  const std::string fresh = other->create_key("phone", kNow).value();
  EXPECT_EQ(store_->check_key(fresh).value(), id_of(fresh));
}

TEST_F(SqliteStoreTest, CannotRevokeWhatIsNotActive) {
  EXPECT_EQ(store_->revoke_key("abcdefghijkl", kNow).error().code, Literal("store_not_found"));
  const std::string key = store_->create_key("laptop", kNow).value();
  ASSERT_TRUE(store_->revoke_key(id_of(key), kNow));
  EXPECT_EQ(store_->revoke_key(id_of(key), kNow + seconds(1)).error().code, Literal("store_not_found"));
  EXPECT_EQ(store_->list_keys().value()[0].revoked, kNow);
}

TEST_F(SqliteStoreTest, RefusesNamesThatWouldSpoilAList) {
  for (const std::string& name : {std::string(), std::string("a\nb"), std::string("\x1b[2J"), std::string(129, 'a')}) {
    EXPECT_EQ(store_->create_key(name, kNow).error().code, Literal("store_invalid_name"));
  }
  EXPECT_TRUE(store_->create_key(std::string(128, 'a'), kNow));
}

TEST_F(SqliteStoreTest, RefusesAKeyIdThatIsTakenAlready) {
  crypto::ScriptedRng rng(Bytes(std::size_t{2} * (12 + 32 + 16), 1));
  const auto store = open_sqlite_store(path(), rng).value();
  EXPECT_TRUE(store->create_key("first", kNow));
  EXPECT_EQ(store->create_key("second", kNow).error(), (Error{"store_conflict", "create_key", 0}));
}

TEST_F(SqliteStoreTest, GivesBackAJobAsItWasRecorded) {
  const JobRecord job = some_job();
  ASSERT_TRUE(record(job));
  const auto found = store_->find_job(job.id).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, job.id);
  EXPECT_EQ(found->key_id, job.key_id);
  EXPECT_EQ(found->worker_id, job.worker_id);
  EXPECT_EQ(found->model, job.model);
  EXPECT_EQ(found->path, job.path);
  EXPECT_EQ(found->keyset_id, job.keyset_id);
  EXPECT_EQ(found->started, job.started);
  EXPECT_EQ(found->ended, job.ended);
  EXPECT_EQ(found->request_bytes, job.request_bytes);
  EXPECT_EQ(found->response_bytes, job.response_bytes);
  EXPECT_EQ(found->tokens_in, job.tokens_in);
  EXPECT_EQ(found->tokens_out, job.tokens_out);
  EXPECT_EQ(found->outcome, job.outcome);
  EXPECT_EQ(found->code, job.code);
  EXPECT_EQ(found->receipt, job.receipt);
}

TEST_F(SqliteStoreTest, RecordsAJobThatNobodyTook) {
  JobRecord job;
  job.outcome = JobOutcome::refused;
  ASSERT_TRUE(record(job));
  EXPECT_EQ(store_->find_job(job.id).value()->worker_id, "");
  EXPECT_EQ(store_->find_job(job.id).value()->outcome, JobOutcome::refused);
}

TEST_F(SqliteStoreTest, CountsJobsAndRefusesTheSameIdTwice) {
  EXPECT_EQ(store_->count_jobs().value(), 0U);
  ASSERT_TRUE(record(some_job()));
  EXPECT_EQ(record(some_job()).error().code, Literal("store_conflict"));
  EXPECT_EQ(store_->count_jobs().value(), 1U);
  JobRecord other = some_job();
  other.id.fill(8);
  EXPECT_TRUE(record(other));
  EXPECT_EQ(store_->count_jobs().value(), 2U);
  EXPECT_EQ(store_->find_job(ByteArray<16>{}).value(), std::nullopt);
}

TEST_F(SqliteStoreTest, RecordsTheOthersOfATransactionThatHasAJobTwice) {
  JobRecord first = some_job(), other = some_job();
  other.id.fill(8);
  int called = 0;
  const auto stored = store_->record_jobs(std::array<const JobRecord*, 3>{&first, &first, &other}, [&] { ++called; });
  EXPECT_EQ(called, 3) << "before each";
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_TRUE(stored[0]);
  EXPECT_EQ(stored[1].error().code, Literal("store_conflict"));
  EXPECT_TRUE(stored[2]);
  EXPECT_EQ(open_store()->count_jobs().value(), 2U);
}

TEST_F(SqliteStoreTest, SaysOfAllThatATransactionCouldNotBegin) {
  sqlite3* other = nullptr;  // another program, in the middle of something
  ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const JobRecord job = some_job();
  const auto stored = store_->record_jobs(std::array{&job, &job}, {});
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].error(), (Error{"store_failed", "begin", 0}));
  EXPECT_EQ(stored[1].error(), (Error{"store_failed", "begin", 0}));
  sqlite3_close(other);
  EXPECT_TRUE(record(job));
}

// More than the cache holds, so that the disk is full in the middle of the transaction.
TEST_F(SqliteStoreTest, RecordsAllOfATransactionAgainThatAFullDiskDidNotTake) {
  std::vector<JobRecord> jobs(2000, some_job());
  std::vector<const JobRecord*> pointers;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].id = {static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    jobs[i].receipt = std::string(8000, 'r');
    pointers.push_back(&jobs[i]);
  }
  {
    const FullDisk full(4U << 20);
    for (const Result<void>& stored : store_->record_jobs(pointers, {})) {
      ASSERT_FALSE(stored.has_value());
      ASSERT_EQ(stored.error().code, Literal("store_failed"));
    }
  }
  EXPECT_EQ(store_->count_jobs(), 0U);
  for (const Result<void>& stored : store_->record_jobs(pointers, {})) ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(store_->count_jobs(), jobs.size());
}

TEST_F(SqliteStoreTest, SettlesAJobThatWasRecordedWithoutItsReceipt) {
  ASSERT_TRUE(record(job_without_receipt()));
  EXPECT_TRUE(store_->settle_job(late_receipt()));
  EXPECT_TRUE(store_->settle_job(late_receipt())) << "the same again";
  const JobRecord job = open_store()->find_job(some_job().id).value().value();
  EXPECT_EQ(job.receipt, "eyJ.e30.bGF0ZQ");
  EXPECT_EQ(job.tokens_in, 64U);
  EXPECT_EQ(job.tokens_out, 96U);
  EXPECT_EQ(job.outcome, JobOutcome::lost);
  EXPECT_EQ(job.code, "upstream_lost");
}

TEST_F(SqliteStoreTest, SettlesAJobOnce) {
  ASSERT_TRUE(record(job_without_receipt()));
  ASSERT_TRUE(store_->settle_job(late_receipt()));
  LateReceipt other = late_receipt();
  other.jws = "eyJ.e30.b3RoZXI";
  EXPECT_EQ(store_->settle_job(other).error().code, Literal("store_conflict"));
  EXPECT_EQ(store_->find_job(other.job_id).value()->receipt, "eyJ.e30.bGF0ZQ");
}

TEST_F(SqliteStoreTest, SettlesOnlyTheKeysetsOwnJobs) {
  ASSERT_TRUE(record(job_without_receipt()));
  LateReceipt foreign = late_receipt();
  foreign.keyset_id.fill(8);
  EXPECT_EQ(store_->settle_job(foreign).error().code, Literal("store_conflict"));
  EXPECT_EQ(store_->find_job(foreign.job_id).value()->receipt, "");
}

TEST_F(SqliteStoreTest, SettlesNothingThatWasNotRecorded) {
  EXPECT_EQ(store_->settle_job(late_receipt()).error().code, Literal("store_not_found"));
  EXPECT_EQ(store_->count_jobs().value(), 0U);
}

TEST_F(SqliteStoreTest, KeepsWhatWasWrittenWhenOpenedAgain) {
  const std::string key = store_->create_key("laptop", kNow).value();
  ASSERT_TRUE(record(some_job()));
  store_.reset();
  store_ = open_store();
  EXPECT_EQ(store_->check_key(key).value(), id_of(key));
  EXPECT_EQ(store_->count_jobs().value(), 1U);
}

TEST_F(SqliteStoreTest, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(record(some_job()));
  EXPECT_EQ(mode_of(path()), 0600U);
  EXPECT_EQ(mode_of(path("gateway.db-wal")), 0600U);
  EXPECT_EQ(mode_of(path("gateway.db-shm")), 0600U);
  store_.reset();
  ASSERT_EQ(chmod(path().c_str(), 0644), 0);
  store_ = open_store();
  EXPECT_EQ(mode_of(path()), 0600U);
}

TEST_F(SqliteStoreTest, NeverWritesTheSecretItself) {
  const std::string key = store_->create_key("laptop", kNow).value();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(content.find(key.substr(17)), std::string::npos) << entry.path();
  }
}

TEST_F(SqliteStoreTest, RefusesAFileOfANewerFormat) {
  store_.reset();
  execute(path(), "PRAGMA user_version = 2");
  EXPECT_EQ(open_sqlite_store(path(), rng_).error().code, Literal("store_unknown_format"));
}

TEST_F(SqliteStoreTest, RefusesAnotherProgramsDatabase) {
  execute(path("other.db"), "CREATE TABLE t (a)");
  EXPECT_EQ(open_sqlite_store(path("other.db"), rng_).error().code, Literal("store_unknown_format"));
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path("text.db")) << std::string(4096, 'x');
  EXPECT_EQ(open_sqlite_store(path("text.db"), rng_).error().code, Literal("store_failed"));
}

TEST_F(SqliteStoreTest, RefusesAPathItCannotCreate) {
  EXPECT_EQ(open_sqlite_store(path("absent/gateway.db"), rng_).error(), (Error{"store_failed", "create", 0}));
}

TEST_F(SqliteStoreTest, TheFormatRefusesValuesOfAnotherType) {
  store_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
  const char* wrong = "INSERT INTO api_key VALUES ('a', 'b', x'00', x'00', 'yesterday', NULL)";
  EXPECT_NE(sqlite3_exec(database, wrong, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

}  // namespace
}  // namespace aipg::store
