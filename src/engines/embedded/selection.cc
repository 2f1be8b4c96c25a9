#include "engines/embedded/selection.h"

#include <algorithm>

namespace vecgate::embedded {
namespace {

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

}  // namespace

Result<filter::Bitset> Select(const OpContext& context, const ReadState& state,
                              const RowSelection& selection) {
  filter::Bitset selected(state.num_slots());
  for (const auto& chunk : state.scalars.chunks()) {
    VG_RETURN_IF_ERROR(context.Check());
    const auto offer = [&](size_t row) {
      const auto slot = static_cast<index::Slot>(chunk->begin + row);
      if (InPartitions(selection, chunk->partitions[row]) && state.IsVisible(slot)) {
        selected.Set(slot);
      }
    };
    if (selection.filter == nullptr) {
      for (size_t row = 0; row < chunk->rows(); ++row) offer(row);
    } else {
      filter::Evaluate(*selection.filter, ColumnsOf(*chunk), chunk->rows()).ForEach(offer);
    }
  }
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
      columns[i].AppendVector({arena->Row(slot), arena->dim()});
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
