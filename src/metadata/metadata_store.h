// MetadataStore: the relational store for everything that is not a row of a collection: catalog,
// documents, ingestions. SQLite in the data directory or PostgreSQL, through SOCI.
//
//   VG_RETURN_IF_ERROR(store.WithTransaction([&](soci::session& sql) -> Status {
//     sql << "UPDATE documents SET state = :s WHERE document_id = :i", soci::use(s), soci::use(i);
//     return Ok();
//   }));
//
// Statements take their values by soci::use only, never pasted into the text, and are written so
// that both databases take them.
//
// Durability: a transaction that returned OK is on disk (SQLite: WAL, synchronous=FULL).
// Thread safety: any thread; transactions run one at a time. A transaction must be short and must
// not call back into the store.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "metadata/database.h"

namespace vecgate {

class MetadataStore {
 public:
  enum class Migrate {
    /// A fresh file gets the newest schema; an old one is refused with the command that mends it.
    kOnlyFresh,
    /// Leaves the schema as it is and does not look at it: for `vecgate migrate`.
    kNever,
  };

  /// Opens or creates the database file at `path` (":memory:" for tests) and validates its schema.
  /// Errors: kFailedPrecondition when the schema is older, newer or otherwise another than this
  /// program's; kUnavailable when the file cannot be opened or stays locked; kDataLoss when it is
  /// damaged.
  static Result<std::unique_ptr<MetadataStore>> Open(const std::string& path,
                                                     Migrate migrate = Migrate::kOnlyFresh);
  /// The same on PostgreSQL, in its schema vecgate_metadata. A transaction that the server does not
  /// answer in time is cut off, and whether it took effect is unknown. Errors besides:
  /// kInvalidArgument for the URL, kUnavailable when nobody answers, kFailedPrecondition for a
  /// password or a right that is missing.
  static Result<std::unique_ptr<MetadataStore>> OpenPostgres(
      const Secret<std::string>& url, Migrate migrate = Migrate::kOnlyFresh,
      std::chrono::milliseconds longest_transaction = std::chrono::seconds(30));
  ~MetadataStore();

  /// Runs `work` in one transaction: committed when it returns OK, rolled back when it returns an
  /// error or throws. SOCI's exceptions come back as kUnavailable (busy, full, not reachable: the
  /// next transaction connects again), kAlreadyExists (constraint), kDataLoss (damaged) or
  /// kInternal.
  Status WithTransaction(const std::function<Status(soci::session&)>& work);

  /// A statement of migrations/ in the database's words.
  [[nodiscard]] std::string InDialect(const std::string& statement) const {
    return database_->InDialect(statement);
  }

  /// As WithTransaction, for what gives a value.
  template <typename T, typename Work>
  Result<T> Read(Work work) {
    Result<T> out = Internal("the transaction gave no value");
    VG_RETURN_IF_ERROR(WithTransaction([&](soci::session& sql) -> Status {
      out = work(sql);
      if (!out.ok()) return out.error();
      return Ok();
    }));
    return out;
  }

  /// Takes `count` numbers, each at least `at_least` and never given before; returns the first.
  /// Inside a transaction, and durable with it.
  static Result<int64_t> ReserveIds(soci::session& sql, int64_t at_least, int64_t count);

 private:
  explicit MetadataStore(std::unique_ptr<Database> database);

  static Result<std::unique_ptr<MetadataStore>> Check(std::unique_ptr<MetadataStore> store,
                                                      Migrate migrate);

  std::mutex mutex_;
  const std::unique_ptr<Database> database_;  // Its connection is guarded by mutex_.
};

}  // namespace vecgate
