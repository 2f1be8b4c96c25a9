// Catalog: databases, collections, partitions, aliases and index definitions, and their order of
// change against the engine.
//
// Every DDL statement is durable when it returns OK. Statements run one at a time; readers never
// wait for them. What a crash may leave between the engine and the store is mended by Open:
// collections that only the engine knows are dropped (their creation was never acknowledged),
// dropped partitions are purged.
//
// Thread safety: any thread. Texts of errors are those Milvus gives, since its clients read them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "engine/engine.h"
#include "gateway/catalog_store.h"
#include "gateway/collection_info.h"
#include "gateway/id_allocator.h"

namespace vecgate::gateway {

struct CreateCollectionOptions {
  std::string database;
  /// As the client declared it; the catalog finishes it.
  CollectionSchema schema;
  std::map<std::string, std::string> properties;
  int32_t num_shards = 1;
  int32_t consistency_level = 0;
  /// Hash partitions of a partition key; 0: 16.
  int64_t num_partitions = 0;
};

struct CreateIndexOptions {
  std::string field;
  /// "" is the field's name.
  std::string index_name;
  /// index_type, metric_type and index parameters.
  std::map<std::string, std::string> params;
};

class Catalog {
 public:
  /// Loads the records and mends what a crash left. The engine and the clock are borrowed.
  static Result<std::unique_ptr<Catalog>> Open(std::unique_ptr<CatalogStore> store, Engine& engine,
                                               const Clock& clock);

  // Databases. Unknown: kNotFound, Subject::kDatabase.
  Status CreateDatabase(const std::string& name, std::map<std::string, std::string> properties);
  Status DropDatabase(const std::string& name);
  Status AlterDatabase(const std::string& name, const std::map<std::string, std::string>& set,
                       const std::vector<std::string>& remove);
  [[nodiscard]] std::vector<DatabaseRecord> ListDatabases() const;
  [[nodiscard]] Result<DatabaseRecord> DescribeDatabase(const std::string& name) const;

  // Collections. `name` may be an alias where a collection is read or altered.
  Status CreateCollection(const OpContext& context, CreateCollectionOptions options);
  /// Dropping what is not there succeeds.
  Status DropCollection(const OpContext& context, const std::string& database,
                        const std::string& name);
  Status RenameCollection(const std::string& database, const std::string& old_name,
                          const std::string& new_database, const std::string& new_name);
  Status AlterCollection(const std::string& database, const std::string& name,
                         const std::map<std::string, std::string>& set,
                         const std::vector<std::string>& remove);
  [[nodiscard]] Result<CollectionPtr> Resolve(const std::string& database,
                                              const std::string& name) const;
  [[nodiscard]] Result<CollectionPtr> ResolveById(CollectionId id) const;
  [[nodiscard]] Result<std::vector<CollectionPtr>> ListCollections(
      const std::string& database) const;

  Status Load(const std::string& database, const std::string& name);
  Status Release(const std::string& database, const std::string& name);

  // Partitions.
  Status CreatePartition(const std::string& database, const std::string& name,
                         const std::string& partition);
  Status DropPartition(const OpContext& context, const std::string& database,
                       const std::string& name, const std::string& partition);

  // Aliases.
  Status CreateAlias(const std::string& database, const std::string& name,
                     const std::string& alias);
  Status DropAlias(const std::string& database, const std::string& alias);
  Status AlterAlias(const std::string& database, const std::string& name, const std::string& alias);
  /// The name of the collection that the alias stands for.
  [[nodiscard]] Result<std::string> DescribeAlias(const std::string& database,
                                                  const std::string& alias) const;

  // Indexes.
  Status CreateIndex(const OpContext& context, const std::string& database, const std::string& name,
                     const CreateIndexOptions& options);
  /// By index name or field name; dropping what is not there succeeds.
  Status DropIndex(const OpContext& context, const std::string& database, const std::string& name,
                   const std::string& index_or_field);

  IdAllocator& ids() { return ids_; }

 private:
  struct Database {
    DatabaseRecord record;
    std::map<std::string, CollectionPtr> collections;
    std::map<std::string, std::string> aliases;  ///< alias → collection
  };
  using Databases = std::map<std::string, Database>;

  Catalog(std::unique_ptr<CatalogStore> store, Engine& engine, const Clock& clock)
      : store_(std::move(store)), engine_(engine), clock_(clock), ids_(*store_, clock) {}

  Status LoadRecords();
  /// Enters the aliases of a loaded record. A crash in the middle of AlterAlias leaves an alias in
  /// two records; the first that is loaded keeps it, the other is mended.
  Status TakeAliases(std::map<std::string, std::string>& aliases, CollectionInfo& info);
  Status MendAfterCrash();
  Status Purge(const OpContext& context, const CollectionInfo& info);
  /// Stores `info` and makes it what readers see.
  Status Publish(CollectionInfo info);
  [[nodiscard]] Result<CollectionInfo> Copy(const std::string& database,
                                            const std::string& name) const;
  Status SetLoaded(const std::string& database, const std::string& name, bool loaded);
  Status CheckNewAlias(const std::string& database, const std::string& alias) const;

  std::unique_ptr<CatalogStore> store_;
  Engine& engine_;
  const Clock& clock_;
  IdAllocator ids_;
  /// Serialises DDL, across its I/O: order between engine and store is what makes crashes mendable.
  std::mutex ddl_mutex_;
  Guarded<Databases> databases_;
};

}  // namespace vecgate::gateway
