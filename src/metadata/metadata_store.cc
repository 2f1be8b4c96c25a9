#include "metadata/metadata_store.h"

#include <algorithm>

#include "metadata/migrations.h"

namespace vecgate {

MetadataStore::MetadataStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
MetadataStore::~MetadataStore() = default;

Result<std::unique_ptr<MetadataStore>> MetadataStore::Open(const std::string& path,
                                                           Migrate migrate) {
  std::unique_ptr<MetadataStore> store;
  try {
    store.reset(new MetadataStore(OpenSqlite(path)));
  } catch (const std::exception& exception) {
    return SqliteError(exception).Within("metadata database " + path + " cannot be opened");
  }
  return Check(std::move(store), migrate);
}

Result<std::unique_ptr<MetadataStore>> MetadataStore::OpenPostgres(
    const Secret<std::string>& url, Migrate migrate,
    std::chrono::milliseconds longest_transaction) {
  VG_ASSIGN_OR_RETURN(auto database, vecgate::OpenPostgres(url, longest_transaction));
  return Check(std::unique_ptr<MetadataStore>(new MetadataStore(std::move(database))), migrate);
}

Result<std::unique_ptr<MetadataStore>> MetadataStore::Check(std::unique_ptr<MetadataStore> store,
                                                            Migrate migrate) {
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
  bool begun = false;
  try {
    soci::session& session = database_->Begin();
    begun = true;
    const Status status = work(session);
    if (status.ok()) {
      database_->Commit();
    } else {
      database_->Rollback();
    }
    return status;
  } catch (const std::exception& exception) {
    const Error error = database_->Translate(exception);
    if (begun) database_->Rollback();
    return error;
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
