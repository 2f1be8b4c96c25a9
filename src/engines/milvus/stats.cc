#include "engines/milvus/stats.h"

#include <fmt/format.h>

#include <algorithm>

#include "milvus_wire/rows.h"
#include "model/vector_values.h"

namespace vecgate::milvus_engine {
namespace {

/// A partition that has rows and is not among the known ones.
Result<std::optional<int64_t>> AnotherPartition(ReadScope& scope,
                                                const std::vector<int64_t>& known) {
  const Expression others = !IntIn(kPartitionField, known);
  VG_ASSIGN_OR_RETURN(const api::QueryResults answer,
                      scope.server.Query(scope.context, {.collection = scope.layout().collection,
                                                         .expression = others.text(),
                                                         .outputs = {kPartitionField},
                                                         .limit = 1,
                                                         .freshness = scope.freshness}));
  scope.Settle();
  for (const auto& field : answer.fields_data()) {
    if (field.field_name() != kPartitionField || field.scalars().long_data().data_size() == 0) {
      continue;
    }
    return std::optional(field.scalars().long_data().data(0));
  }
  return std::optional<int64_t>();
}

Status CountPartitions(ReadScope& scope, CollectionStats& out) {
  const Layout& layout = scope.layout();
  if (!layout.has_partitions()) {
    VG_ASSIGN_OR_RETURN(out.rows, scope.server.Count(scope.context, layout.collection,
                                                     Expression::All(), scope.freshness));
    if (out.rows > 0) out.rows_by_partition[0] = out.rows;
    return Ok();
  }
  std::vector<int64_t> known;
  while (true) {
    VG_ASSIGN_OR_RETURN(const auto partition, AnotherPartition(scope, known));
    if (!partition) return Ok();
    const std::array<int64_t, 1> one = {*partition};
    VG_ASSIGN_OR_RETURN(const uint64_t rows,
                        scope.server.Count(scope.context, layout.collection,
                                           IntIn(kPartitionField, one), scope.freshness));
    out.rows += rows;
    out.rows_by_partition[static_cast<uint32_t>(*partition)] = rows;
    known.push_back(*partition);
  }
}

}  // namespace

Result<CollectionStats> ReadStats(ReadScope scope) {
  const Layout& layout = scope.layout();
  CollectionStats out;
  {
    VG_ASSIGN_OR_RETURN(const Gate::Pass pass,
                        scope.collection.gate.Enter(scope.context, Gate::Kind::kRead));
    VG_RETURN_IF_ERROR(CountPartitions(scope, out));
  }
  VG_ASSIGN_OR_RETURN(const std::vector<StoredIndex> stored,
                      scope.server.Indexes(scope.context, layout.collection));
  const auto indexes = *scope.collection.indexes.LockShared();
  for (const auto& [field, spec] : indexes) {
    const std::string& name = layout.field(field).name;
    const auto at = std::find_if(stored.begin(), stored.end(),
                                 [&name](const StoredIndex& index) { return index.field == name; });
    // Rows that are not sealed yet, and those of segments too small for an index, are pending.
    const uint64_t indexed = at == stored.end() ? 0 : std::min(at->indexed_rows, out.rows);
    out.indexes.push_back({.field = field,
                           .spec = spec,
                           .indexed_rows = indexed,
                           .pending_rows = out.rows - indexed});
  }
  const FieldSchema vector = layout.Stored(layout.vector());
  out.memory["vectors"] = out.rows * VectorSizeBytes(vector.type, vector.dim);
  return out;
}

}  // namespace vecgate::milvus_engine
