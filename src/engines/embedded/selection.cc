#include "engines/embedded/selection.h"

#include <algorithm>

#include "engines/embedded/stored_vectors.h"

namespace vecgate::embedded {
namespace {

using filter::Bitset;

std::vector<const Column*> ColumnsOf(const ScalarChunk& chunk) {
  std::vector<const Column*> columns;
  for (const Column& column : chunk.columns) {
    columns.push_back(IsVector(column.type()) ? nullptr : &column);
  }
  return columns;
}

bool InPartitions(const RowSelection& selection, PartitionId partition) {
  return selection.partitions.empty() ||
         std::find(selection.partitions.begin(), selection.partitions.end(), partition) !=
             selection.partitions.end();
}

/// The rows of the chunk that are in the partitions.
Bitset RowsInPartitions(const RowSelection& selection, const ScalarChunk& chunk) {
  if (chunk.one_partition) {
    return Bitset(chunk.rows(), InPartitions(selection, chunk.partitions.front()));
  }
  Bitset rows(chunk.rows());
  const auto words = rows.mutable_words();
  for (const PartitionId wanted : selection.partitions) {
    for (size_t w = 0; w < words.size(); ++w) {
      const size_t first = w * Bitset::kWordBits;
      words[w] |= filter::PackWord(first, std::min(Bitset::kWordBits, chunk.rows() - first),
                                   [&](size_t row) { return chunk.partitions[row] == wanted; });
    }
  }
  return rows;
}

void HideDead(const ReadState& state, Bitset& selected) {
  if (state.live_rows == state.num_slots()) return;
  constexpr size_t kBlock = Slots::kSlotsPerBlock;
  for (size_t begin = 0; begin < selected.size(); begin += kBlock) {
    if (!state.slots->BlockHasDead(begin / kBlock)) continue;
    const size_t end = std::min(begin + kBlock, selected.size());
    for (size_t slot = selected.NextSet(begin); slot < end; slot = selected.NextSet(slot + 1)) {
      if (!state.IsVisible(static_cast<index::Slot>(slot))) selected.Reset(slot);
    }
  }
}

}  // namespace

Result<Bitset> Select(const OpContext& context, const ReadState& state,
                      const RowSelection& selection) {
  Bitset selected(state.num_slots());
  std::vector<const filter::ColumnIndex*> indexes;
  for (size_t i = 0; i < state.scalars.chunks().size(); ++i) {
    VG_RETURN_IF_ERROR(context.Check());
    const ScalarChunk& chunk = *state.scalars.chunks()[i];
    Bitset rows = selection.partitions.empty() ? Bitset(chunk.rows(), true)
                                               : RowsInPartitions(selection, chunk);
    if (rows.None()) continue;
    if (selection.filter != nullptr) {
      indexes.clear();
      if (const auto* parts = state.scalars.IndexPartsOf(i)) {
        for (const auto& part : *parts) indexes.push_back(part.get());
      }
      rows = filter::EvaluateAmong(*selection.filter, ColumnsOf(chunk), rows, indexes);
    }
    selected.OrAt(chunk.begin, rows);
  }
  HideDead(state, selected);
  return selected;
}

std::vector<Column> MakeColumns(const CollectionSchema& schema, const std::vector<size_t>& fields) {
  std::vector<Column> columns;
  for (const size_t field : fields) columns.push_back(schema.fields[field].MakeColumn());
  return columns;
}

void AppendFields(const ReadState& state, index::Slot slot, const std::vector<size_t>& fields,
                  std::vector<Column>& columns) {
  const ScalarChunk& chunk = state.scalars.ChunkOf(slot);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (const auto& arena = state.slots->arenas[fields[i]]; arena != nullptr) {
      AppendStored(arena->Row(slot), columns[i]);
    } else {
      columns[i].AppendFrom(chunk.columns[fields[i]], slot - chunk.begin);
    }
  }
}

bool IsSelected(const ReadState& state, const RowSelection& selection, index::Slot slot) {
  const ScalarChunk& chunk = state.scalars.ChunkOf(slot);
  const size_t row = slot - chunk.begin;
  return InPartitions(selection, chunk.partitions[row]) &&
         (selection.filter == nullptr || filter::Matches(*selection.filter, ColumnsOf(chunk), row));
}

}  // namespace vecgate::embedded
