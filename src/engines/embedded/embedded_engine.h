// EmbeddedEngine: the engine contract in this process: rows in RocksDB, indexes of our own in
// memory as views of them.
//
// Rows, keys, scalars, vectors and graphs are held in memory; reads never touch the store. Options
// say where it lies and how durable an acknowledgement is. One process holds a directory.
//
// Thread safety: as the contract says. Ownership: owns its store, collections and builder threads;
// Close (or destruction) joins them and writes snapshots.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/guarded.h"
#include "engine/engine.h"
#include "storage/key_value_store.h"

namespace vecgate::embedded {

struct EmbeddedOptions {
  /// Rows lie in <directory>/rows, snapshots in <directory>/views. Empty: all in memory, nothing
  /// is kept.
  std::string directory;
  storage::Durability durability = storage::Durability::kSync;
  size_t builder_threads = 2;
  size_t block_cache_bytes = size_t{32} << 20;
  /// A snapshot is due in the background after this many new row versions, when they are also at
  /// least half of what the last one held.
  size_t snapshot_after_rows = 50'000;
  /// Compaction is due when this many row versions are dead, and a third of all.
  size_t compact_after_dead = 10'000;
  /// A search that can match no more rows than this compares them all. 0 walks the graph whenever
  /// there is one, whatever it costs.
  size_t exact_below_rows = 1'000;
  /// Scalar rows lie in chunks; one with fewer rows than this is scanned by filters, and gets no
  /// index before it has grown by merging.
  size_t scan_chunks_below_rows = 1024;
  /// What collections may hold in memory by their own count; 0: no limit. Vectors that can lie in
  /// files go there when it gets tight, and writes that do not fit are refused. The store's own
  /// caches are not in it.
  size_t memory_budget_bytes = 0;
  /// Told of what an operator should know and that stops nothing, such as a view that is rebuilt.
  std::function<void(const std::string&)> warn = [](const std::string&) {};
};

struct EmbeddedCounters {
  uint64_t views_rebuilt = 0;
  uint64_t snapshots_written = 0;
  /// By a compaction, instead of being built anew.
  uint64_t graphs_repaired = 0;
};

class EmbeddedEngine : public Engine {
 public:
  /// kFailedPrecondition when another process holds the directory; kDataLoss when rows are damaged;
  /// kUnavailable when the disk refuses.
  static Result<std::unique_ptr<EmbeddedEngine>> Open(EmbeddedOptions options);
  /// The same over a store of the caller's, for tests that inject faults.
  static Result<std::unique_ptr<EmbeddedEngine>> OpenOn(
      std::unique_ptr<storage::KeyValueStore> store, EmbeddedOptions options);
  ~EmbeddedEngine() override;

  [[nodiscard]] Capabilities GetCapabilities() const override;
  Result<std::vector<CollectionSpec>> ListCollections(const OpContext& context) override;
  Status CreateCollection(const OpContext& context, const CollectionSpec& spec) override;
  Status DropCollection(const OpContext& context, CollectionId collection) override;
  Status CreateIndex(const OpContext& context, CollectionId collection,
                     const IndexSpec& index) override;
  Status DropIndex(const OpContext& context, CollectionId collection, size_t field) override;
  Result<WriteResult> Write(const OpContext& context, CollectionId collection, WriteMode mode,
                            const RowBatch& batch) override;
  Result<DeleteResult> Delete(const OpContext& context, CollectionId collection,
                              const DeleteRequest& request) override;
  Result<SearchResult> Search(const OpContext& context, CollectionId collection,
                              const SearchRequest& request) override;
  Result<QueryResult> Query(const OpContext& context, CollectionId collection,
                            const QueryRequest& request) override;
  Result<IndexInspection> InspectIndex(const OpContext& context, CollectionId collection,
                                       const InspectRequest& request) override;
  Status RebuildIndexes(const OpContext& context, CollectionId collection) override;
  Result<CollectionStats> Stats(const OpContext& context, CollectionId collection) override;
  Status Flush(const OpContext& context, CollectionId collection) override;
  Status CheckHealth(const OpContext& context) override;

  /// Until every pending row is in its graph. For benchmarks, tests and "wait for index".
  Status WaitUntilIndexed(const OpContext& context);
  [[nodiscard]] EmbeddedCounters Counters() const;
  /// Bytes that the store of rows and logs holds in memory, which collections do not count.
  [[nodiscard]] MemoryUse StoreMemory() const;
  /// Joins the builders, snapshots what changed, closes the store. No call may follow but this one.
  Status Close();

 private:
  struct Parts;
  explicit EmbeddedEngine(std::unique_ptr<Parts> parts);

  Status Recover();
  Result<std::shared_ptr<class Collection>> Find(CollectionId collection) const;

  std::unique_ptr<Parts> parts_;
};

}  // namespace vecgate::embedded
