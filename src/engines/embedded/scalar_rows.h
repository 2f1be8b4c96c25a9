// ScalarRows: the scalar fields and partitions of all slots, as an immutable value.
//
// Rows lie in chunks that never change. Adding rows makes a new list that shares the old chunks;
// small neighbours at the end are merged, as the levels of a log-structured tree are, so a chunk
// holds up to 8,192 rows and each row is copied about log2(8,192) times at most. A reader keeps
// the list it started with and needs no lock.
//
// Thread safety: a value; chunks are shared because every list that holds them may go last.
#pragma once

#include <memory>
#include <vector>

#include "index/slot.h"
#include "model/row_batch.h"

namespace vecgate::embedded {

struct ScalarChunk {
  index::Slot begin = 0;
  /// One for each field of the schema; those of vector fields are empty.
  std::vector<Column> columns;
  std::vector<PartitionId> partitions;

  [[nodiscard]] size_t rows() const { return partitions.size(); }
  [[nodiscard]] size_t SizeBytes() const;
};

class ScalarRows {
 public:
  /// Slots [0, rows()).
  [[nodiscard]] size_t rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const ScalarChunk>>& chunks() const {
    return chunks_;
  }
  /// REQUIRES: slot < rows().
  [[nodiscard]] const ScalarChunk& ChunkOf(index::Slot slot) const;
  [[nodiscard]] PrimaryKey KeyAt(index::Slot slot, size_t key_field) const {
    const ScalarChunk& chunk = ChunkOf(slot);
    return PrimaryKeyAt(chunk.columns[key_field], slot - chunk.begin);
  }
  [[nodiscard]] PartitionId PartitionOf(index::Slot slot) const {
    const ScalarChunk& chunk = ChunkOf(slot);
    return chunk.partitions[slot - chunk.begin];
  }
  [[nodiscard]] size_t SizeBytes() const;

  /// These rows, then rows `kept` of `batch` in slots from rows() on.
  [[nodiscard]] ScalarRows With(const RowBatch& batch, const std::vector<uint32_t>& kept) const;

 private:
  std::vector<std::shared_ptr<const ScalarChunk>> chunks_;
  size_t rows_ = 0;
};

}  // namespace vecgate::embedded
