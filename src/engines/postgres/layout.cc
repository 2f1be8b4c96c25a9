#include "engines/postgres/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "model/vector_values.h"

namespace vecgate::postgres {
namespace {

constexpr uint32_t kMaxStoredNumbers = 16'000;  // vector and halfvec
/// Longer rows go out of line, and each comparison of a search would fetch its vector from there.
constexpr size_t kMaxInlineBytes = 6000;

/// Columns that every table of PostgreSQL has already.
constexpr std::string_view kSystemColumns[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};

std::string ColumnName(const FieldSchema& field) {
  const bool taken = std::find(std::begin(kSystemColumns), std::end(kSystemColumns), field.name) !=
                     std::end(kSystemColumns);
  if (!taken && field.name.size() <= kMaxIdentifierBytes) return field.name;
  // No field's name begins so but $meta's.
  return fmt::format("$f{}", field.id);
}

std::string_view ScalarType(DataType type) {
  switch (type) {
    case DataType::kBool: return "boolean";
    case DataType::kInt8:
    case DataType::kInt16: return "smallint";
    case DataType::kInt32: return "integer";
    case DataType::kInt64: return "bigint";
    case DataType::kFloat: return "real";
    case DataType::kDouble: return "double precision";
    case DataType::kJson: return "jsonb";
    default: return "text";
  }
}

Status CheckStorable(const FieldSchema& field) {
  if (!IsVector(field.type) || field.type == DataType::kBinaryVector) return Ok();
  if (field.dim <= kMaxStoredNumbers) return Ok();
  return InvalidArgument(
      fmt::format("field '{}' has {} dimensions; pgvector stores vectors of up to {}", field.name,
                  field.dim, kMaxStoredNumbers),
      Subject::kField);
}

}  // namespace

std::string SqlType(const FieldSchema& field) {
  switch (field.type) {
    case DataType::kFloatVector:
    case DataType::kBFloat16Vector: return fmt::format("vector({})", field.dim);
    case DataType::kFloat16Vector:
    case DataType::kInt8Vector: return fmt::format("halfvec({})", field.dim);
    case DataType::kBinaryVector: return fmt::format("bit({})", field.dim);
    case DataType::kArray: return fmt::format("{}[]", ScalarType(field.element_type));
    default: return std::string(ScalarType(field.type));
  }
}

std::string ColumnType(const FieldSchema& field) {
  const bool text = field.type == DataType::kVarChar ||
                    (field.type == DataType::kArray && field.element_type == DataType::kVarChar);
  return SqlType(field) + (text ? " COLLATE \"C\"" : "");
}

std::string Layout::KeyOrder() const {
  const bool text = schema().PrimaryKeyField().type == DataType::kVarChar;
  return key() + (text ? " COLLATE \"C\"" : "");
}

std::string Layout::Read(size_t field) const {
  return fmt::format("{}::{}", columns[field], SqlType(schema().fields[field]));
}

Result<Layout> LayOut(const CollectionSpec& spec, const std::string& home) {
  Layout out{.spec = spec, .table = {home, fmt::format("c_{}", ToNumber(spec.id))}};
  const auto attached = spec.properties.find(std::string(kTableProperty));
  if (attached != spec.properties.end()) {
    VG_ASSIGN_OR_RETURN(out.table, ParseTableName(attached->second));
    out.is_attached = true;
  }
  for (const FieldSchema& field : spec.schema.fields) {
    VG_RETURN_IF_ERROR(CheckStorable(field));
    std::string name = ColumnName(field);
    const auto mapped = spec.properties.find(std::string(kColumnProperty) + field.name);
    if (out.is_attached && mapped != spec.properties.end()) name = mapped->second;
    if (name.find('\0') != std::string::npos) {
      return InvalidArgument("the name of a column holds a NUL character", Subject::kField);
    }
    out.columns.push_back(QuoteIdentifier(name));
  }
  return out;
}

std::vector<std::string> InlineVectorsSql(const Layout& layout, const std::string& table) {
  size_t bytes = 0;
  std::vector<std::string> out;
  for (const size_t i : layout.schema().VectorFields()) {
    const FieldSchema& field = layout.schema().fields[i];
    bytes += VectorSizeBytes(field.type, field.dim);
    out.push_back(
        fmt::format("ALTER TABLE {} ALTER {} SET STORAGE PLAIN", table, layout.columns[i]));
  }
  return bytes <= kMaxInlineBytes ? out : std::vector<std::string>();
}

std::vector<std::string> CreateTableSql(const Layout& layout) {
  const std::string table = layout.table.Quoted();
  const std::string partition = QuoteIdentifier(kPartitionColumn);
  std::string columns;
  for (size_t i = 0; i < layout.columns.size(); ++i) {
    const FieldSchema& field = layout.schema().fields[i];
    columns += fmt::format("{} {}{}, ", layout.columns[i], ColumnType(field),
                           field.nullable ? "" : " NOT NULL");
  }
  std::vector<std::string> out = {
      fmt::format("CREATE TABLE {} ({}{} bigint NOT NULL, PRIMARY KEY ({}))", table, columns,
                  partition, layout.key()),
      fmt::format("CREATE INDEX ON {} ({})", table, partition)};
  for (std::string& sql : InlineVectorsSql(layout, table)) out.push_back(std::move(sql));
  return out;
}

}  // namespace vecgate::postgres
