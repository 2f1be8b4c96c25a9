#include <soci/sqlite3/soci-sqlite3.h>

#include "metadata/database.h"

namespace vecgate {
namespace {

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::string& path)
      : session_(soci::sqlite3, "dbname=" + path + " timeout=10") {
    session_ << "PRAGMA journal_mode = WAL";
    session_ << "PRAGMA synchronous = FULL";
    session_ << "PRAGMA foreign_keys = ON";
    session_ << "PRAGMA busy_timeout = 10000";
  }

  soci::session& Begin() override {
    session_.begin();
    return session_;
  }
  void Commit() override { session_.commit(); }
  void Rollback() noexcept override {
    try {
      session_.rollback();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): SQLite did it by itself.
    }
  }

  [[nodiscard]] Error Translate(const std::exception& exception) const override {
    return SqliteError(exception);
  }
  [[nodiscard]] std::string InDialect(std::string statement) const override { return statement; }

 private:
  soci::session session_;
};

}  // namespace

Error SqliteError(const std::exception& exception) {
  const std::string text = std::string("metadata store: ") + exception.what();
  const auto has = [&](const char* what) { return text.find(what) != std::string::npos; };
  if (has("UNIQUE constraint") || has("constraint failed")) return AlreadyExists(text);
  if (has("locked") || has("busy")) return Unavailable(text, Subject::kStorage);
  if (has("disk is full") || has("disk I/O")) return Unavailable(text, Subject::kStorage);
  if (has("malformed") || has("not a database")) return DataLoss(text, Subject::kStorage);
  return Internal(text, Subject::kStorage);
}

std::unique_ptr<Database> OpenSqlite(const std::string& path) {
  return std::make_unique<SqliteDatabase>(path);
}

}  // namespace vecgate
