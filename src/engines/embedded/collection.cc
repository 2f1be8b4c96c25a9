#include "engines/embedded/collection.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "engines/embedded/selection.h"
#include "engines/embedded/stored_vectors.h"
#include "engines/embedded/vector_index.h"
#include "engines/embedded/write_op.h"
#include "model/index_rules.h"
#include "model/vector_values.h"

namespace vecgate::embedded {
namespace {

// What costs no memory that the system could not take back.
constexpr char kInFile[] = " in a file";

// The last row of each key, in the order of the batch.
std::vector<uint32_t> LastOfEachKey(const Column& keys) {
  std::vector<uint32_t> kept;
  const auto keep_last = [&](const auto& values) {
    using Key = typename std::decay_t<decltype(values)>::value_type;
    std::unordered_set<Key> seen;
    for (size_t row = values.size(); row-- > 0;) {
      if (seen.insert(values[row]).second) kept.push_back(static_cast<uint32_t>(row));
    }
  };
  if (keys.type() == DataType::kVarChar) {
    keep_last(keys.As<std::string>());
  } else {
    keep_last(keys.As<int64_t>());
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

// What the vectors of a row take in memory beyond their encoding.
size_t WideningBytes(const CollectionSchema& schema) {
  size_t bytes = 0;
  for (const size_t field : schema.VectorFields()) {
    const FieldSchema& vectors = schema.fields[field];
    bytes += WordsPerRow(vectors) * sizeof(float) - VectorSizeBytes(vectors.type, vectors.dim);
  }
  return bytes;
}

}  // namespace

Collection::~Collection() { environment_.memory.Recount(charged_bytes_, 0); }

Collection::Collection(Environment& environment, CatalogEntry entry)
    : environment_(environment),
      spec_(std::move(entry.spec)),
      key_field_(spec_.schema.PrimaryKeyIndex()),
      widening_bytes_(WideningBytes(spec_.schema)),
      published_(nullptr, KeyMap(key_field_)),
      index_specs_(std::move(entry.indexes)) {
  StartEmpty();
}

void Collection::StartEmpty() {
  auto state = std::make_shared<ReadState>();
  state->slots = std::make_shared<Slots>(spec_.schema);
  state->indexes.resize(spec_.schema.fields.size());
  for (const IndexSpec& index : index_specs_) {
    if (IsScalarField(index.field)) continue;
    state->indexes[index.field] = NewIndex(index, state->slots);
  }
  state->scalar_indexes = ScalarSpecs();
  const auto published = published_.Lock();
  published->state = std::move(state);
  published->keys = KeyMap(key_field_);
}

std::shared_ptr<VectorIndex> Collection::NewIndex(const IndexSpec& spec,
                                                  std::shared_ptr<Slots> slots) const {
  // Begun a little before searches want it.
  return std::make_shared<VectorIndex>(spec, std::move(slots), environment_.exact_below_rows / 2);
}

std::vector<uint32_t> Collection::AllRows(const RowBatch& batch) {
  std::vector<uint32_t> rows(batch.num_rows());
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

Result<WriteResult> Collection::Write(const OpContext& context, const RowBatch& batch) {
  VG_RETURN_IF_ERROR(context.Check());
  WriteOp op;
  op.batch = &batch;
  if (batch.num_rows() == 0) return WriteResult{0, Current()->sequence};
  op.kept = LastOfEachKey(batch.columns[key_field_]);
  for (const uint32_t row : op.kept) {
    op.keys.push_back(PrimaryKeyAt(batch.columns[key_field_], row));
    op.values.push_back(EncodeRow(batch, row));
    op.size_bytes += op.values.back().size() + widening_bytes_;
  }
  VG_RETURN_IF_ERROR(Submit(op));
  return WriteResult{op.affected, op.sequence};
}

Result<DeleteResult> Collection::Delete(const OpContext& context, const DeleteRequest& request) {
  VG_RETURN_IF_ERROR(context.Check());
  WriteOp op;
  if (request.selection.filter == nullptr && request.selection.partitions.empty()) {
    op.keys = request.keys;
  } else {
    // Which rows match is decided when no other write is between the look and the delete.
    op.alone = true;
    op.resolve = [&](WriteOp& self) { return ResolveKeys(context, request, self); };
  }
  if (op.keys.empty() && !op.alone) return DeleteResult{0, Current()->sequence};
  VG_RETURN_IF_ERROR(Submit(op));
  return DeleteResult{op.affected, op.sequence};
}

Status Collection::ResolveKeys(const OpContext& context, const DeleteRequest& request,
                               WriteOp& op) const {
  const std::shared_ptr<const ReadState> state = Current();
  VG_ASSIGN_OR_RETURN(const filter::Bitset matching, Select(context, *state, request.selection));
  if (request.keys.empty()) {
    matching.ForEach([&](size_t slot) {
      op.keys.push_back(state->scalars.KeyAt(static_cast<index::Slot>(slot), key_field_));
    });
    return Ok();
  }
  const auto published = published_.LockShared();
  for (const PrimaryKey& key : request.keys) {
    const auto slot = published->keys.Find(key, published->state->scalars);
    if (slot.has_value() && matching.Test(*slot)) op.keys.push_back(key);
  }
  return Ok();
}

Status Collection::Submit(WriteOp& op) {
  commits_.Submit(op, [this](const std::vector<WriteOp*>& group) { Commit(group); });
  // Also after a failure: want of memory is something that background work can mend.
  if (on_change_) on_change_();
  return op.status;
}

void Collection::Commit(const std::vector<WriteOp*>& group) {
  uint64_t sequence = Current()->sequence;
  storage::WriteSet changes;
  std::vector<WriteOp*> prepared;
  for (WriteOp* op : group) {
    if (dropped_) {
      op->status =
          NotFound("collection " + spec_.schema.name + " was dropped", Subject::kCollection);
      continue;
    }
    if (op->exclusive) {
      op->status = op->exclusive();
      continue;
    }
    if (op->resolve) op->status = op->resolve(*op);
    op->sequence = sequence + 1;
    if (op->status.ok()) op->status = Prepare(*op, changes);
    if (!op->status.ok()) continue;
    ++sequence;
    prepared.push_back(op);
  }
  if (prepared.empty()) return;
  changes.Put(SequenceKey(spec_.id), EncodeSequence(sequence));
  const Status written = environment_.store->Write(changes, environment_.durability);
  pending_slots_ = 0;
  for (WriteOp* op : prepared) {
    if (written.ok()) {
      Publish(*op);
    } else {
      op->status = written;
    }
  }
}

Status Collection::Prepare(WriteOp& op, storage::WriteSet& changes) {
  if (op.batch != nullptr) {
    // Memory first: after the store has the rows there must be no way to fail. Rows in memory with
    // their codes and links come to about one and a half times their encoding.
    const size_t charge = op.size_bytes + op.size_bytes / 2;
    if (!environment_.memory.Take(charge).ok()) {
      RecountMemory();  // The estimates of earlier writes may have been too high.
      VG_RETURN_IF_ERROR(environment_.memory.Take(charge));
    }
    charged_bytes_ += charge;
    const auto state = Current();
    VG_RETURN_IF_ERROR(state->slots->Reserve(state->num_slots() + pending_slots_ + op.kept.size()));
    pending_slots_ += op.kept.size();
  }
  for (size_t i = 0; i < op.keys.size(); ++i) {
    if (op.batch != nullptr) {
      StampSequence(op.values[i], op.sequence);
      changes.Put(RowKey(spec_.id, op.keys[i]), std::move(op.values[i]));
    } else {
      changes.Delete(RowKey(spec_.id, op.keys[i]));
    }
  }
  changes.Put(LogKey(spec_.id, op.sequence), EncodeKeys(op.keys));
  return Ok();
}

index::Slot Collection::AppendRows(const RowBatch& batch, const std::vector<uint32_t>& kept,
                                   ReadState& state) {
  const auto first = static_cast<index::Slot>(state.num_slots());
  for (size_t field = 0; field < batch.columns.size(); ++field) {
    index::VectorArena* arena = state.slots->arenas[field].get();
    if (arena == nullptr) continue;
    std::vector<float> scratch;
    for (size_t i = 0; i < kept.size(); ++i) {
      arena->Set(static_cast<index::Slot>(first + i),
                 ToStored(batch.columns[field], kept[i], scratch).data());
    }
  }
  state.scalars = state.scalars.With(batch, kept);
  for (const uint32_t row : kept) ++state.rows_by_partition[ToNumber(batch.PartitionOf(row))];
  state.live_rows += kept.size();
  return first;
}

void Collection::Retire(index::Slot slot, uint64_t sequence, ReadState& state) {
  state.slots->StampDead(slot, sequence);
  const uint32_t partition = ToNumber(state.scalars.PartitionOf(slot));
  if (--state.rows_by_partition[partition] == 0) state.rows_by_partition.erase(partition);
  --state.live_rows;
}

void Collection::Publish(WriteOp& op) {
  auto next = std::make_shared<ReadState>(*Current());
  next->sequence = op.sequence;
  index::Slot slot = 0;
  if (op.batch != nullptr) slot = AppendRows(*op.batch, op.kept, *next);
  // Keys and state change together: whoever finds a slot by its key holds a state that shows it.
  const auto published = published_.Lock();
  for (const PrimaryKey& key : op.keys) {
    const auto old = op.batch != nullptr ? published->keys.Set(key, slot++, next->scalars)
                                         : published->keys.Erase(key, next->scalars);
    if (!old.has_value()) continue;
    Retire(*old, op.sequence, *next);
    ++op.affected;
  }
  published->state = std::move(next);
}

Status Collection::SaveCatalog(const std::vector<IndexSpec>& indexes) {
  storage::WriteSet changes;
  changes.Put(CatalogKey(spec_.id), EncodeCatalog({spec_, indexes}));
  VG_RETURN_IF_ERROR(environment_.store->Write(changes, storage::Durability::kSync));
  index_specs_ = indexes;
  return Ok();
}

Status Collection::CreateIndex(const IndexSpec& index) {
  const FieldSchema& field = spec_.schema.fields[index.field];
  if (IsVector(field.type)) {
    VG_RETURN_IF_ERROR(VectorIndex::Check(index, field.dim));
  } else {
    VG_RETURN_IF_ERROR(CheckScalarIndex(index.type, field));
  }
  WriteOp op;
  op.alone = true;
  op.exclusive = [&]() -> Status {
    const auto state = Current();
    std::vector<IndexSpec> specs;
    for (const IndexSpec& other : index_specs_) {
      if (other.field != index.field) specs.push_back(other);
    }
    specs.push_back(index);
    VG_RETURN_IF_ERROR(SaveCatalog(specs));
    auto next = std::make_shared<ReadState>(*state);
    if (IsVector(field.type)) {
      next->indexes[index.field] = NewIndex(index, state->slots);
      snapshot_indexed_ = 0;  // Another index may have been there, which reached as far.
    }
    next->scalar_indexes = ScalarSpecs();
    published_.Lock()->state = std::move(next);
    return Ok();
  };
  return Submit(op);
}

Status Collection::DropIndex(size_t field) {
  WriteOp op;
  op.alone = true;
  op.exclusive = [&]() -> Status {
    std::vector<IndexSpec> specs;
    for (const IndexSpec& other : index_specs_) {
      if (other.field != field) specs.push_back(other);
    }
    VG_RETURN_IF_ERROR(SaveCatalog(specs));
    auto next = std::make_shared<ReadState>(*Current());
    next->indexes[field] = nullptr;
    next->scalar_indexes = ScalarSpecs();
    const std::vector<size_t> kept = IndexedScalars(*next);
    if (std::find(kept.begin(), kept.end(), field) == kept.end()) {
      next->scalars = next->scalars.WithoutIndex(field);
    }
    published_.Lock()->state = std::move(next);
    return Ok();
  };
  VG_RETURN_IF_ERROR(Submit(op));
  RecountMemory();  // The index gives its memory back.
  return Ok();
}

void Collection::AskForRebuild() {
  rebuilt_rows_ = 0;
  rebuild_asked_ = true;
  if (on_change_) on_change_();
}

CollectionStats Collection::Stats() const {
  const auto published = published_.LockShared();
  const ReadState& state = *published->state;
  CollectionStats stats;
  stats.rows = state.live_rows;
  stats.rows_by_partition = state.rows_by_partition;
  for (size_t field = 0; field < state.indexes.size(); ++field) {
    const auto& index = state.indexes[field];
    if (index == nullptr) continue;
    IndexStats entry{field, index->spec(), state.live_rows, 0};
    if (index->IsBehind(state.num_slots())) {
      const size_t upto = std::min<size_t>(index->upto(), state.num_slots());
      for (size_t slot = upto; slot < state.num_slots(); ++slot) {
        if (state.IsVisible(static_cast<index::Slot>(slot))) ++entry.pending_rows;
      }
    }
    entry.indexed_rows = state.live_rows - entry.pending_rows;
    stats.indexes.push_back(std::move(entry));
  }
  const std::map<size_t, uint64_t> pending = PendingScalars(state);
  for (const IndexSpec& spec : *state.scalar_indexes) {
    const auto found = pending.find(spec.field);
    const uint64_t rows = found == pending.end() ? 0 : found->second;
    stats.indexes.push_back({spec.field, spec, state.live_rows - rows, rows});
  }
  stats.memory = CountMemory(*published);
  if (rebuild_asked_) stats.rebuild = RebuildProgress{rebuilt_rows_, state.live_rows};
  return stats;
}

MemoryUse Collection::CountMemory(const Published& published) const {
  const ReadState& state = *published.state;
  MemoryUse memory;
  const auto count = [&](const std::string& structure, size_t bytes, size_t in_file_bytes) {
    memory[structure] += bytes - in_file_bytes;
    if (in_file_bytes > 0) memory[structure + kInFile] += in_file_bytes;
  };
  for (const auto& arena : state.slots->arenas) {
    if (arena == nullptr) continue;
    const size_t in_file = std::min(arena->slots_in_file(), state.num_slots());
    count("vectors", state.num_slots() * arena->slot_bytes(), in_file * arena->slot_bytes());
  }
  for (const auto& index : state.indexes) {
    if (index == nullptr || index->ann() == nullptr) continue;
    for (const index::MemoryPart& part : index->ann()->Memory()) {
      count(part.name, part.size_bytes, part.in_file_bytes);
    }
  }
  memory["scalars"] = state.scalars.SizeBytes();
  if (const size_t bytes = state.scalars.IndexBytes(); bytes > 0) memory["scalar indexes"] = bytes;
  memory["keys"] = published.keys.SizeBytes();
  memory["stamps"] = state.num_slots() * sizeof(uint64_t);
  return memory;
}

void Collection::RecountMemory() {
  size_t counted = 0;
  {
    const auto published = published_.LockShared();
    for (const auto& [structure, bytes] : CountMemory(*published)) {
      if (!structure.ends_with(kInFile)) counted += bytes;
    }
    counted_slots_ = published->state->num_slots();
  }
  environment_.memory.Recount(charged_bytes_.exchange(counted), counted);
}

}  // namespace vecgate::embedded
