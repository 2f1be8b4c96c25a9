// Compaction: the living rows move to new, dense slots while reads and writes go on.
#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "engines/embedded/collection.h"
#include "engines/embedded/selection.h"
#include "engines/embedded/vector_index.h"
#include "engines/embedded/write_op.h"

namespace vecgate::embedded {
namespace {

// Few, so that the copy in between is small: 1.5 MB at 384 dimensions.
constexpr size_t kRowsCopiedAtOnce = 1024;

bool SameIndex(const IndexSpec& a, const IndexSpec& b) {
  return a.field == b.field && a.type == b.type && a.metric == b.metric && a.params == b.params;
}

}  // namespace

bool Collection::CompactionIsDue(const ReadState& state) const {
  if (rebuild_asked_) return true;
  const size_t slots = state.num_slots();
  const size_t dead = slots - state.live_rows;
  if (dead < environment_.compact_after_dead || dead < slots / 3) return false;
  // What is in an index is taken over, what is not would have to be built again.
  const bool behind =
      std::any_of(state.indexes.begin(), state.indexes.end(),
                  [&](const auto& index) { return index != nullptr && index->IsBehind(slots); });
  return !behind || dead >= slots / 2;
}

Status Collection::CopyLiving(const ReadState& from, index::Slot begin, ReadState& to) const {
  RowBatch batch = MakeBatch(spec_.schema);
  std::vector<size_t> fields(spec_.schema.fields.size());
  for (size_t i = 0; i < fields.size(); ++i) fields[i] = i;
  for (size_t at = begin; at < from.num_slots(); ++at) {
    const auto slot = static_cast<index::Slot>(at);
    if (from.IsVisible(slot)) {
      AppendFields(from, slot, fields, batch.columns);
      batch.row_partitions.push_back(from.scalars.PartitionOf(slot));
    }
    const bool last = at + 1 == from.num_slots();
    if (batch.num_rows() == 0 || (batch.num_rows() < kRowsCopiedAtOnce && !last)) continue;
    VG_RETURN_IF_ERROR(to.slots->Reserve(to.num_slots() + batch.num_rows()));
    AppendRows(batch, AllRows(batch), to);
    batch = MakeBatch(spec_.schema);
  }
  return Ok();
}

std::vector<std::vector<index::Slot>> Collection::LivingInIndexes(const ReadState& state) {
  std::vector<std::vector<index::Slot>> living(state.indexes.size());
  for (size_t field = 0; field < living.size(); ++field) {
    if (state.indexes[field] == nullptr) continue;
    const size_t upto = std::min<size_t>(state.indexes[field]->upto(), state.num_slots());
    for (index::Slot slot = 0; slot < upto; ++slot) {
      if (state.IsVisible(slot)) living[field].push_back(slot);
    }
  }
  return living;
}

Result<std::shared_ptr<VectorIndex>> Collection::BuildCompacted(const VectorIndex& old,
                                                                const ReadState& compacted,
                                                                std::span<const index::Slot> kept) {
  auto built = NewIndex(old.spec(), compacted.slots);
  OpContext until_stopped;
  until_stopped.cancelled = &environment_.stopping;
  VG_ASSIGN_OR_RETURN(const bool repaired, built->TakeOver(until_stopped, old, compacted, kept));
  if (repaired) ++environment_.graphs_repaired;
  for (bool more = true; more;) {
    VG_RETURN_IF_ERROR(until_stopped.Check());
    VG_ASSIGN_OR_RETURN(more, built->BuildSome(compacted));
    rebuilt_rows_ = built->upto();
  }
  return built;
}

// The bulk is copied and its graphs are repaired, or built anew when that was asked for, beside the
// running collection; then, alone, what was written since is copied and the two are swapped. False
// when other upkeep runs or the engine ends.
Result<bool> Collection::Compact() {
  const std::unique_lock lock(upkeep_, std::try_to_lock);
  if (!lock.owns_lock() || dropped_) return false;
  const bool anew = rebuild_asked_;
  auto compacted = std::make_shared<ReadState>();
  compacted->slots = std::make_shared<Slots>(spec_.schema);
  compacted->indexes.resize(spec_.schema.fields.size());
  const auto before = Current();
  const std::vector<std::vector<index::Slot>> living = LivingInIndexes(*before);
  VG_RETURN_IF_ERROR(CopyLiving(*before, 0, *compacted));
  compacted->scalar_indexes = before->scalar_indexes;
  IndexAllScalars(*compacted);
  for (const auto& index : before->indexes) {
    if (index == nullptr) continue;
    const size_t field = index->spec().field;
    const std::span<const index::Slot> kept(living[field].data(), anew ? 0 : living[field].size());
    auto built = BuildCompacted(*index, *compacted, kept);
    if (!built.ok() && environment_.stopping) return false;
    VG_ASSIGN_OR_RETURN(compacted->indexes[field], std::move(built));
  }
  WriteOp swap;
  swap.alone = true;
  swap.exclusive = [&] { return SwapIn(*before, std::move(compacted)); };
  VG_RETURN_IF_ERROR(Submit(swap));
  if (anew) rebuild_asked_ = false;
  RecountMemory();
  // The one on disk is right, but it would bring the dead slots back, and until there is another
  // the vectors are all in memory.
  has_snapshot_ = false;
  snapshot_slots_ = 0;
  snapshot_indexed_ = 0;
  return true;
}

Status Collection::SwapIn(const ReadState& before, std::shared_ptr<ReadState> compacted) {
  const auto now = Current();
  const size_t copied = compacted->num_slots();
  VG_RETURN_IF_ERROR(CopyLiving(*now, static_cast<index::Slot>(before.num_slots()), *compacted));
  compacted->sequence = now->sequence;
  // Rows of the bulk that were replaced or deleted since.
  index::Slot slot = 0;
  for (size_t old = 0; old < before.num_slots(); ++old) {
    if (!before.IsVisible(static_cast<index::Slot>(old))) continue;
    if (!now->IsVisible(static_cast<index::Slot>(old))) {
      Retire(slot, std::max<uint64_t>(now->sequence, 1), *compacted);
    }
    ++slot;
  }
  VG_CHECK(slot == copied && compacted->live_rows == now->live_rows);
  KeyMap keys(key_field_);
  keys.Reserve(compacted->live_rows);
  for (size_t at = 0; at < compacted->num_slots(); ++at) {
    const auto living = static_cast<index::Slot>(at);
    if (compacted->IsVisible(living)) {
      keys.Set(compacted->scalars.KeyAt(living, key_field_), living, compacted->scalars);
    }
  }
  for (size_t field = 0; field < now->indexes.size(); ++field) {
    const auto& wanted = now->indexes[field];
    auto& index = compacted->indexes[field];
    if (wanted == nullptr) {
      index = nullptr;
    } else if (index == nullptr || !SameIndex(index->spec(), wanted->spec())) {
      index = NewIndex(wanted->spec(), compacted->slots);
    }
  }
  const std::vector<size_t> wanted_scalars = IndexedScalars(*now);
  for (const size_t built : IndexedScalars(*compacted)) {
    if (std::find(wanted_scalars.begin(), wanted_scalars.end(), built) == wanted_scalars.end()) {
      compacted->scalars = compacted->scalars.WithoutIndex(built);
    }
  }
  compacted->scalar_indexes = now->scalar_indexes;
  const auto published = published_.Lock();
  published->state = std::move(compacted);
  published->keys = std::move(keys);
  return Ok();
}

}  // namespace vecgate::embedded
