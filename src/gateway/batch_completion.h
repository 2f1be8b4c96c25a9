// From the columns that a client sent to a batch that an engine takes: generated keys, defaults,
// nulls, the dynamic column, partitions.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "gateway/collection_info.h"
#include "gateway/id_allocator.h"
#include "model/row_batch.h"

namespace vecgate::gateway {

/// What a client sent: for each field of the schema its column, or nothing where it sent none.
struct PartialBatch {
  std::vector<std::optional<Column>> columns;
  size_t num_rows = 0;
};

/// Keys given by the client for an auto_id field are refused on insert and kept on upsert.
enum class GivenKeys { kRefuse, kKeep };

/// Fills what is missing and checks the whole. `partition` is "" for the default; with a partition
/// key each row goes to the partition its key hashes to.
Result<RowBatch> CompleteBatch(const CollectionInfo& info, PartialBatch partial,
                               const std::string& partition, GivenKeys given_keys,
                               IdAllocator& ids);

/// The hash partition of a partition key's value; the same on every machine and release.
PartitionId HashPartition(const CollectionInfo& info, const PrimaryKey& value);

}  // namespace vecgate::gateway
