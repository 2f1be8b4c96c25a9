// Opening, collections, load state.
#include "gateway/catalog.h"

#include <fmt/format.h>

#include <set>

#include "gateway/catalog_errors.h"

namespace vecgate::gateway {
namespace {

constexpr int64_t kDefaultKeyPartitions = 16;
constexpr int64_t kMaxPartitions = 1024;
constexpr size_t kMaxCollectionsPerDatabase = 65536;

Result<std::vector<PartitionInfo>> FirstPartitions(const CreateCollectionOptions& options,
                                                   int64_t now_ms) {
  if (!options.schema.PartitionKeyIndex()) {
    if (options.num_partitions > 1) {
      return InvalidArgument(
          "num_partitions should only be specified with partition key field enabled");
    }
    return std::vector<PartitionInfo>{{PartitionId{0}, std::string(kDefaultPartition), now_ms}};
  }
  const int64_t count =
      options.num_partitions == 0 ? kDefaultKeyPartitions : options.num_partitions;
  if (count < 1 || count > kMaxPartitions) {
    return InvalidArgument(
        fmt::format("partition number ({}) should be in range [1, {}]", count, kMaxPartitions));
  }
  std::vector<PartitionInfo> partitions;
  for (int64_t i = 0; i < count; ++i) {
    partitions.push_back({PartitionId{static_cast<uint32_t>(i)},
                          fmt::format("{}_{}", kDefaultPartition, i), now_ms});
  }
  return partitions;
}

/// The record of a statement that has begun. Its name is none that a collection can have, so that
/// one of that name can be made while this waits for the next start.
CollectionInfo IntentOf(CollectionInfo info, LifeStage stage) {
  info.stage = stage;
  info.name = fmt::format("{} {}", info.name, ToNumber(info.id));
  return info;
}

/// Those properties that speak to the engine.
std::map<std::string, std::string> EngineOptionsOf(
    const std::map<std::string, std::string>& properties) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : properties) {
    if (name.starts_with(kEnginePropertyPrefix)) out.emplace(name, value);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::Open(std::unique_ptr<CatalogStore> store,
                                               EngineSet engines, const Clock& clock,
                                               Options options) {
  std::unique_ptr<Catalog> catalog(
      new Catalog(std::move(store), std::move(engines), clock, std::move(options)));
  VG_ASSIGN_OR_RETURN(const std::vector<CollectionInfo> unfinished, catalog->LoadRecords());
  VG_RETURN_IF_ERROR(catalog->MendAfterCrash(unfinished));
  return catalog;
}

Result<std::vector<CollectionInfo>> Catalog::LoadRecords() {
  VG_ASSIGN_OR_RETURN(std::vector<DatabaseRecord> records, store_->LoadDatabases());
  VG_ASSIGN_OR_RETURN(std::vector<CollectionInfo> collections, store_->LoadCollections());
  auto databases = databases_.Lock();
  for (DatabaseRecord& record : records) {
    std::string name = record.name;
    (*databases)[name].record = std::move(record);
  }
  if (!databases->contains(std::string(kDefaultDatabase))) {
    const DatabaseRecord record{std::string(kDefaultDatabase), 1, clock_.UnixMillis(), {}};
    VG_RETURN_IF_ERROR(store_->PutDatabase(record));
    (*databases)[record.name].record = record;
  }
  std::vector<CollectionInfo> unfinished;
  for (CollectionInfo& info : collections) {
    if (info.stage != LifeStage::kReady) {
      unfinished.push_back(std::move(info));
      continue;
    }
    const auto database = databases->find(info.database);
    if (database == databases->end()) {
      return DataLoss(fmt::format("collection {} belongs to database {}, which has no record",
                                  info.name, info.database),
                      Subject::kStorage);
    }
    VG_RETURN_IF_ERROR(TakeAliases(database->second.aliases, info));
    const std::string name = info.name;
    database->second.collections[name] = std::make_shared<const CollectionInfo>(std::move(info));
  }
  return unfinished;
}

Status Catalog::TakeAliases(std::map<std::string, std::string>& aliases, CollectionInfo& info) {
  std::set<std::string> kept;
  for (const std::string& alias : info.aliases) {
    if (aliases.emplace(alias, info.name).second) kept.insert(alias);
  }
  if (kept.size() == info.aliases.size()) return Ok();
  info.aliases = std::move(kept);
  return store_->PutCollection(info);
}

Status Catalog::Publish(CollectionInfo info) {
  VG_RETURN_IF_ERROR(store_->PutCollection(info));
  const std::string database = info.database;
  const std::string name = info.name;
  auto databases = databases_.Lock();
  (*databases)[database].collections[name] =
      std::make_shared<const CollectionInfo>(std::move(info));
  return Ok();
}

Result<CollectionInfo> Catalog::Copy(const std::string& database, const std::string& name) const {
  VG_ASSIGN_OR_RETURN(const CollectionPtr info, Resolve(database, name));
  return *info;
}

Result<CollectionPtr> Catalog::Resolve(const std::string& database, const std::string& name) const {
  const auto databases = databases_.LockShared();
  const auto found = databases->find(database);
  if (found == databases->end()) return DatabaseNotFound(database);
  const Database& entry = found->second;
  const auto alias = entry.aliases.find(name);
  const auto collection =
      entry.collections.find(alias == entry.aliases.end() ? name : alias->second);
  if (collection == entry.collections.end()) return CollectionNotFound(database, name);
  return collection->second;
}

Result<CollectionPtr> Catalog::ResolveById(CollectionId id) const {
  const auto databases = databases_.LockShared();
  for (const auto& [database_name, database] : *databases) {
    for (const auto& [name, info] : database.collections) {
      if (info->id == id) return info;
    }
  }
  return NotFound(fmt::format("collection not found[collection={}]", ToNumber(id)),
                  Subject::kCollection);
}

Result<std::vector<CollectionPtr>> Catalog::ListCollections(const std::string& database) const {
  const auto databases = databases_.LockShared();
  const auto found = databases->find(database);
  if (found == databases->end()) return DatabaseNotFound(database);
  std::vector<CollectionPtr> out;
  for (const auto& [name, info] : found->second.collections) out.push_back(info);
  return out;
}

Status Catalog::CreateCollection(const OpContext& context, CreateCollectionOptions options) {
  VG_RETURN_IF_ERROR(ValidateName("collection", options.schema.name, Subject::kCollection));
  VG_RETURN_IF_ERROR(FinishSchema(options.schema));
  const std::string name = options.schema.name;

  const std::lock_guard lock(ddl_mutex_);
  {
    const auto databases = databases_.LockShared();
    const auto database = databases->find(options.database);
    if (database == databases->end()) return DatabaseNotFound(options.database);
    if (database->second.collections.size() >= kMaxCollectionsPerDatabase) {
      return ResourceExhausted(fmt::format("database {} has {} collections, no more are allowed",
                                           options.database, kMaxCollectionsPerDatabase));
    }
    if (database->second.aliases.contains(name)) {
      return AlreadyExists(fmt::format(
          "create duplicate collection with different parameters, collection: {}", name));
    }
    const auto existing = database->second.collections.find(name);
    if (existing != database->second.collections.end()) {
      if (SameSchema(existing->second->schema, options.schema) &&
          EngineOptionsOf(existing->second->properties) == EngineOptionsOf(options.properties)) {
        return Ok();
      }
      return AlreadyExists(fmt::format(
          "create duplicate collection with different parameters, collection: {}", name));
    }
  }
  CollectionInfo info;
  info.created_ms = clock_.UnixMillis();
  VG_ASSIGN_OR_RETURN(info.partitions, FirstPartitions(options, info.created_ms));
  const auto asked = options.properties.find(kEngineProperty);
  info.engine = asked == options.properties.end() ? engines_.default_name() : asked->second;
  VG_ASSIGN_OR_RETURN(Engine* const engine, engines_.Find(info.engine));
  VG_ASSIGN_OR_RETURN(const int64_t id, ids_.Take(1));
  info.id = CollectionId{static_cast<uint64_t>(id)};
  info.database = options.database;
  info.name = name;
  info.schema = std::move(options.schema);
  info.properties = std::move(options.properties);
  info.num_shards = options.num_shards;
  info.consistency_level = options.consistency_level;
  info.next_partition_id = static_cast<uint32_t>(info.partitions.size());
  VG_RETURN_IF_ERROR(store_->PutCollection(IntentOf(info, LifeStage::kCreating)));
  const Status created =
      engine->CreateCollection(context, {info.id, info.schema, EngineOptionsOf(info.properties)});
  if (!created.ok()) {
    // The id is another gateway's.
    if (created.error().code == Code::kAlreadyExists) {
      VG_RETURN_IF_ERROR(store_->DeleteCollection(info.id));
      return created;
    }
    // Whether it took effect may be unknown. If it cannot be undone now, the next start does it.
    const Status undone = FinishDrop(context, *engine, info.id);
    if (!undone.ok()) {
      Warn(
          fmt::format("collection {}, whose creation failed, cannot be removed from the {} engine "
                      "yet: {}",
                      name, info.engine, undone.error().message));
    }
    return created;
  }
  return Publish(std::move(info));
}

Status Catalog::DropCollection(const OpContext& context, const std::string& database,
                               const std::string& name) {
  std::unique_lock lock(ddl_mutex_);
  VG_RETURN_IF_ERROR(AwaitIndexBuild(lock, context, database, name));
  const Result<CollectionPtr> info = Resolve(database, name);
  if (!info.ok()) {
    if (info.error().subject == Subject::kCollection) return Ok();
    return info.error();
  }
  if ((*info)->name != name) {
    return FailedPrecondition(fmt::format("cannot drop the collection via alias = {}", name),
                              Subject::kAlias);
  }
  if (!(*info)->aliases.empty()) {
    return FailedPrecondition(
        fmt::format("unable to drop the collection [{}] because it has associated aliases [{}], "
                    "please remove all aliases before dropping the collection",
                    name, fmt::join((*info)->aliases, " ")),
        Subject::kAlias);
  }
  VG_ASSIGN_OR_RETURN(Engine* const engine, EngineOf(**info));
  VG_RETURN_IF_ERROR(store_->PutCollection(IntentOf(**info, LifeStage::kDropping)));
  databases_.Lock()->at(database).collections.erase(name);
  return FinishDrop(context, *engine, (*info)->id);
}

Status Catalog::RenameCollection(const std::string& database, const std::string& old_name,
                                 const std::string& new_database, const std::string& new_name) {
  VG_RETURN_IF_ERROR(ValidateName("collection", new_name, Subject::kCollection));
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, old_name));
  if (info.name != old_name) {
    return FailedPrecondition(
        fmt::format("unsupported use an alias to rename collection, alias:{}", old_name),
        Subject::kAlias);
  }
  {
    const auto databases = databases_.LockShared();
    const auto target = databases->find(new_database);
    if (target == databases->end()) return DatabaseNotFound(new_database);
    if (target->second.aliases.contains(new_name)) {
      return FailedPrecondition(
          fmt::format("cannot rename collection to an existing alias: {}", new_name),
          Subject::kAlias);
    }
    if (target->second.collections.contains(new_name)) {
      return AlreadyExists(
          fmt::format("duplicated new collection name {}:{} with other collection name or alias",
                      new_database, new_name));
    }
    if (database != new_database && !info.aliases.empty()) {
      return FailedPrecondition(
          fmt::format("collection {} has aliases, drop them before it moves to database {}",
                      old_name, new_database));
    }
  }
  info.name = new_name;
  info.database = new_database;
  info.schema.name = new_name;
  const std::set<std::string> aliases = info.aliases;
  VG_RETURN_IF_ERROR(Publish(std::move(info)));
  auto databases = databases_.Lock();
  databases->at(database).collections.erase(old_name);
  for (const std::string& alias : aliases) databases->at(new_database).aliases[alias] = new_name;
  return Ok();
}

Status Catalog::AlterCollection(const std::string& database, const std::string& name,
                                const std::map<std::string, std::string>& set,
                                const std::vector<std::string>& remove) {
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  const auto before = EngineOptionsOf(info.properties);
  for (const auto& [key, value] : set) info.properties[key] = value;
  for (const std::string& key : remove) info.properties.erase(key);
  if (EngineOptionsOf(info.properties) != before) {
    return InvalidArgument(
        fmt::format("properties that begin with \"{}\" are set when a collection is created and "
                    "cannot be altered; collection {} is on the engine {}",
                    kEnginePropertyPrefix, info.name, info.engine),
        Subject::kCollection);
  }
  return Publish(std::move(info));
}

Status Catalog::SetLoaded(const std::string& database, const std::string& name, bool loaded) {
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  if (info.loaded == loaded) return Ok();
  if (loaded) {
    for (const size_t field : info.schema.VectorFields()) {
      if (info.FindIndexOfField(field) == nullptr) return IndexNotFound(name);
    }
  }
  info.loaded = loaded;
  return Publish(std::move(info));
}

Status Catalog::Load(const std::string& database, const std::string& name) {
  return SetLoaded(database, name, true);
}

Status Catalog::Release(const std::string& database, const std::string& name) {
  return SetLoaded(database, name, false);
}

}  // namespace vecgate::gateway
