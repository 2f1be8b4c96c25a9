// Catalog: databases, collections, partitions, aliases and index definitions, and their order of
// change against the engine.
//
// Every DDL statement is durable when it returns OK. Statements run one at a time; readers never
// wait for them. An intent is stored before an engine is told (LifeStage), and Open mends what a
// crash or an engine that failed left: collections whose creation was not acknowledged and those
// whose drop was begun are dropped, dropped partitions are purged. An engine that cannot be reached
// does not keep the catalog from opening; what concerns it is then mended at a later start.
//
// Thread safety: any thread. Texts of errors are those Milvus gives, since its clients read them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "gateway/catalog_store.h"
#include "gateway/collection_info.h"
#include "gateway/engine_set.h"
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
  struct Options {
    /// How long one engine may take to answer while the catalog is opened.
    std::chrono::milliseconds mend_timeout{15'000};
    /// Called with what an operator should know; may be empty.
    std::function<void(const std::string&)> warn;
  };

  /// Loads the records and mends what a crash left. Engines and clock are borrowed.
  static Result<std::unique_ptr<Catalog>> Open(std::unique_ptr<CatalogStore> store,
                                               EngineSet engines, const Clock& clock,
                                               Options options);

  // Databases. Unknown: kNotFound, Subject::kDatabase.
  Status CreateDatabase(const std::string& name, std::map<std::string, std::string> properties);
  Status DropDatabase(const std::string& name);
  Status AlterDatabase(const std::string& name, const std::map<std::string, std::string>& set,
                       const std::vector<std::string>& remove);
  [[nodiscard]] std::vector<DatabaseRecord> ListDatabases() const;
  [[nodiscard]] Result<DatabaseRecord> DescribeDatabase(const std::string& name) const;

  // Collections. `name` may be an alias where a collection is read or altered. The property
  // "vecgate.engine" names the engine of a new one; no property of the prefix "vecgate." can be
  // altered later.
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
  [[nodiscard]] const EngineSet& engines() const { return engines_; }
  /// Where the collection's rows are.
  [[nodiscard]] Result<Engine*> EngineOf(const CollectionInfo& info) const;

 private:
  struct Database {
    DatabaseRecord record;
    std::map<std::string, CollectionPtr> collections;
    std::map<std::string, std::string> aliases;  ///< alias → collection
  };
  using Databases = std::map<std::string, Database>;

  Catalog(std::unique_ptr<CatalogStore> store, EngineSet engines, const Clock& clock,
          Options options)
      : store_(std::move(store)),
        engines_(std::move(engines)),
        clock_(clock),
        options_(std::move(options)),
        ids_(*store_, clock) {}

  /// Loads what is ready; gives the rest.
  Result<std::vector<CollectionInfo>> LoadRecords();
  /// Enters the aliases of a loaded record. A crash in the middle of AlterAlias leaves an alias in
  /// two records; the first that is loaded keeps it, the other is mended.
  Status TakeAliases(std::map<std::string, std::string>& aliases, CollectionInfo& info);
  Status MendAfterCrash(const std::vector<CollectionInfo>& unfinished);
  Status MendEngine(const std::string& name, Engine& engine,
                    const std::vector<CollectionInfo>& unfinished);
  Status FinishDrop(const OpContext& context, Engine& engine, CollectionId id);
  void Warn(const std::string& text) const;
  Status Purge(const OpContext& context, const CollectionInfo& info);
  /// Stores `info` and makes it what readers see.
  Status Publish(CollectionInfo info);
  [[nodiscard]] Result<CollectionInfo> Copy(const std::string& database,
                                            const std::string& name) const;
  /// Until no index of the collection is being built; at once when there is no such collection.
  /// kCancelled or kDeadlineExceeded as `context` says. REQUIRES: `lock` holds ddl_mutex_.
  Status AwaitIndexBuild(std::unique_lock<std::mutex>& lock, const OpContext& context,
                         const std::string& database, const std::string& name);
  Status SetLoaded(const std::string& database, const std::string& name, bool loaded);
  Status CheckNewAlias(const std::string& database, const std::string& alias) const;

  std::unique_ptr<CatalogStore> store_;
  const EngineSet engines_;
  const Clock& clock_;
  const Options options_;
  IdAllocator ids_;
  /// Serialises DDL, across its I/O: order between engine and store is what makes crashes mendable.
  /// Only while an engine builds an index, which may take hours, is it free; what would change that
  /// collection's indexes or drop it then waits for its turn.
  std::mutex ddl_mutex_;
  std::condition_variable index_built_;
  std::set<CollectionId> building_;  ///< Guarded by ddl_mutex_.
  Guarded<Databases> databases_;
};

}  // namespace vecgate::gateway
