// Layout: the table of a collection, as SQL sees it. One field is one column.
//
// | field | column |
// |---|---|
// | Int8, Int16 | smallint |
// | Int32, Int64 | integer, bigint |
// | Float, Double, Bool | real, double precision, boolean |
// | VarChar | text, in the order of its bytes (COLLATE "C") |
// | Array | smallint[], …, text[] |
// | JSON, $meta | jsonb |
// | FloatVector, BFloat16Vector | vector, whose float32 holds both exactly |
// | Float16Vector, Int8Vector | halfvec, whose binary16 holds both exactly |
// | BinaryVector | bit: byte after byte, as a client gives them |
//
// Thread safety: immutable once made.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/requests.h"
#include "engines/postgres/identifier.h"

namespace vecgate::postgres {

/// An index that the catalog knows.
struct KnownIndex {
  IndexSpec spec;
  /// What PostgreSQL built, within the table's schema; empty for exact search (FLAT).
  std::string name;
  /// It was there before the collection was attached, and stays.
  bool is_foreign = false;
};

struct Layout {
  CollectionSpec spec;
  TableName table;
  bool is_attached = false;
  std::vector<std::string> columns;  ///< Quoted, by field.
  std::map<size_t, KnownIndex> indexes;

  [[nodiscard]] const CollectionSchema& schema() const { return spec.schema; }
  [[nodiscard]] const std::string& key() const { return columns[schema().PrimaryKeyIndex()]; }
  /// The key as what rows are ordered by.
  [[nodiscard]] std::string KeyOrder() const;
  /// Attached tables have no partitions: all their rows are in the default one.
  [[nodiscard]] bool has_partitions() const { return !is_attached; }
  /// `"column"::type`, for reading a field as its own type whatever the table has.
  [[nodiscard]] std::string Read(size_t field) const;
};

/// The hidden column of a row's partition; no field can have this name.
inline constexpr std::string_view kPartitionColumn = "$partition";
/// Properties of a collection that is attached to a table.
inline constexpr std::string_view kTableProperty = "vecgate.postgres.table";
inline constexpr std::string_view kColumnProperty = "vecgate.postgres.column.";

/// kInvalidArgument (Subject::kField) for a dimension that PostgreSQL cannot store, or a table name
/// that is none. `home` is the engine's schema.
Result<Layout> LayOut(const CollectionSpec& spec, const std::string& home);

/// The column's type for parameters and casts: "vector(24)", "bigint[]".
std::string SqlType(const FieldSchema& field);
/// The same as CREATE TABLE wants it, with its collation.
std::string ColumnType(const FieldSchema& field);
/// Statements that keep vectors within their rows of `table`, where they fit.
std::vector<std::string> InlineVectorsSql(const Layout& layout, const std::string& table);
/// Statements that make the table, in order. REQUIRES: not attached.
std::vector<std::string> CreateTableSql(const Layout& layout);

}  // namespace vecgate::postgres
