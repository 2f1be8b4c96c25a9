#include "engines/embedded/embedded_engine.h"

#include <shared_mutex>

#include "engines/embedded/builder_pool.h"
#include "engines/embedded/collection.h"
#include "engines/embedded/index_factory.h"
#include "engines/embedded/row_format.h"
#include "model/index_rules.h"
#include "storage/memory_store.h"
#include "storage/rocks_store.h"

namespace vecgate::embedded {

using Collections = std::map<CollectionId, std::shared_ptr<Collection>>;

// In the order in which they must outlive each other: builders go first, the store last.
struct EmbeddedEngine::Parts {
  explicit Parts(size_t memory_budget_bytes) : environment(memory_budget_bytes) {}

  std::unique_ptr<storage::KeyValueStore> store;
  Environment environment;
  Guarded<Collections> collections;
  std::mutex changing_collections;  // create and drop, one at a time
  std::unique_ptr<BuilderPool> builders;
  bool closed = false;

  void Adopt(const std::shared_ptr<Collection>& collection) {
    // Weak, because the collection holds this callback itself.
    collection->set_on_change([this, weak = std::weak_ptr<Collection>(collection)] {
      if (auto alive = weak.lock()) builders->Wake(std::move(alive));
    });
    collections.Lock()->emplace(collection->spec().id, collection);
  }
};

EmbeddedEngine::EmbeddedEngine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

EmbeddedEngine::~EmbeddedEngine() {
  if (Status closed = Close(); !closed.ok()) parts_->environment.warn(closed.error().message);
}

Result<std::unique_ptr<EmbeddedEngine>> EmbeddedEngine::Open(EmbeddedOptions options) {
  if (options.directory.empty()) {
    return OpenOn(std::make_unique<storage::MemoryStore>(), std::move(options));
  }
  VG_ASSIGN_OR_RETURN(std::unique_ptr<storage::RocksStore> store,
                      storage::RocksStore::Open({.directory = options.directory + "/rows",
                                                 .block_cache_bytes = options.block_cache_bytes}));
  return OpenOn(std::move(store), std::move(options));
}

Result<std::unique_ptr<EmbeddedEngine>> EmbeddedEngine::OpenOn(
    std::unique_ptr<storage::KeyValueStore> store, EmbeddedOptions options) {
  auto parts = std::make_unique<Parts>(options.memory_budget_bytes);
  parts->store = std::move(store);
  parts->environment.store = parts->store.get();
  parts->environment.durability = options.durability;
  parts->environment.warn = options.warn;
  parts->environment.snapshot_after_rows = options.snapshot_after_rows;
  parts->environment.compact_after_dead = options.compact_after_dead;
  parts->environment.exact_below_rows = options.exact_below_rows;
  parts->environment.scan_chunks_below_rows = options.scan_chunks_below_rows;
  if (!options.directory.empty()) {
    parts->environment.views_directory = options.directory + "/views";
  }
  parts->builders = std::make_unique<BuilderPool>(options.builder_threads, options.warn);
  std::unique_ptr<EmbeddedEngine> engine(new EmbeddedEngine(std::move(parts)));
  VG_RETURN_IF_ERROR(engine->Recover());
  return engine;
}

Status EmbeddedEngine::Recover() {
  std::vector<CatalogEntry> entries;
  VG_RETURN_IF_ERROR(parts_->store->Scan(CatalogPrefix(), storage::PrefixEnd(CatalogPrefix()),
                                         [&](std::string_view, std::string_view value) -> Status {
                                           VG_ASSIGN_OR_RETURN(CatalogEntry entry,
                                                               DecodeCatalog(value));
                                           entries.push_back(std::move(entry));
                                           return Ok();
                                         }));
  for (CatalogEntry& entry : entries) {
    const std::string name = entry.spec.schema.name;
    auto collection = std::make_shared<Collection>(parts_->environment, std::move(entry));
    if (Status recovered = collection->Recover(); !recovered.ok()) {
      return recovered.error().Within("collection " + name);
    }
    parts_->Adopt(collection);
    parts_->builders->Wake(std::move(collection));
  }
  return Ok();
}

Status EmbeddedEngine::Close() {
  if (parts_->closed) return Ok();
  parts_->closed = true;
  parts_->environment.stopping = true;
  parts_->builders->Stop();
  Status first;
  const Collections collections = *parts_->collections.LockShared();
  for (const auto& [id, collection] : collections) {
    Status saved = collection->Snapshot();
    if (!saved.ok() && first.ok()) first = std::move(saved);
  }
  Status closed = parts_->store->Close();
  return first.ok() ? closed : first;
}

Capabilities EmbeddedEngine::GetCapabilities() const {
  return {.engine = "embedded",
          .vector_indexes = BuiltIndexTypes(),
          .binary_indexes = BuiltBinaryIndexTypes(),
          .scalar_indexes = ScalarIndexTypes(),
          .metrics = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kHamming,
                      Metric::kJaccard},
          .durable = !parts_->environment.views_directory.empty() &&
                     parts_->environment.durability == storage::Durability::kSync,
          .index_upkeep = true,
          .exact_only = false};
}

Result<std::shared_ptr<Collection>> EmbeddedEngine::Find(CollectionId collection) const {
  const auto collections = parts_->collections.LockShared();
  const auto it = collections->find(collection);
  if (it == collections->end()) {
    return NotFound("there is no collection with id " + std::to_string(ToNumber(collection)),
                    Subject::kCollection);
  }
  return it->second;
}

Result<std::vector<CollectionSpec>> EmbeddedEngine::ListCollections(const OpContext& context) {
  VG_RETURN_IF_ERROR(context.Check());
  std::vector<CollectionSpec> specs;
  const auto collections = parts_->collections.LockShared();
  for (const auto& [id, collection] : *collections) {
    specs.push_back(collection->spec());
  }
  return specs;
}

Status EmbeddedEngine::CreateCollection(const OpContext& context, const CollectionSpec& spec) {
  VG_RETURN_IF_ERROR(context.Check());
  const std::lock_guard lock(parts_->changing_collections);
  if (Find(spec.id).ok()) {
    return AlreadyExists("collection id " + std::to_string(ToNumber(spec.id)) + " is taken",
                         Subject::kCollection);
  }
  storage::WriteSet changes;
  changes.Put(CatalogKey(spec.id), EncodeCatalog({spec, {}}));
  VG_RETURN_IF_ERROR(parts_->store->Write(changes, storage::Durability::kSync));
  parts_->Adopt(std::make_shared<Collection>(parts_->environment, CatalogEntry{spec, {}}));
  return Ok();
}

Status EmbeddedEngine::DropCollection(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  const std::lock_guard lock(parts_->changing_collections);
  const auto found = Find(collection);
  if (!found.ok()) return Ok();
  VG_RETURN_IF_ERROR((*found)->Drop());
  parts_->collections.Lock()->erase(collection);
  return Ok();
}

Status EmbeddedEngine::CreateIndex(const OpContext& context, CollectionId collection,
                                   const IndexSpec& index) {
  VG_RETURN_IF_ERROR(context.Check());
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  const CollectionSpec spec = found->spec();
  if (index.field >= spec.schema.fields.size()) {
    return InvalidArgument(
        "field number " + std::to_string(index.field) + " is not in collection " + spec.schema.name,
        Subject::kField);
  }
  const FieldSchema& field = spec.schema.fields[index.field];
  if (IsVector(field.type)) VG_RETURN_IF_ERROR(CheckMetric(field, index.metric));
  return found->CreateIndex(index);
}

Status EmbeddedEngine::DropIndex(const OpContext& context, CollectionId collection, size_t field) {
  VG_RETURN_IF_ERROR(context.Check());
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->DropIndex(field);
}

Result<WriteResult> EmbeddedEngine::Write(const OpContext& context, CollectionId collection,
                                          WriteMode /*mode*/, const RowBatch& batch) {
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->Write(context, batch);
}

Result<DeleteResult> EmbeddedEngine::Delete(const OpContext& context, CollectionId collection,
                                            const DeleteRequest& request) {
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->Delete(context, request);
}

Result<SearchResult> EmbeddedEngine::Search(const OpContext& context, CollectionId collection,
                                            const SearchRequest& request) {
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->Search(context, request);
}

Result<QueryResult> EmbeddedEngine::Query(const OpContext& context, CollectionId collection,
                                          const QueryRequest& request) {
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->Query(context, request);
}

Result<IndexInspection> EmbeddedEngine::InspectIndex(const OpContext& context,
                                                     CollectionId collection,
                                                     const InspectRequest& request) {
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->InspectIndex(context, request);
}

Status EmbeddedEngine::RebuildIndexes(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  found->AskForRebuild();
  return Ok();
}

Result<CollectionStats> EmbeddedEngine::Stats(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  return found->Stats();
}

Status EmbeddedEngine::Flush(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  VG_ASSIGN_OR_RETURN(const auto found, Find(collection));
  VG_RETURN_IF_ERROR(parts_->store->Sync());
  return found->Snapshot();
}

Status EmbeddedEngine::CheckHealth(const OpContext& context) {
  VG_RETURN_IF_ERROR(context.Check());
  if (auto read = parts_->store->Get(CatalogPrefix()); !read.ok()) return read.error();
  return Ok();
}

Status EmbeddedEngine::WaitUntilIndexed(const OpContext& context) {
  return parts_->builders->WaitUntilIdle(context);
}

MemoryUse EmbeddedEngine::StoreMemory() const { return parts_->store->Memory(); }

EmbeddedCounters EmbeddedEngine::Counters() const {
  const Environment& environment = parts_->environment;
  return {environment.views_rebuilt, environment.snapshots_written, environment.graphs_repaired};
}

}  // namespace vecgate::embedded
