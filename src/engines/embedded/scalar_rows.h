// ScalarRows: the scalar fields and partitions of all slots, and the indexes of their columns, as
// an immutable value.
//
// Rows lie in chunks that never change. Adding rows makes a new list that shares the old chunks;
// small neighbours at the end are merged, as the levels of a log-structured tree are, so merging
// makes chunks of up to 8,192 rows and copies each row about log2(8,192) times at most. The index
// of a field is made of one part for each chunk, built beside the list and then attached to a new
// one; a chunk without its part is scanned. A reader keeps the list it started with and needs no
// lock.
//
// Thread safety: a value; chunks and index parts are shared because every list that holds them may
// go last.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "filter/column_index.h"
#include "index/slot.h"
#include "model/row_batch.h"

namespace vecgate::embedded {

struct ScalarChunk {
  index::Slot begin = 0;
  /// One for each field of the schema; those of vector fields are empty.
  std::vector<Column> columns;
  std::vector<PartitionId> partitions;

  /// Whether all rows are in the partition of the first.
  bool one_partition = true;

  [[nodiscard]] size_t rows() const { return partitions.size(); }
  [[nodiscard]] size_t SizeBytes() const;
};

/// One field of one chunk, and its part of the field's index: null where it is yet to be built.
struct ScalarIndexPart {
  std::shared_ptr<const ScalarChunk> chunk;
  size_t field = 0;
  std::shared_ptr<const filter::ColumnIndex> index{};
};

class ScalarRows {
 public:
  /// Slots [0, rows()).
  [[nodiscard]] size_t rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const ScalarChunk>>& chunks() const {
    return chunks_;
  }
  /// By field; null for fields without an index.
  using IndexParts = std::vector<std::shared_ptr<const filter::ColumnIndex>>;
  /// Those of chunks()[chunk]; null when no field has one.
  [[nodiscard]] const IndexParts* IndexPartsOf(size_t chunk) const { return parts_[chunk].get(); }
  [[nodiscard]] size_t IndexBytes() const;
  /// What the indexes of `fields` lack, in chunks of `least_rows` or more; `most` at most.
  [[nodiscard]] std::vector<ScalarIndexPart> MissingParts(const std::vector<size_t>& fields,
                                                          size_t least_rows, size_t most) const;
  /// REQUIRES: slot < rows().
  [[nodiscard]] const ScalarChunk& ChunkOf(index::Slot slot) const;
  [[nodiscard]] PrimaryKey KeyAt(index::Slot slot, size_t key_field) const {
    const ScalarChunk& chunk = ChunkOf(slot);
    return PrimaryKeyAt(chunk.columns[key_field], slot - chunk.begin);
  }
  /// Whether the row of `slot` has this key; never one of another type than the field's.
  [[nodiscard]] bool HasKey(index::Slot slot, size_t key_field, const PrimaryKey& key) const;
  [[nodiscard]] PartitionId PartitionOf(index::Slot slot) const {
    const ScalarChunk& chunk = ChunkOf(slot);
    return chunk.partitions[slot - chunk.begin];
  }
  [[nodiscard]] size_t SizeBytes() const;

  /// These rows, then rows `kept` of `batch` in slots from rows() on.
  [[nodiscard]] ScalarRows With(const RowBatch& batch, const std::vector<uint32_t>& kept) const;
  /// With these parts attached to those of their chunks that are still here.
  [[nodiscard]] ScalarRows WithParts(const std::vector<ScalarIndexPart>& parts) const;
  [[nodiscard]] ScalarRows WithoutIndex(size_t field) const;

 private:
  void Append(const RowBatch& batch, std::span<const uint32_t> kept);

  std::vector<std::shared_ptr<const ScalarChunk>> chunks_;
  std::vector<std::shared_ptr<const IndexParts>> parts_;  ///< As many as chunks_.
  size_t rows_ = 0;
};

}  // namespace vecgate::embedded
