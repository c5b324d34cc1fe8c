// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace aipg::store {
namespace {

constexpr int kBusyTimeoutMs = 2000;

// Nobody asks how much memory SQLite uses, and each of its allocations would take a lock to count it.
void count_no_memory() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;
}

// SQLite gives its side files (-wal, -shm) the mode of the database file.
Result<void> make_private(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno != EEXIST) return fail("store_failed", "create");
  // By name, not by an open file: closing one would drop the locks that this process holds on the same file.
  if (::chmod(path.c_str(), 0600) != 0) return fail("store_failed", "mode");
  return {};
}

}  // namespace

Statement& Statement::bind(int at, std::string_view text) {
  // A null pointer would bind NULL instead of the empty text.
  const char* data = text.data() != nullptr ? text.data() : "";
  sqlite3_bind_text(statement_.get(), at, data, static_cast<int>(text.size()), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int at, ByteView bytes) {
  sqlite3_bind_blob(statement_.get(), at, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int at, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), at, number);
  return *this;
}

Result<bool> Statement::step(Literal where) {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
      return fail("store_conflict", where);
    default:
      return fail("store_failed", where);
  }
}

Result<void> Statement::run(Literal where) {
  const auto stepped = step(where);
  reset();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  // What was bound is borrowed; forget it with the run.
  sqlite3_clear_bindings(statement_.get());
}

std::string_view Statement::text(int column) const { return as_text(bytes(column)); }

ByteView Statement::bytes(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

Result<Database> Database::open(const std::string& path) {
  AIPG_CHECK(make_private(path));
  count_no_memory();
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);  // a failed open leaves a handle to close as well
  if (opened != SQLITE_OK) return fail("store_failed", "open");
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // The file is data: no function calls from its schema, no writes past SQL.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  AIPG_CHECK(database.execute("PRAGMA trusted_schema=OFF", "trusted_schema"));
  AIPG_CHECK(database.execute("PRAGMA synchronous=FULL", "synchronous"));
  AIPG_TRY(const std::string mode, database.text("PRAGMA journal_mode=WAL", "journal_mode"));
  if (mode != "wal") return fail("store_failed", "journal_mode");
  return database;
}

Result<void> Database::execute(Literal sql, Literal where) {
  const std::string terminated(sql.view());
  if (sqlite3_exec(database_.get(), terminated.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return fail("store_failed", where);
  }
  return {};
}

Result<Statement> Database::prepare(Literal sql, Literal where) {
  sqlite3_stmt* raw = nullptr;
  const auto text = sql.view();
  const int prepared = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                                          SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (prepared != SQLITE_OK) return fail("store_failed", where);
  return Statement(raw);
}

Result<std::int64_t> Database::number(Literal sql, Literal where) {
  AIPG_TRY(Statement query, prepare(sql, where));
  AIPG_TRY(const bool row, query.step(where));
  if (!row) return fail("store_failed", where);
  return query.number(0);
}

Result<std::string> Database::text(Literal sql, Literal where) {
  AIPG_TRY(Statement query, prepare(sql, where));
  AIPG_TRY(const bool row, query.step(where));
  if (!row) return fail("store_failed", where);
  return std::string(query.text(0));
}

int Database::changes() const { return sqlite3_changes(database_.get()); }

}  // namespace aipg::store
