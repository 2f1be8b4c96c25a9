// Databases and aliases of the catalog.
#include <fmt/format.h>

#include "gateway/catalog.h"
#include "gateway/catalog_errors.h"

namespace vecgate::gateway {
namespace {
constexpr size_t kMaxDatabases = 64;
}

Status Catalog::CreateDatabase(const std::string& name,
                               std::map<std::string, std::string> properties) {
  VG_RETURN_IF_ERROR(ValidateName("database", name, Subject::kDatabase));
  const std::lock_guard lock(ddl_mutex_);
  {
    const auto databases = databases_.LockShared();
    if (databases->contains(name)) {
      return AlreadyExists(fmt::format("database already exist: {}", name), Subject::kDatabase);
    }
    if (databases->size() >= kMaxDatabases) {
      return ResourceExhausted(
          fmt::format("exceeded the limit number of database[limit={}]", kMaxDatabases),
          Subject::kDatabase);
    }
  }
  VG_ASSIGN_OR_RETURN(const int64_t id, ids_.Take(1));
  const DatabaseRecord record{name, id, clock_.UnixMillis(), std::move(properties)};
  VG_RETURN_IF_ERROR(store_->PutDatabase(record));
  (*databases_.Lock())[name].record = record;
  return Ok();
}

Status Catalog::DropDatabase(const std::string& name) {
  if (name == kDefaultDatabase) {
    return InvalidArgument("can not drop default database", Subject::kDatabase);
  }
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(const std::vector<CollectionPtr> collections, ListCollections(name));
  if (!collections.empty()) {
    return FailedPrecondition(
        fmt::format("database:{} not empty, must drop all collections before drop database", name));
  }
  VG_RETURN_IF_ERROR(store_->DeleteDatabase(name));
  databases_.Lock()->erase(name);
  return Ok();
}

Status Catalog::AlterDatabase(const std::string& name,
                              const std::map<std::string, std::string>& set,
                              const std::vector<std::string>& remove) {
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(DatabaseRecord record, DescribeDatabase(name));
  for (const auto& [key, value] : set) record.properties[key] = value;
  for (const std::string& key : remove) record.properties.erase(key);
  VG_RETURN_IF_ERROR(store_->PutDatabase(record));
  databases_.Lock()->at(name).record = record;
  return Ok();
}

std::vector<DatabaseRecord> Catalog::ListDatabases() const {
  std::vector<DatabaseRecord> out;
  for (const auto& [name, database] : *databases_.LockShared()) out.push_back(database.record);
  return out;
}

Result<DatabaseRecord> Catalog::DescribeDatabase(const std::string& name) const {
  const auto databases = databases_.LockShared();
  const auto found = databases->find(name);
  if (found == databases->end()) return DatabaseNotFound(name);
  return found->second.record;
}

Status Catalog::CheckNewAlias(const std::string& database, const std::string& alias) const {
  VG_RETURN_IF_ERROR(ValidateName("collection alias", alias, Subject::kAlias));
  const auto databases = databases_.LockShared();
  const auto found = databases->find(database);
  if (found == databases->end()) return DatabaseNotFound(database);
  if (found->second.collections.contains(alias)) {
    return AlreadyExists(
        fmt::format("alias and collection name conflict[database={}][alias={}]", database, alias),
        Subject::kCollection);
  }
  return Ok();
}

Status Catalog::CreateAlias(const std::string& database, const std::string& name,
                            const std::string& alias) {
  const std::lock_guard lock(ddl_mutex_);
  VG_RETURN_IF_ERROR(CheckNewAlias(database, alias));
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  if (info.aliases.contains(alias)) return Ok();
  const Result<std::string> holder = DescribeAlias(database, alias);
  if (holder.ok()) {
    return AlreadyExists(fmt::format("{} is alias to another collection: {}", alias, *holder),
                         Subject::kAlias);
  }
  info.aliases.insert(alias);
  const std::string real_name = info.name;
  VG_RETURN_IF_ERROR(Publish(std::move(info)));
  databases_.Lock()->at(database).aliases[alias] = real_name;
  return Ok();
}

Status Catalog::DropAlias(const std::string& database, const std::string& alias) {
  const std::lock_guard lock(ddl_mutex_);
  const Result<std::string> holder = DescribeAlias(database, alias);
  if (!holder.ok()) {
    return holder.error().subject == Subject::kAlias ? Ok() : Status(holder.error());
  }
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, *holder));
  info.aliases.erase(alias);
  VG_RETURN_IF_ERROR(Publish(std::move(info)));
  databases_.Lock()->at(database).aliases.erase(alias);
  return Ok();
}

Status Catalog::AlterAlias(const std::string& database, const std::string& name,
                           const std::string& alias) {
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(const std::string holder, DescribeAlias(database, alias));
  VG_ASSIGN_OR_RETURN(CollectionInfo to, Copy(database, name));
  if (holder == to.name) return Ok();
  VG_ASSIGN_OR_RETURN(CollectionInfo from, Copy(database, holder));
  // The new holder is stored first: a crash between the two leaves the alias in both records, never
  // in none, and Open lets one of them keep it.
  to.aliases.insert(alias);
  from.aliases.erase(alias);
  const std::string real_name = to.name;
  VG_RETURN_IF_ERROR(Publish(std::move(to)));
  VG_RETURN_IF_ERROR(Publish(std::move(from)));
  databases_.Lock()->at(database).aliases[alias] = real_name;
  return Ok();
}

Result<std::string> Catalog::DescribeAlias(const std::string& database,
                                           const std::string& alias) const {
  const auto databases = databases_.LockShared();
  const auto found = databases->find(database);
  if (found == databases->end()) return DatabaseNotFound(database);
  const auto entry = found->second.aliases.find(alias);
  if (entry == found->second.aliases.end()) return AliasNotFound(database, alias);
  return entry->second;
}

}  // namespace vecgate::gateway
