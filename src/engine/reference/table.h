// Table: the rows of one collection in memory, found by primary key.
//
// Thread safety: as any value; the engine locks. Ownership: owns its rows.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/requests.h"

namespace vecgate::reference {

class Table {
 public:
  explicit Table(CollectionSpec spec);
  // It points at its own columns.
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  [[nodiscard]] const CollectionSpec& spec() const { return spec_; }
  [[nodiscard]] const CollectionSchema& schema() const { return spec_.schema; }
  /// Rows by primary key, ascending; the value is a position in the columns.
  [[nodiscard]] const std::map<PrimaryKey, uint32_t>& rows() const { return rows_; }
  [[nodiscard]] const Column& column(size_t field) const { return columns_[field]; }
  [[nodiscard]] PartitionId PartitionOf(uint32_t row) const { return partitions_[row]; }

  /// Adds or replaces each row of the batch; the last row of a key wins. Returns how many keys
  /// were there before.
  uint64_t Write(const RowBatch& batch);
  /// Returns whether the row was there.
  bool Erase(const PrimaryKey& key);

  [[nodiscard]] bool Selects(const RowSelection& selection, uint32_t row) const;

  std::map<size_t, IndexSpec> indexes;  ///< By field.
  uint64_t sequence = 0;

 private:
  uint32_t FreshRow(const RowBatch& batch, size_t from);

  CollectionSpec spec_;
  std::vector<Column> columns_;
  std::vector<const Column*> column_pointers_;
  std::vector<PartitionId> partitions_;
  std::map<PrimaryKey, uint32_t> rows_;
  std::vector<uint32_t> free_;
};

}  // namespace vecgate::reference
