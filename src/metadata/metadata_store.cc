#include "metadata/metadata_store.h"

#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

#include "metadata/migrations.h"

namespace vecgate {
namespace {

Error Translate(const std::exception& exception) {
  const std::string text = std::string("metadata store: ") + exception.what();
  const auto has = [&](const char* what) { return text.find(what) != std::string::npos; };
  if (has("UNIQUE constraint") || has("constraint failed")) return AlreadyExists(text);
  if (has("locked") || has("busy")) return Unavailable(text, Subject::kStorage);
  if (has("disk is full") || has("disk I/O")) return Unavailable(text, Subject::kStorage);
  if (has("malformed") || has("not a database")) return DataLoss(text, Subject::kStorage);
  return Internal(text, Subject::kStorage);
}

}  // namespace

MetadataStore::MetadataStore(std::unique_ptr<soci::session> session)
    : session_(std::move(session)) {}
MetadataStore::~MetadataStore() = default;

Result<std::unique_ptr<MetadataStore>> MetadataStore::Open(const std::string& path,
                                                           Migrate migrate) {
  std::unique_ptr<MetadataStore> store;
  try {
    auto session = std::make_unique<soci::session>(soci::sqlite3, "dbname=" + path + " timeout=10");
    *session << "PRAGMA journal_mode = WAL";
    *session << "PRAGMA synchronous = FULL";
    *session << "PRAGMA foreign_keys = ON";
    *session << "PRAGMA busy_timeout = 10000";
    store.reset(new MetadataStore(std::move(session)));
  } catch (const std::exception& exception) {
    return Translate(exception).Within("metadata database " + path + " cannot be opened");
  }
  if (migrate == Migrate::kNever) return store;
  VG_ASSIGN_OR_RETURN(const auto applied, GetMigrationStatus(*store));
  const bool fresh = std::none_of(applied.begin(), applied.end(),
                                  [](const MigrationStatus& step) { return step.applied; });
  if (fresh) VG_RETURN_IF_ERROR(MigrateUp(*store));
  VG_RETURN_IF_ERROR(ValidateSchema(*store));
  return store;
}

Status MetadataStore::WithTransaction(const std::function<Status(soci::session&)>& work) {
  const std::lock_guard lock(mutex_);
  try {
    soci::transaction transaction(*session_);
    const Status status = work(*session_);
    if (!status.ok()) return status;  // The destructor rolls back.
    transaction.commit();
    return status;
  } catch (const std::exception& exception) {
    return Translate(exception);
  }
}

Result<int64_t> MetadataStore::ReserveIds(soci::session& sql, int64_t at_least, int64_t count) {
  long long next = 0;
  sql << "SELECT next_id FROM id_sequence WHERE name = 'catalog'", soci::into(next);
  if (!sql.got_data()) return DataLoss("the metadata store lacks its id sequence");
  const long long first = std::max<long long>(next, at_least);
  const long long after = first + count;
  sql << "UPDATE id_sequence SET next_id = :n WHERE name = 'catalog'", soci::use(after);
  return first;
}

}  // namespace vecgate
