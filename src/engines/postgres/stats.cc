#include "engines/postgres/stats.h"

#include <fmt/format.h>

#include "engines/postgres/values.h"
#include "model/vector_values.h"

namespace vecgate::postgres {

Result<CollectionStats> ReadStats(const OpContext& context, Connection& connection,
                                  const Layout& layout) {
  const std::string table = layout.table.Quoted();
  const std::string partition =
      layout.has_partitions() ? QuoteIdentifier(kPartitionColumn) : "0::bigint";
  const std::vector<Statement> statements = {
      {.sql = fmt::format("SELECT {} AS part, count(*) FROM {} GROUP BY part", partition, table)},
      {.sql = "SELECT pg_table_size($1::text::regclass), pg_indexes_size($1::text::regclass)",
       .parameters = {TextParameter(table)}}};
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> rows, connection.Run(context, statements));
  CollectionStats out;
  for (size_t row = 0; row < rows[0].size(); ++row) {
    const auto count = static_cast<uint64_t>(rows[0].Int(row, 1));
    out.rows_by_partition[static_cast<uint32_t>(rows[0].Int(row, 0))] = count;
    out.rows += count;
  }
  for (const auto& [field, index] : layout.indexes) {
    out.indexes.push_back(
        {.field = field, .spec = index.spec, .indexed_rows = out.rows, .pending_rows = 0});
  }
  for (const size_t field : layout.schema().VectorFields()) {
    const FieldSchema& vector = layout.schema().fields[field];
    out.memory["vectors"] += out.rows * VectorSizeBytes(vector.type, vector.dim);
  }
  out.memory["table"] = static_cast<uint64_t>(rows[1].Int(0, 0));
  out.memory["indexes"] = static_cast<uint64_t>(rows[1].Int(0, 1));
  return out;
}

}  // namespace vecgate::postgres
