#include "engines/postgres/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/checksum.h"
#include "engines/postgres/selection.h"
#include "engines/postgres/sql_state.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

/// From here on COPY, which costs two more round trips, is faster.
constexpr size_t kFewRows = 16;
constexpr size_t kChunkBytes = 256 << 10;
/// COPY's signature, flags, and the length of an extension that there is none of.
constexpr std::string_view kCopyHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::string_view kCopyTrailer("\377\377", 2);
constexpr uint64_t kNullLength = 0xffffffff;

/// Positions of the rows to write, one a key, in order of key.
std::vector<size_t> LastRows(const Layout& layout, const RowBatch& batch) {
  const Column& keys = batch.columns[layout.schema().PrimaryKeyIndex()];
  std::map<PrimaryKey, size_t> last;
  for (size_t row = 0; row < batch.num_rows(); ++row) last[PrimaryKeyAt(keys, row)] = row;
  std::vector<size_t> out;
  out.reserve(last.size());
  for (const auto& [key, row] : last) out.push_back(row);
  return out;
}

std::string ColumnList(const Layout& layout) {
  std::string out = fmt::format("{}", fmt::join(layout.columns, ", "));
  if (layout.has_partitions()) out += ", " + QuoteIdentifier(kPartitionColumn);
  return out;
}

/// What turns an INSERT into one that replaces.
std::string OnConflict(const Layout& layout) {
  std::vector<std::string> columns = layout.columns;
  if (layout.has_partitions()) columns.push_back(QuoteIdentifier(kPartitionColumn));
  std::string changes;
  for (const std::string& column : columns) {
    if (column == layout.key()) continue;
    changes += fmt::format("{}{} = excluded.{}", changes.empty() ? "" : ", ", column, column);
  }
  // A row that was locked to be replaced has the locker in xmax, a fresh one has nothing there.
  return fmt::format("ON CONFLICT ({}) DO UPDATE SET {} RETURNING (xmax <> 0) AS replaced",
                     layout.key(), changes);
}

Parameter ValueParameter(const FieldSchema& field, const Column& column, size_t row) {
  if (column.IsNull(row)) return {};
  std::string bytes;
  AppendValue(field, column, row, bytes);
  return {.value = std::move(bytes), .format = Parameter::Format::kBinary};
}

Statement InsertStatement(const Layout& layout, const std::string& sql, const RowBatch& batch,
                          size_t row) {
  Statement out{.sql = sql, .reuse = Statement::Reuse::kPrepared};
  const CollectionSchema& schema = layout.schema();
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    out.parameters.push_back(ValueParameter(schema.fields[i], batch.columns[i], row));
  }
  if (layout.has_partitions())
    out.parameters.push_back(IntParameter(ToNumber(batch.PartitionOf(row))));
  return out;
}

std::string InsertSql(const Layout& layout) {
  std::string values;
  size_t number = 0;
  for (const FieldSchema& field : layout.schema().fields) {
    values += fmt::format("{}${}::{}", values.empty() ? "" : ", ", ++number, SqlType(field));
  }
  if (layout.has_partitions()) values += fmt::format(", ${}::bigint", ++number);
  return fmt::format("INSERT INTO {} ({}) VALUES ({}) {}", layout.table.Quoted(),
                     ColumnList(layout), values, OnConflict(layout));
}

Result<WriteResult> InsertEach(const OpContext& context, Connection& connection,
                               const Catalog& catalog, const Layout& layout, const RowBatch& batch,
                               const std::vector<size_t>& rows) {
  const std::string sql = InsertSql(layout);
  std::vector<Statement> statements = {{.sql = "BEGIN"}};
  for (const size_t row : rows) {
    statements.push_back(InsertStatement(layout, sql, batch, row));
  }
  statements.push_back(catalog.NextSequence());
  statements.push_back({.sql = "COMMIT"});
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> answers, connection.Run(context, statements));
  WriteResult out;
  for (size_t i = 1; i <= rows.size(); ++i) {
    if (answers[i].Bool(0, 0)) ++out.replaced;
  }
  out.sequence = static_cast<uint64_t>(answers[rows.size() + 1].Int(0, 0));
  return out;
}

std::string StagingColumns(const Layout& layout) {
  std::string out;
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    out += fmt::format("{} {}, ", layout.columns[i], SqlType(layout.schema().fields[i]));
  }
  return out + QuoteIdentifier(kPartitionColumn) + " bigint";
}

/// Named by its columns: collections with the same ones share it, and one that was dropped and made
/// again with others gets another.
std::string StagingName(const Layout& layout) {
  return QuoteIdentifier(fmt::format("stage_{:016x}", StableHash64(StagingColumns(layout))));
}

/// The session's temporary table that holds a batch on its way.
Status MakeStaging(const OpContext& context, Connection& connection, const Layout& layout) {
  const std::string name = StagingName(layout);
  if (connection.made.contains(name)) return Ok();
  std::vector<Statement> statements = {
      {.sql = fmt::format("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DELETE ROWS", name,
                          StagingColumns(layout))}};
  for (std::string& sql : InlineVectorsSql(layout, "pg_temp." + name)) {
    statements.push_back({.sql = std::move(sql)});
  }
  const auto made = connection.Run(context, statements);
  if (!made.ok()) return made.error();
  connection.made.insert(name);
  return Ok();
}

/// Rows in COPY's binary format, chunk after chunk.
class CopyRows {
 public:
  CopyRows(const Layout& layout, const RowBatch& batch, const std::vector<size_t>& rows)
      : layout_(layout), batch_(batch), rows_(rows), chunk_(kCopyHeader) {}

  /// The next chunk; empty after the last.
  std::string_view Next() {
    if (ended_) return {};
    if (at_ > 0) chunk_.clear();
    while (at_ < rows_.size() && chunk_.size() < kChunkBytes) AppendRow(rows_[at_++]);
    if (at_ == rows_.size()) {
      chunk_ += kCopyTrailer;
      ended_ = true;
    }
    return chunk_;
  }

 private:
  void AppendRow(size_t row) {
    const auto& fields = layout_.schema().fields;
    AppendBigEndian(chunk_, fields.size() + 1, 2);
    for (size_t i = 0; i < fields.size(); ++i) {
      const Column& column = batch_.columns[i];
      if (column.IsNull(row)) {
        AppendBigEndian(chunk_, kNullLength, 4);
        continue;
      }
      // The length stands before the value, and is known after it.
      const size_t length_at = chunk_.size();
      chunk_.append(4, '\0');
      AppendValue(fields[i], column, row, chunk_);
      std::string length;
      AppendBigEndian(length, chunk_.size() - length_at - 4, 4);
      chunk_.replace(length_at, 4, length);
    }
    AppendBigEndian(chunk_, 8, 4);
    AppendBigEndian(chunk_, ToNumber(batch_.PartitionOf(row)), 8);
  }

  const Layout& layout_;
  const RowBatch& batch_;
  const std::vector<size_t>& rows_;
  std::string chunk_;
  size_t at_ = 0;
  bool ended_ = false;
};

Result<WriteResult> CopyStaged(const OpContext& context, Connection& connection,
                               const Catalog& catalog, const Layout& layout, const RowBatch& batch,
                               const std::vector<size_t>& rows) {
  const std::string staging = "pg_temp." + StagingName(layout);
  CopyRows source(layout, batch, rows);
  VG_RETURN_IF_ERROR(
      connection.CopyIn(context, fmt::format("BEGIN; COPY {} FROM STDIN (FORMAT binary)", staging),
                        [&source] { return source.Next(); }));
  const std::string columns = ColumnList(layout);
  const std::vector<Statement> statements = {
      {.sql = fmt::format("WITH written AS (INSERT INTO {} ({}) SELECT {} FROM {} {}) SELECT "
                          "count(*) FILTER (WHERE replaced) FROM written",
                          layout.table.Quoted(), columns, columns, staging, OnConflict(layout)),
       .reuse = Statement::Reuse::kPrepared},
      catalog.NextSequence(),
      {.sql = "COMMIT"}};
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> answers, connection.Run(context, statements));
  return WriteResult{.replaced = static_cast<uint64_t>(answers[0].Int(0, 0)),
                     .sequence = static_cast<uint64_t>(answers[1].Int(0, 0))};
}

Status CheckPartitions(const Layout& layout, const RowBatch& batch) {
  if (layout.has_partitions()) return Ok();
  for (size_t row = 0; row < batch.num_rows(); ++row) {
    if (batch.PartitionOf(row) != PartitionId{0}) {
      return InvalidArgument(
          fmt::format("collection {} is attached to table {}, which has no partitions but the "
                      "default one",
                      layout.schema().name, layout.table.Quoted()),
          Subject::kPartition);
    }
  }
  return Ok();
}

}  // namespace

Result<WriteResult> WriteRows(const OpContext& context, Connection& connection,
                              const Catalog& catalog, const Layout& layout, const RowBatch& batch) {
  VG_RETURN_IF_ERROR(CheckStorable(layout.schema(), batch));
  VG_RETURN_IF_ERROR(CheckPartitions(layout, batch));
  const std::vector<size_t> rows = LastRows(layout, batch);
  if (rows.size() > kFewRows) {
    const Status staging = MakeStaging(context, connection, layout);
    if (staging.ok()) return CopyStaged(context, connection, catalog, layout, batch, rows);
    // A role that may not make temporary tables writes more slowly.
    if (connection.last_state() != state::kNoRights) return staging.error();
  }
  return InsertEach(context, connection, catalog, layout, batch, rows);
}

Result<DeleteResult> DeleteRows(const OpContext& context, Connection& connection,
                                const Catalog& catalog, const Layout& layout,
                                const DeleteRequest& request) {
  Wanted wanted{.selection = request.selection, .keys = {}};
  if (!request.keys.empty()) wanted.keys = request.keys;
  const bool names_nothing =
      !wanted.keys && wanted.selection.filter == nullptr && wanted.selection.partitions.empty();
  // An empty list of keys matches nothing.
  if (names_nothing) wanted.keys.emplace();
  std::vector<Statement> statements = {{.sql = "BEGIN"}};
  if (!IsExact(layout, wanted)) {
    const auto begun = connection.Run(context, statements.front());
    if (!begun.ok()) return begun.error();
    statements.clear();
    VG_ASSIGN_OR_RETURN(wanted,
                        MakeExact(context, connection, layout, std::move(wanted), "FOR UPDATE"));
  }
  SqlBuilder builder;
  const SqlCondition condition = ConditionOf(layout, wanted, builder);
  statements.push_back(
      {.sql = fmt::format("DELETE FROM {} WHERE {}", layout.table.Quoted(), condition.sql),
       .parameters = builder.TakeParameters()});
  statements.push_back(catalog.NextSequence());
  statements.push_back({.sql = "COMMIT"});
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> answers, connection.Run(context, statements));
  const size_t deletion = answers.size() - 3;
  return DeleteResult{.deleted = answers[deletion].Affected(),
                      .sequence = static_cast<uint64_t>(answers[deletion + 1].Int(0, 0))};
}

}  // namespace vecgate::postgres
