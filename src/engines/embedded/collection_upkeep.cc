// What a collection does beside requests: recovery, snapshots, background building.
#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "engines/embedded/collection.h"
#include "engines/embedded/vector_index.h"
#include "engines/embedded/write_op.h"

namespace vecgate::embedded {
namespace {

constexpr size_t kRecoveredRowsAtOnce = 1024;

}  // namespace

std::string Collection::ViewDirectory() const {
  return environment_.views_directory + "/" + std::to_string(ToNumber(spec_.id));
}

Status Collection::Recover() {
  VG_ASSIGN_OR_RETURN(const auto stored, environment_.store->Get(SequenceKey(spec_.id)));
  if (!stored.has_value()) return Ok();  // Never written to.
  VG_ASSIGN_OR_RETURN(const uint64_t sequence, DecodeSequence(*stored));
  Status from_view = NotFound("no snapshots are kept");
  if (!environment_.views_directory.empty()) {
    auto view = LoadView(ViewDirectory(), spec_.schema);
    if (!view.ok()) {
      from_view = view.error();
    } else if (view->sequence > sequence) {
      from_view = DataLoss("snapshot " + view->folder + " is ahead of the rows");
    } else {
      from_view = RecoverFromView(std::move(*view));
    }
  }
  if (!from_view.ok()) {
    if (from_view.error().code != Code::kNotFound) {
      ++environment_.views_rebuilt;
      environment_.warn("collection " + spec_.schema.name + ": " + from_view.error().message +
                        "; it is rebuilt from the rows");
    }
    VG_RETURN_IF_ERROR(RecoverFromRows());
  }
  auto next = std::make_shared<ReadState>(*Current());
  next->sequence = sequence;
  published_.Lock()->state = std::move(next);
  RecountMemory();
  return Ok();
}

uint64_t Collection::IndexedSlots(const ReadState& state) {
  uint64_t slots = 0;
  for (const auto& index : state.indexes) {
    if (index != nullptr) slots += index->upto();
  }
  return slots;
}

Status Collection::RecoverFromView(LoadedView view) {
  auto state = std::make_shared<ReadState>(*Current());
  state->slots = view.slots;
  state->scalars = view.scalars;
  state->sequence = view.sequence;
  KeyMap keys(key_field_);
  keys.Reserve(view.scalars.rows());
  for (const auto& chunk : view.scalars.chunks()) {
    for (size_t row = 0; row < chunk->rows(); ++row) {
      const auto slot = static_cast<index::Slot>(chunk->begin + row);
      if (!view.alive.Test(slot)) {
        view.slots->StampDead(slot, std::max<uint64_t>(view.sequence, 1));
        continue;
      }
      const PrimaryKey key = PrimaryKeyAt(chunk->columns[key_field_], row);
      if (keys.Set(key, slot, view.scalars).has_value()) {
        return DataLoss("snapshot " + view.folder + " holds a key twice", Subject::kStorage);
      }
      ++state->live_rows;
      ++state->rows_by_partition[ToNumber(chunk->partitions[row])];
    }
  }
  for (const IndexSpec& spec : index_specs_) {
    if (IsScalarField(spec.field)) continue;
    auto index = NewIndex(spec, view.slots);
    const Status loaded = index->Load(GraphPath(view.folder, spec.field),
                                      GraphTag(view.tag, spec.metric), view.scalars.rows());
    if (!loaded.ok()) {
      ++environment_.views_rebuilt;
      environment_.warn("collection " + spec_.schema.name + ": " + loaded.error().message +
                        "; the graph is built again in the background");
      index = NewIndex(spec, view.slots);
    }
    state->indexes[spec.field] = std::move(index);
  }
  snapshot_indexed_ = IndexedSlots(*state);
  {
    const auto published = published_.Lock();
    published->state = std::move(state);
    published->keys = std::move(keys);
  }
  snapshot_sequence_ = view.sequence;
  snapshot_slots_ = view.scalars.rows();
  has_snapshot_ = true;
  return CatchUp(view.sequence);
}

// Every key that was touched since gets its current row, whatever happened to it in between.
Status Collection::CatchUp(uint64_t from_sequence) {
  std::set<PrimaryKey> touched;
  const auto add_keys = [&](std::string_view, std::string_view value) -> Status {
    VG_ASSIGN_OR_RETURN(const std::vector<PrimaryKey> keys, DecodeKeys(value));
    touched.insert(keys.begin(), keys.end());
    return Ok();
  };
  VG_RETURN_IF_ERROR(environment_.store->Scan(LogKey(spec_.id, from_sequence + 1),
                                              storage::PrefixEnd(LogPrefix(spec_.id)), add_keys));
  RowBatch batch = MakeBatch(spec_.schema);
  std::vector<PrimaryKey> gone;
  for (const PrimaryKey& key : touched) {
    VG_ASSIGN_OR_RETURN(const auto row, environment_.store->Get(RowKey(spec_.id, key)));
    if (row.has_value()) {
      VG_RETURN_IF_ERROR(DecodeRow(*row, batch));
    } else {
      gone.push_back(key);
    }
    if (batch.num_rows() < kRecoveredRowsAtOnce) continue;
    VG_RETURN_IF_ERROR(ApplyRecovered(batch, {}));
    batch = MakeBatch(spec_.schema);
  }
  return ApplyRecovered(batch, gone);
}

Status Collection::RecoverFromRows() {
  StartEmpty();  // A snapshot that failed half way may have left something.
  RowBatch batch = MakeBatch(spec_.schema);
  const auto add_row = [&](std::string_view, std::string_view value) -> Status {
    VG_RETURN_IF_ERROR(DecodeRow(value, batch));
    if (batch.num_rows() < kRecoveredRowsAtOnce) return Ok();
    VG_RETURN_IF_ERROR(ApplyRecovered(batch, {}));
    batch = MakeBatch(spec_.schema);
    return Ok();
  };
  VG_RETURN_IF_ERROR(environment_.store->Scan(RowPrefix(spec_.id),
                                              storage::PrefixEnd(RowPrefix(spec_.id)), add_row));
  return ApplyRecovered(batch, {});
}

Status Collection::ApplyRecovered(const RowBatch& batch, const std::vector<PrimaryKey>& gone) {
  auto next = std::make_shared<ReadState>(*Current());
  ++next->sequence;  // So that stamps are never 0; Recover sets the real one at the end.
  VG_RETURN_IF_ERROR(next->slots->Reserve(next->num_slots() + batch.num_rows()));
  const auto published = published_.Lock();
  const auto retire = [&](std::optional<index::Slot> old) {
    if (old.has_value()) Retire(*old, 1, *next);
  };
  if (batch.num_rows() > 0) {
    index::Slot slot = AppendRows(batch, AllRows(batch), *next);
    for (size_t row = 0; row < batch.num_rows(); ++row) {
      const PrimaryKey key = PrimaryKeyAt(batch.columns[key_field_], row);
      retire(published->keys.Set(key, slot++, next->scalars));
    }
  }
  for (const PrimaryKey& key : gone) retire(published->keys.Erase(key, next->scalars));
  published->state = std::move(next);
  return Ok();
}

Status Collection::Snapshot() {
  if (environment_.views_directory.empty()) return Ok();
  const std::lock_guard lock(upkeep_);
  const auto before = Current();
  // An index goes on after the last write, and may have been made since.
  const uint64_t indexed = IndexedSlots(*before);
  const bool is_same = before->sequence == snapshot_sequence_ && indexed == snapshot_indexed_;
  if (dropped_ || (has_snapshot_ && is_same)) return Ok();
  // With asynchronous durability the rows may be behind; a snapshot must never be ahead of them.
  VG_RETURN_IF_ERROR(environment_.store->Sync());
  VG_ASSIGN_OR_RETURN(const SavedView view,
                      SaveView(ViewDirectory(), spec_.schema, [this] { return Current(); }));
  VG_RETURN_IF_ERROR(environment_.store->Sync());
  snapshot_sequence_ = view.state->sequence;
  snapshot_slots_ = view.state->num_slots();
  snapshot_indexed_ = indexed;
  has_snapshot_ = true;
  if (const Status moved = MoveToFiles(view); !moved.ok()) {
    environment_.warn("collection " + spec_.schema.name +
                      ": vectors stay in memory: " + moved.error().message);
  }
  if (const Status released = environment_.store->ReleaseBuffers(); !released.ok()) {
    environment_.warn("write buffers stay in memory: " + released.error().message);
  }
  // What building and writing files took is free by now, and the heap would keep it.
  ::malloc_trim(0);
  RecountMemory();
  ++environment_.snapshots_written;
  storage::WriteSet trim;
  trim.DeleteRange(LogPrefix(spec_.id), LogKey(spec_.id, view.state->sequence + 1));
  return environment_.store->Write(trim, storage::Durability::kAsync);
}

bool Collection::SnapshotIsDue(const ReadState& state) const {
  if (environment_.views_directory.empty()) return false;
  // At least half of what the last one had: the snapshots of a growing collection then cost about
  // twice its size in all.
  const auto has_grown = [this](uint64_t now, uint64_t then) {
    const uint64_t since = now - std::min(then, now);
    return since >= environment_.snapshot_after_rows && since >= then / 2;
  };
  return has_grown(state.num_slots(), snapshot_slots_) ||
         has_grown(IndexedSlots(state), snapshot_indexed_) ||
         (environment_.memory.IsTight() && SpillIsWorthIt(state));
}

bool Collection::SpillIsWorthIt(const ReadState& state) const {
  constexpr size_t kLeastSlots = 2 * index::kRowsPerSegment;
  return std::any_of(state.indexes.begin(), state.indexes.end(), [&](const auto& index) {
    if (index == nullptr || !index->wants_vectors_in_file()) return false;
    const size_t in_file = state.slots->arenas[index->spec().field]->slots_in_file();
    return state.num_slots() >= in_file + std::max(kLeastSlots, state.num_slots() / 8);
  });
}

bool Collection::CanShareWork() const {
  if (dropped_) return false;
  const auto state = Current();
  return std::any_of(state->indexes.begin(), state->indexes.end(), [&](const auto& index) {
    return index != nullptr &&
           (index->HasUnclaimed(state->num_slots()) || index->CanShareSettling());
  });
}

Result<bool> Collection::WorkSome() {
  if (dropped_) return false;
  const auto state = Current();
  if (CompactionIsDue(*state)) {
    const Result<bool> compacted = Compact();
    if (!compacted.ok()) {
      rebuild_asked_ = false;  // What failed is not tried again unasked.
      return compacted.error();
    }
    if (*compacted) return true;
  }
  VG_ASSIGN_OR_RETURN(const bool indexed, IndexSomeScalars());
  if (indexed) return true;
  for (const auto& index : state->indexes) {
    if (index == nullptr) continue;
    VG_ASSIGN_OR_RETURN(const bool built, index->BuildSome(*state));
    if (built) return true;
  }
  VG_ASSIGN_OR_RETURN(const bool settled, SettleSome(*state));
  if (settled) return true;
  constexpr size_t kSlotsBetweenCounts = 4096;
  if (state->num_slots() - std::min<size_t>(state->num_slots(), counted_slots_) >=
      kSlotsBetweenCounts) {
    RecountMemory();
  }
  if (!SnapshotIsDue(*state)) return false;
  VG_RETURN_IF_ERROR(Snapshot());
  return true;
}

Result<bool> Collection::SettleSome(const ReadState& state) {
  const auto charge = [this](size_t size_bytes) -> Status {
    RecountMemory();  // What is to be replaced is gone.
    VG_RETURN_IF_ERROR(environment_.memory.Take(size_bytes));
    charged_bytes_ += size_bytes;
    return Ok();
  };
  for (const auto& index : state.indexes) {
    if (index == nullptr) continue;
    VG_ASSIGN_OR_RETURN(const bool settled, index->SettleSome(charge));
    if (settled) return true;
  }
  return false;
}

Status Collection::Drop() {
  WriteOp op;
  op.alone = true;
  op.exclusive = [&]() -> Status {
    storage::WriteSet changes;
    changes.Delete(CatalogKey(spec_.id));
    changes.Delete(SequenceKey(spec_.id));
    changes.DeleteRange(RowPrefix(spec_.id), storage::PrefixEnd(RowPrefix(spec_.id)));
    changes.DeleteRange(LogPrefix(spec_.id), storage::PrefixEnd(LogPrefix(spec_.id)));
    VG_RETURN_IF_ERROR(environment_.store->Write(changes, storage::Durability::kSync));
    dropped_ = true;
    return Ok();
  };
  VG_RETURN_IF_ERROR(Submit(op));
  if (environment_.views_directory.empty()) return Ok();
  const std::lock_guard lock(upkeep_);
  std::error_code ignored;  // A left-over snapshot of an id that is never used again harms nobody.
  std::filesystem::remove_all(ViewDirectory(), ignored);
  return Ok();
}

}  // namespace vecgate::embedded
