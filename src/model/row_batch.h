// RowBatch: n rows of a collection as columns, and the checks that make them fit its schema.
//
// Thread safety: a value. Ownership: owns its columns.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "model/column.h"
#include "model/schema.h"
#include "model/types.h"

namespace vecgate {

struct RowBatch {
  /// One for each field of the schema, in its order, `$meta` included; all of one length.
  std::vector<Column> columns;
  /// The partition of all rows, or one a row when `row_partitions` is not empty.
  PartitionId partition{0};
  std::vector<PartitionId> row_partitions;

  [[nodiscard]] size_t num_rows() const { return columns.empty() ? 0 : columns.front().num_rows(); }
  [[nodiscard]] PartitionId PartitionOf(size_t row) const {
    return row_partitions.empty() ? partition : row_partitions[row];
  }
};

/// An empty batch with a column for each field.
RowBatch MakeBatch(const CollectionSchema& schema);

/// Checks types, lengths, ranges, nulls, dimensions, finite vectors, JSON. kInvalidArgument names
/// the field, the row, what was found and what is allowed.
Status ValidateBatch(const CollectionSchema& schema, const RowBatch& batch);

/// Adds vectors that a client gave as numbers, each rounded to the nearest of the field's type.
/// kInvalidArgument for one that the type does not hold: not finite, beyond its range, or not whole
/// where it holds whole numbers. REQUIRES: whole vectors; a type of numbers.
Status AppendNumbers(const FieldSchema& field, std::span<const float> numbers, Column& vectors);

/// The part of ValidateBatch for the vectors of one field, which queries share.
Status ValidateVectors(const FieldSchema& field, const Column& vectors);

}  // namespace vecgate
