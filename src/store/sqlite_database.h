// SPDX-License-Identifier: Apache-2.0
// A database file and its prepared statements, as values. Knows nothing of
// what is stored. Not for concurrent use. Errors: store_failed,
// store_conflict (a unique value is there already).
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::store {

// Bound by position from 1, as SQL counts. Bound text and bytes must outlive the run.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, ByteView bytes);
  Statement& bind(int at, std::int64_t number);

  // One row: true; no more rows: false.
  [[nodiscard]] Result<bool> step(Literal where);
  // For a statement without rows: runs it, ready to be bound again.
  [[nodiscard]] Result<void> run(Literal where);
  void reset();

  // Columns of the current row, from 0. Views live until the next step or reset.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] ByteView bytes(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Resets a statement when the caller is done with its rows, whatever way it leaves:
// an open read would keep the log from being folded back into the file.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(statement) {}
  ~Rows() { statement_.reset(); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  // Creates the file with mode 0600, or narrows an existing one to it.
  [[nodiscard]] static Result<Database> open(const std::string& path);

  // Fixed SQL without results.
  [[nodiscard]] Result<void> execute(Literal sql, Literal where);
  [[nodiscard]] Result<Statement> prepare(Literal sql, Literal where);
  // The single value of a query or pragma.
  [[nodiscard]] Result<std::int64_t> number(Literal sql, Literal where);
  [[nodiscard]] Result<std::string> text(Literal sql, Literal where);
  // Rows that the last statement changed.
  [[nodiscard]] int changes() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace aipg::store
