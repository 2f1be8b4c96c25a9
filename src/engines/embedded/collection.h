// Collection: one collection of the embedded engine: its writers' order, what is published to
// readers, and its views on disk.
//
// Life of a write: encode → commit queue (rows and log entry in one batch, one fsync for a group)
// → new slots, stamps on replaced ones, new ReadState. The graph follows in the background.
//
// Thread safety: any method from any thread. The store of the Environment is borrowed and outlives
// the collection. Collections are shared: requests and the builder threads hold them while a drop
// takes them out of the engine.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/embedded/commit_queue.h"
#include "engines/embedded/key_map.h"
#include "engines/embedded/memory_budget.h"
#include "engines/embedded/read_state.h"
#include "engines/embedded/row_format.h"
#include "engines/embedded/view_files.h"
#include "storage/key_value_store.h"

namespace vecgate::embedded {

/// What every collection of an engine uses together.
struct Environment {
  explicit Environment(size_t memory_budget_bytes) : memory(memory_budget_bytes) {}

  storage::KeyValueStore* store = nullptr;
  storage::Durability durability = storage::Durability::kSync;
  /// Snapshots lie in <this>/<collection id>; empty: there are none.
  std::string views_directory;
  /// When upkeep is due and when a search is exact: see EmbeddedOptions.
  size_t snapshot_after_rows = 0;
  size_t compact_after_dead = 0;
  size_t exact_below_rows = 0;
  size_t scan_chunks_below_rows = 0;
  MemoryBudget memory;
  /// Told of things that an operator should know and that stop nothing.
  std::function<void(const std::string&)> warn;
  /// Set when the engine ends; long background work then gives up.
  std::atomic<bool> stopping{false};
  std::atomic<uint64_t> views_rebuilt{0};
  std::atomic<uint64_t> snapshots_written{0};
  std::atomic<uint64_t> graphs_repaired{0};
};

struct SearchView;

class Collection : public std::enable_shared_from_this<Collection> {
 public:
  Collection(Environment& environment, CatalogEntry entry);
  ~Collection();

  /// Takes up what is on disk: the last snapshot and the log after it, or all rows. A damaged
  /// snapshot is reported and rebuilt. kDataLoss when rows themselves are damaged.
  Status Recover();

  Result<WriteResult> Write(const OpContext& context, const RowBatch& batch);
  Result<DeleteResult> Delete(const OpContext& context, const DeleteRequest& request);
  Result<SearchResult> Search(const OpContext& context, const SearchRequest& request) const;
  Result<QueryResult> Query(const OpContext& context, const QueryRequest& request) const;
  [[nodiscard]] CollectionStats Stats() const;
  Result<IndexInspection> InspectIndex(const OpContext& context,
                                       const InspectRequest& request) const;

  /// A compaction follows in the background, whatever there is to gain.
  void AskForRebuild();
  Status CreateIndex(const IndexSpec& index);
  Status DropIndex(size_t field);
  /// Removes everything; later calls answer kNotFound.
  Status Drop();

  /// Writes a snapshot when something changed since the last one and trims the log behind it.
  Status Snapshot();
  /// A piece of background work: some building, a compaction, or a due snapshot. True when there
  /// was something to do, so that there may be more.
  Result<bool> WorkSome();
  /// Whether another thread would find rows to build beside one that is at work.
  [[nodiscard]] bool CanShareWork() const;

  /// Called after each write; the engine wakes its builders with it.
  void set_on_change(std::function<void()> on_change) { on_change_ = std::move(on_change); }
  [[nodiscard]] CollectionSpec spec() const { return spec_; }

 private:
  struct WriteOp;
  struct Published {
    std::shared_ptr<const ReadState> state;
    KeyMap keys;
  };

  [[nodiscard]] std::shared_ptr<const ReadState> Current() const {
    return published_.LockShared()->state;
  }
  [[nodiscard]] SearchView ViewOf(size_t field) const;
  Status Submit(WriteOp& op);
  void Commit(const std::vector<WriteOp*>& group);
  Status Prepare(WriteOp& op, storage::WriteSet& changes);
  void Publish(WriteOp& op);
  /// Puts rows `kept` of the batch into new slots of `state`; returns the first.
  static index::Slot AppendRows(const RowBatch& batch, const std::vector<uint32_t>& kept,
                                ReadState& state);
  static void Retire(index::Slot slot, uint64_t sequence, ReadState& state);
  Status ResolveKeys(const OpContext& context, const DeleteRequest& request, WriteOp& op) const;

  Status RecoverFromView(LoadedView view);
  Status CatchUp(uint64_t from_sequence);
  Status RecoverFromRows();
  Status ApplyRecovered(const RowBatch& batch, const std::vector<PrimaryKey>& gone);

  [[nodiscard]] bool IsScalarField(size_t field) const {
    return !IsVector(spec_.schema.fields[field].type);
  }
  /// Those of index_specs_ that are of scalar fields.
  [[nodiscard]] std::shared_ptr<const std::vector<IndexSpec>> ScalarSpecs() const;
  /// The scalar fields that have an index: by name, and the partition key always, since whoever
  /// shares a collection among tenants filters by it in every request.
  [[nodiscard]] std::vector<size_t> IndexedScalars(const ReadState& state) const;
  [[nodiscard]] std::vector<ScalarIndexPart> MissingParts(const ReadState& state,
                                                          size_t most) const;
  /// Builds some of the missing parts of scalar indexes and publishes them; true when there were
  /// any.
  Result<bool> IndexSomeScalars();
  /// A part of what makes searches faster once all indexes stand; false when nothing is left.
  Result<bool> SettleSome(const ReadState& state);
  /// Builds all of them in a state that is not published yet.
  void IndexAllScalars(ReadState& state) const;
  /// By field, the visible rows that wait for their part of its index.
  [[nodiscard]] std::map<size_t, uint64_t> PendingScalars(const ReadState& state) const;

  /// An empty index over `slots`.
  [[nodiscard]] std::shared_ptr<VectorIndex> NewIndex(const IndexSpec& spec,
                                                      std::shared_ptr<Slots> slots) const;
  [[nodiscard]] bool CompactionIsDue(const ReadState& state) const;
  Result<bool> Compact();
  /// By field, the visible slots that its index has.
  static std::vector<std::vector<index::Slot>> LivingInIndexes(const ReadState& state);
  /// The index of the compacted rows: it takes over the slots `kept` of `old` and builds the rest.
  /// kCancelled when the engine ends.
  Result<std::shared_ptr<VectorIndex>> BuildCompacted(const VectorIndex& old,
                                                      const ReadState& compacted,
                                                      std::span<const index::Slot> kept);
  /// Appends the visible rows of `from` in slots from `begin` on to `to`.
  Status CopyLiving(const ReadState& from, index::Slot begin, ReadState& to) const;
  Status SwapIn(const ReadState& before, std::shared_ptr<ReadState> compacted);
  [[nodiscard]] bool SnapshotIsDue(const ReadState& state) const;
  /// Slots that the vector indexes have reached, all together.
  static uint64_t IndexedSlots(const ReadState& state);
  /// Whether a snapshot would take a good part of the vectors out of memory.
  [[nodiscard]] bool SpillIsWorthIt(const ReadState& state) const;
  [[nodiscard]] MemoryUse CountMemory(const Published& published) const;
  /// Puts right what the budget was charged for this collection.
  void RecountMemory();
  [[nodiscard]] std::string ViewDirectory() const;
  void StartEmpty();
  static std::vector<uint32_t> AllRows(const RowBatch& batch);
  Status SaveCatalog(const std::vector<IndexSpec>& indexes);

  Environment& environment_;
  const CollectionSpec spec_;
  const size_t key_field_;
  const size_t widening_bytes_;  // that a row's vectors take in memory beyond their encoding
  std::function<void()> on_change_;

  CommitQueue<WriteOp> commits_;
  // Changed by the leader of commits_ only, so the leader may read it without the lock.
  Guarded<Published> published_;
  std::vector<IndexSpec> index_specs_;  // the leader's
  size_t pending_slots_ = 0;            // the leader's: reserved for the group, not published yet
  std::atomic<bool> dropped_{false};

  std::atomic<size_t> charged_bytes_{0};  // to the memory budget
  std::atomic<size_t> counted_slots_{0};  // when it was last counted

  std::atomic<bool> rebuild_asked_{false};
  std::atomic<uint64_t> rebuilt_rows_{0};

  std::mutex indexing_scalars_;  // one thread builds parts of scalar indexes
  std::mutex upkeep_;  // one snapshot or compaction at a time; no request takes it but Flush
  std::atomic<uint64_t> snapshot_sequence_{0};
  std::atomic<uint64_t> snapshot_slots_{0};
  /// Slots that the snapshot's vector indexes had reached, all together; less is never wrong.
  std::atomic<uint64_t> snapshot_indexed_{0};
  std::atomic<bool> has_snapshot_{false};
};

}  // namespace vecgate::embedded
