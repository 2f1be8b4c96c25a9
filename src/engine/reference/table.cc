#include "engine/reference/table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"

namespace vecgate::reference {

Table::Table(CollectionSpec spec) : spec_(std::move(spec)) {
  for (const FieldSchema& field : spec_.schema.fields) columns_.push_back(field.MakeColumn());
  for (const Column& column : columns_) column_pointers_.push_back(&column);
}

uint32_t Table::FreshRow(const RowBatch& batch, size_t from) {
  if (!free_.empty()) {
    const uint32_t row = free_.back();
    free_.pop_back();
    for (size_t i = 0; i < columns_.size(); ++i)
      columns_[i].AssignFrom(row, batch.columns[i], from);
    partitions_[row] = batch.PartitionOf(from);
    return row;
  }
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i].AppendFrom(batch.columns[i], from);
  partitions_.push_back(batch.PartitionOf(from));
  return static_cast<uint32_t>(partitions_.size() - 1);
}

uint64_t Table::Write(const RowBatch& batch) {
  VG_CHECK(batch.columns.size() == columns_.size());
  const Column& keys = batch.columns[schema().PrimaryKeyIndex()];
  std::set<PrimaryKey> replaced;
  std::set<PrimaryKey> added;
  for (size_t from = 0; from < batch.num_rows(); ++from) {
    const PrimaryKey key = PrimaryKeyAt(keys, from);
    if (Erase(key)) {
      if (!added.contains(key)) replaced.insert(key);
    } else {
      added.insert(key);
    }
    rows_[key] = FreshRow(batch, from);
  }
  return replaced.size();
}

bool Table::Erase(const PrimaryKey& key) {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return false;
  free_.push_back(found->second);
  rows_.erase(found);
  return true;
}

bool Table::Selects(const RowSelection& selection, uint32_t row) const {
  const std::vector<PartitionId>& wanted = selection.partitions;
  if (!wanted.empty() &&
      std::find(wanted.begin(), wanted.end(), partitions_[row]) == wanted.end()) {
    return false;
  }
  return selection.filter == nullptr || filter::Matches(*selection.filter, column_pointers_, row);
}

}  // namespace vecgate::reference
