#include "engines/postgres/attach.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engines/postgres/sql_state.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

Error ToMend(std::string message, Subject subject = Subject::kCollection) {
  return FailedPrecondition(std::move(message), subject);
}

struct TableColumn {
  std::string type;  ///< As format_type gives it: "vector(384)", "character varying(20)".
  bool is_nullable = false;
  bool needs_value = false;  ///< NOT NULL, and nothing gives it a value by itself.
  bool is_generated = false;
};

/// By quoted name.
using TableColumns = std::map<std::string, TableColumn>;

Result<TableColumns> ReadColumns(const OpContext& context, Connection& connection,
                                 const Layout& layout) {
  const Statement ask{
      .sql =
          "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, "
          "attnotnull AND NOT atthasdef AND attidentity = '', "
          "attgenerated <> '' OR attidentity = 'a' "
          "FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT "
          "attisdropped",
      .parameters = {TextParameter(layout.table.Quoted())}};
  VG_ASSIGN_OR_RETURN(const Rows rows, connection.Run(context, ask));
  TableColumns out;
  for (size_t row = 0; row < rows.size(); ++row) {
    out[QuoteIdentifier(rows.Bytes(row, 0))] = {.type = rows.Text(row, 1),
                                                .is_nullable = !rows.Bool(row, 2),
                                                .needs_value = rows.Bool(row, 3),
                                                .is_generated = rows.Bool(row, 4)};
  }
  return out;
}

Status CheckTable(const OpContext& context, Connection& connection, const Layout& layout) {
  const std::string table = layout.table.Quoted();
  const Statement ask{
      .sql =
          "SELECT c.relkind = 'r', has_table_privilege(c.oid, 'SELECT') AND "
          "has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND "
          "has_table_privilege(c.oid, 'DELETE') FROM pg_class c WHERE c.oid = "
          "to_regclass($1::text)",
      .parameters = {TextParameter(table)}};
  const auto rows = connection.Run(context, ask);
  const bool hidden = !rows.ok() && connection.last_state() == state::kNoRights;
  if (!rows.ok() && !hidden) return rows.error();
  if (hidden || rows->size() == 0) {
    return ToMend(fmt::format("table {} does not exist in {}, or this role may not see its schema",
                              table, connection.ServerName()));
  }
  if (!rows->Bool(0, 0)) {
    return ToMend(
        fmt::format("{} is no ordinary table; views, partitioned and foreign tables "
                    "cannot be attached",
                    table));
  }
  if (!rows->Bool(0, 1)) {
    return ToMend(
        fmt::format("this role may not read and write table {}. Let its owner run: GRANT "
                    "SELECT, INSERT, UPDATE, DELETE ON {} TO <this role>;",
                    table, table));
  }
  return Ok();
}

/// The types of columns that can hold a field, as format_type gives them, without their length.
std::set<std::string> TypesFor(const FieldSchema& field) {
  switch (field.type) {
    case DataType::kBool: return {"boolean"};
    case DataType::kInt8:
    case DataType::kInt16: return {"smallint"};
    case DataType::kInt32: return {"integer", "smallint"};
    case DataType::kInt64: return {"bigint", "integer", "smallint"};
    case DataType::kFloat: return {"real"};
    case DataType::kDouble: return {"double precision", "real"};
    case DataType::kVarChar: return {"text", "character varying"};
    case DataType::kJson: return {"jsonb"};
    case DataType::kFloat16Vector:
    case DataType::kInt8Vector: return {"halfvec"};
    case DataType::kBinaryVector: return {"bit"};
    case DataType::kArray: {
      std::set<std::string> out = {SqlType(field)};
      if (field.element_type == DataType::kVarChar) out.insert("character varying[]");
      return out;
    }
    default: return {"vector"};
  }
}

/// "character varying(20)" → "character varying", and "20". Arrays of such have their brackets
/// last.
std::string WithoutLength(const std::string& type, std::string& length) {
  const size_t open = type.find('(');
  if (open == std::string::npos) return type;
  const size_t close = type.find(')', open);
  length = type.substr(open + 1, close - open - 1);
  return type.substr(0, open) + type.substr(close + 1);
}

Status CheckColumn(const Layout& layout, size_t position, const TableColumns& columns) {
  const FieldSchema& field = layout.schema().fields[position];
  const std::string& name = layout.columns[position];
  const auto found = columns.find(name);
  if (found == columns.end()) {
    return ToMend(fmt::format("table {} has no column {} for field '{}'; the property {}{} names "
                              "another",
                              layout.table.Quoted(), name, field.name, kColumnProperty, field.name),
                  Subject::kField);
  }
  const TableColumn& column = found->second;
  std::string length;
  const std::set<std::string> fitting = TypesFor(field);
  const bool fits = fitting.contains(WithoutLength(column.type, length));
  // A vector's dimension has to be the field's; without one the column takes any.
  const bool same_length =
      !IsVector(field.type) || length.empty() || length == std::to_string(field.dim);
  if (!fits || !same_length) {
    return ToMend(
        fmt::format(
            "column {} of table {} is of type {}; field '{}' ({}) takes {}", name,
            layout.table.Quoted(), column.type, field.name, DataTypeName(field.type),
            IsVector(field.type) ? SqlType(field) : fmt::format("{}", fmt::join(fitting, ", "))),
        Subject::kField);
  }
  if (column.is_generated) {
    return ToMend(fmt::format("column {} of table {} is generated, so field '{}' could not be "
                              "written",
                              name, layout.table.Quoted(), field.name),
                  Subject::kField);
  }
  const bool may_be_null = column.is_nullable && !field.nullable && !IsVector(field.type);
  if (!may_be_null || field.is_primary_key) return Ok();
  return ToMend(fmt::format("column {} of table {} may be null, so field '{}' has to be nullable",
                            name, layout.table.Quoted(), field.name),
                Subject::kField);
}

Result<bool> KeyIsUnique(const OpContext& context, Connection& connection, const Layout& layout,
                         const TableColumns& columns) {
  VG_ASSIGN_OR_RETURN(const TableName key, ParseTableName(layout.key()));
  const Statement ask{
      .sql =
          "SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND "
          "a.attnum = i.indkey[0] WHERE i.indrelid = $1::text::regclass AND i.indisunique AND "
          "i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indnkeyatts = 1 AND "
          "a.attname = $2::text",
      .parameters = {TextParameter(layout.table.Quoted()), TextParameter(key.table)}};
  VG_ASSIGN_OR_RETURN(const Rows rows, connection.Run(context, ask));
  return rows.Int(0, 0) > 0 && !columns.at(layout.key()).is_nullable;
}

Error NoUniqueKey(const Layout& layout) {
  return ToMend(
      fmt::format("column {0} of table {1} has to be unique and not null to be the primary key: "
                  "ALTER TABLE {1} ADD PRIMARY KEY ({0});",
                  layout.key(), layout.table.Quoted()));
}

/// One misfit for each column that stands in the way of writing rows.
std::vector<Error> MisfitsOfOtherColumns(const Layout& layout, const TableColumns& columns) {
  std::vector<Error> out;
  std::set<std::string> mapped;
  for (const std::string& column : layout.columns) {
    if (!mapped.insert(column).second) {
      out.push_back(ToMend(
          fmt::format("column {} of table {} stands for two fields", column, layout.table.Quoted()),
          Subject::kField));
    }
  }
  for (const auto& [name, column] : columns) {
    if (!column.needs_value || mapped.contains(name)) continue;
    out.push_back(ToMend(fmt::format(
        "column {} of table {} is NOT NULL, has no default and stands for no field, so no row "
        "could be written: map it by {}<field>, or ALTER TABLE {} ALTER {} SET DEFAULT <value>;",
        name, layout.table.Quoted(), kColumnProperty, layout.table.Quoted(), name)));
  }
  return out;
}

/// All of them in one, so that a person mends the table once.
Status Together(const Layout& layout, std::vector<Error> misfits) {
  if (misfits.empty()) return Ok();
  if (misfits.size() == 1) return std::move(misfits.front());
  std::string all;
  for (size_t i = 0; i < misfits.size(); ++i) {
    all += fmt::format("{}({}) {}", i == 0 ? "" : " ", i + 1, misfits[i].message);
  }
  return ToMend(fmt::format("table {} does not fit collection {} in {} places: {}",
                            layout.table.Quoted(), layout.schema().name, misfits.size(), all),
                misfits.front().subject);
}

}  // namespace

Status CheckAttachable(const OpContext& context, Connection& connection, const Layout& layout) {
  VG_RETURN_IF_ERROR(CheckTable(context, connection, layout));
  VG_ASSIGN_OR_RETURN(const TableColumns columns, ReadColumns(context, connection, layout));
  std::vector<Error> misfits;
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    const Status fits = CheckColumn(layout, i, columns);
    if (!fits.ok()) misfits.push_back(fits.error());
  }
  for (Error& misfit : MisfitsOfOtherColumns(layout, columns)) misfits.push_back(std::move(misfit));
  if (columns.contains(layout.key())) {
    VG_ASSIGN_OR_RETURN(const bool unique, KeyIsUnique(context, connection, layout, columns));
    if (!unique) misfits.push_back(NoUniqueKey(layout));
  }
  return Together(layout, std::move(misfits));
}

Result<std::string> FindForeignIndex(const OpContext& context, Connection& connection,
                                     const Layout& layout, size_t field, const IndexPlan& plan) {
  VG_ASSIGN_OR_RETURN(const TableName column, ParseTableName(layout.columns[field]));
  const Statement ask{
      .sql =
          "SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN "
          "pg_am m ON m.oid = c.relam JOIN pg_opclass o ON o.oid = i.indclass[0] JOIN "
          "pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid "
          "= $1::text::regclass AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND "
          "m.amname = $2::text AND a.attname = $3::text AND ($4::text = '' OR o.opcname = "
          "$4::text) ORDER BY c.relname LIMIT 1",
      .parameters = {TextParameter(layout.table.Quoted()), TextParameter(plan.method),
                     TextParameter(column.table), TextParameter(plan.operator_class)}};
  VG_ASSIGN_OR_RETURN(const Rows rows, connection.Run(context, ask));
  if (rows.size() > 0) return rows.Text(0, 0);
  return ToMend(
      fmt::format("collection {} is attached to table {}, which is never altered. Create "
                  "the index there, then ask again: CREATE INDEX CONCURRENTLY ON {} USING "
                  "{} ({} {}){};",
                  layout.schema().name, layout.table.Quoted(), layout.table.Quoted(), plan.method,
                  layout.columns[field], plan.operator_class,
                  plan.options.empty() ? "" : " WITH (" + plan.options + ")"),
      Subject::kIndex);
}

}  // namespace vecgate::postgres
