// What a collection does beside requests: recovery, snapshots, compaction, background building.
#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/check.h"

#include "engines/embedded/collection.h"
#include "engines/embedded/selection.h"
#include "engines/embedded/vector_index.h"
#include "engines/embedded/write_op.h"

namespace vecgate::embedded {
namespace {

/// A snapshot is due after this many new row versions, and at least half of what the last one had:
/// snapshots of a growing collection then cost about twice its size in all.
constexpr size_t kSnapshotAfterRows = 50'000;
/// Compaction is due when dead row versions are this many and at least a third of all.
constexpr size_t kCompactAfterDead = 10'000;
constexpr size_t kRecoveredRowsAtOnce = 8192;

std::vector<uint32_t> AllRows(const RowBatch& batch) {
  std::vector<uint32_t> rows(batch.num_rows());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(i);
  return rows;
}

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
  return Ok();
}

Status Collection::RecoverFromView(LoadedView view) {
  auto state = std::make_shared<ReadState>(*Current());
  state->slots = view.slots;
  state->scalars = view.scalars;
  state->sequence = view.sequence;
  KeyMap keys(spec_.schema.fields[key_field_].type);
  keys.Reserve(view.scalars.rows());
  for (const auto& chunk : view.scalars.chunks()) {
    for (size_t row = 0; row < chunk->rows(); ++row) {
      const auto slot = static_cast<index::Slot>(chunk->begin + row);
      if (!view.alive.Test(slot)) {
        view.slots->StampDead(slot, std::max<uint64_t>(view.sequence, 1));
        continue;
      }
      if (keys.Set(PrimaryKeyAt(chunk->columns[key_field_], row), slot).has_value()) {
        return DataLoss("snapshot " + view.folder + " holds a key twice", Subject::kStorage);
      }
      ++state->live_rows;
      ++state->rows_by_partition[ToNumber(chunk->partitions[row])];
    }
  }
  for (const IndexSpec& spec : index_specs_) {
    auto index = std::make_shared<VectorIndex>(spec, view.slots);
    const Status loaded = index->Load(GraphPath(view.folder, spec.field),
                                      GraphTag(view.tag, spec.metric), view.scalars.rows());
    if (!loaded.ok()) {
      ++environment_.views_rebuilt;
      environment_.warn("collection " + spec_.schema.name + ": " + loaded.error().message +
                        "; the graph is built again in the background");
      index = std::make_shared<VectorIndex>(spec, view.slots);
    }
    state->indexes[spec.field] = std::move(index);
  }
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
  VG_RETURN_IF_ERROR(environment_.store->Scan(
      LogKey(spec_.id, from_sequence + 1), storage::PrefixEnd(LogPrefix(spec_.id)),
      [&](std::string_view, std::string_view value) -> Status {
        VG_ASSIGN_OR_RETURN(const std::vector<PrimaryKey> keys, DecodeKeys(value));
        touched.insert(keys.begin(), keys.end());
        return Ok();
      }));
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
  RowBatch batch = MakeBatch(spec_.schema);
  VG_RETURN_IF_ERROR(environment_.store->Scan(
      RowPrefix(spec_.id), storage::PrefixEnd(RowPrefix(spec_.id)),
      [&](std::string_view, std::string_view value) -> Status {
        VG_RETURN_IF_ERROR(DecodeRow(value, batch));
        if (batch.num_rows() < kRecoveredRowsAtOnce) return Ok();
        VG_RETURN_IF_ERROR(ApplyRecovered(batch, {}));
        batch = MakeBatch(spec_.schema);
        return Ok();
      }));
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
      retire(published->keys.Set(PrimaryKeyAt(batch.columns[key_field_], row), slot++));
    }
  }
  for (const PrimaryKey& key : gone) retire(published->keys.Erase(key));
  published->state = std::move(next);
  return Ok();
}

Status Collection::Snapshot() {
  if (environment_.views_directory.empty()) return Ok();
  const std::lock_guard lock(upkeep_);
  if (dropped_ || (has_snapshot_ && Current()->sequence == snapshot_sequence_)) return Ok();
  // With asynchronous durability the rows may be behind; a snapshot must never be ahead of them.
  VG_RETURN_IF_ERROR(environment_.store->Sync());
  VG_ASSIGN_OR_RETURN(const auto state, SaveView(ViewDirectory(), spec_.schema,
                                                 [this] { return Current(); }));
  VG_RETURN_IF_ERROR(environment_.store->Sync());
  snapshot_sequence_ = state->sequence;
  snapshot_slots_ = state->num_slots();
  has_snapshot_ = true;
  ++environment_.snapshots_written;
  storage::WriteSet trim;
  trim.DeleteRange(LogPrefix(spec_.id), LogKey(spec_.id, state->sequence + 1));
  return environment_.store->Write(trim, storage::Durability::kAsync);
}

bool Collection::SnapshotIsDue(const ReadState& state) const {
  if (environment_.views_directory.empty()) return false;
  const uint64_t since = state.num_slots() - std::min<uint64_t>(snapshot_slots_, state.num_slots());
  return since >= kSnapshotAfterRows && since >= snapshot_slots_ / 2;
}

bool Collection::CompactionIsDue(const ReadState& state) const {
  const size_t dead = state.num_slots() - state.live_rows;
  return dead >= kCompactAfterDead && dead >= state.num_slots() / 3;
}

Result<bool> Collection::WorkSome() {
  if (dropped_) return false;
  const auto state = Current();
  if (CompactionIsDue(*state)) {
    VG_RETURN_IF_ERROR(Compact());
    return true;
  }
  for (const auto& index : state->indexes) {
    if (index == nullptr) continue;
    VG_ASSIGN_OR_RETURN(const bool built, index->BuildSome(*state));
    if (built) return true;
  }
  if (!SnapshotIsDue(*state)) return false;
  VG_RETURN_IF_ERROR(Snapshot());
  return true;
}

// Copies the living rows into new slots while writes go on, then, alone, copies what was written
// since, and swaps. The graphs start anew and are built in the background from the pending rows.
Status Collection::Compact() {
  const std::unique_lock lock(upkeep_, std::try_to_lock);
  if (!lock.owns_lock() || dropped_) return Ok();
  auto compacted = std::make_shared<ReadState>();
  compacted->slots = std::make_shared<Slots>(spec_.schema);
  const auto copy_from = [&](const ReadState& from, index::Slot begin) -> Status {
    RowBatch batch = MakeBatch(spec_.schema);
    std::vector<size_t> fields(spec_.schema.fields.size());
    for (size_t i = 0; i < fields.size(); ++i) fields[i] = i;
    for (size_t at = begin; at < from.num_slots(); ++at) {
      const auto slot = static_cast<index::Slot>(at);
      if (from.IsVisible(slot)) {
        AppendFields(from, slot, fields, batch.columns);
        batch.row_partitions.push_back(from.scalars.PartitionOf(slot));
      }
      if (batch.num_rows() == 0) continue;
      if (batch.num_rows() < kRecoveredRowsAtOnce && at + 1 < from.num_slots()) continue;
      VG_RETURN_IF_ERROR(compacted->slots->Reserve(compacted->num_slots() + batch.num_rows()));
      AppendRows(batch, AllRows(batch), *compacted);
      batch = MakeBatch(spec_.schema);
    }
    return Ok();
  };
  const auto before = Current();
  VG_RETURN_IF_ERROR(copy_from(*before, 0));
  const size_t copied = compacted->num_slots();
  WriteOp swap;
  swap.alone = true;
  swap.exclusive = [&]() -> Status {
    const auto now = Current();
    VG_RETURN_IF_ERROR(copy_from(*now, static_cast<index::Slot>(before->num_slots())));
    compacted->sequence = now->sequence;
    // Rows that were copied first and replaced or deleted since.
    index::Slot slot = 0;
    for (size_t old = 0; old < before->num_slots(); ++old) {
      if (!before->IsVisible(static_cast<index::Slot>(old))) continue;
      if (!now->IsVisible(static_cast<index::Slot>(old))) {
        Retire(slot, std::max<uint64_t>(now->sequence, 1), *compacted);
      }
      ++slot;
    }
    VG_CHECK(slot == copied && compacted->live_rows == now->live_rows);
    KeyMap keys(spec_.schema.fields[key_field_].type);
    keys.Reserve(compacted->live_rows);
    for (size_t at = 0; at < compacted->num_slots(); ++at) {
      const auto living = static_cast<index::Slot>(at);
      if (compacted->IsVisible(living)) keys.Set(compacted->scalars.KeyAt(living, key_field_), living);
    }
    compacted->indexes.resize(spec_.schema.fields.size());
    for (const IndexSpec& spec : index_specs_) {
      compacted->indexes[spec.field] = std::make_shared<VectorIndex>(spec, compacted->slots);
    }
    const auto published = published_.Lock();
    published->state = std::move(compacted);
    published->keys = std::move(keys);
    return Ok();
  };
  return Submit(swap);
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
