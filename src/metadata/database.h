// Database: one connection to a relational database, as MetadataStore needs it.
//
// What SOCI throws passes through; Translate makes an Error of it. Thread safety: one thread at a
// time. Ownership: owns the connection.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace vecgate {

class Database {
 public:
  virtual ~Database() = default;

  /// Begins a transaction; connects first when it has to.
  virtual soci::session& Begin() = 0;
  virtual void Commit() = 0;
  /// Never throws; a connection that cannot is given up, which rolls back too.
  virtual void Rollback() noexcept = 0;

  [[nodiscard]] virtual Error Translate(const std::exception& exception) const = 0;
  /// A statement of migrations/, which are written for SQLite, in this database's words.
  [[nodiscard]] virtual std::string InDialect(std::string statement) const = 0;
};

/// What SOCI threw of SQLite, as an Error.
Error SqliteError(const std::exception& exception);
/// The file at `path`, or ":memory:". Throws when it cannot be opened.
std::unique_ptr<Database> OpenSqlite(const std::string& path);

/// Its tables lie in the schema vecgate_metadata, which is made when it is not there. Connects at
/// the first Begin, and again at the first Begin after the connection was lost; a transaction that
/// takes longer than `longest_transaction` is cut off. Transactions of all gateways run one at a
/// time, as they do on SQLite. kInvalidArgument (Subject::kConfig) for what libpq cannot read,
/// which is not repeated.
Result<std::unique_ptr<Database>> OpenPostgres(const Secret<std::string>& url,
                                               std::chrono::milliseconds longest_transaction);

}  // namespace vecgate
