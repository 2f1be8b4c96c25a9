#include "engines/postgres/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engines/postgres/filter_literal.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

/// Rows that are read between two looks at the deadline.
constexpr size_t kRowsBetweenChecks = 1024;

/// Keys that no row can have would only make the server refuse the statement.
std::vector<PrimaryKey> Storable(const std::vector<PrimaryKey>& keys) {
  std::vector<PrimaryKey> out;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(out), [](const PrimaryKey& key) {
    const auto* text = std::get_if<std::string>(&key);
    return text == nullptr || IsStorableText(*text);
  });
  return out;
}

std::string PartitionCondition(const Layout& layout, const std::vector<PartitionId>& partitions,
                               SqlBuilder& builder) {
  if (!layout.has_partitions()) {
    const bool all =
        std::find(partitions.begin(), partitions.end(), PartitionId{0}) != partitions.end();
    return all ? "true" : "false";
  }
  std::vector<int64_t> numbers;
  for (const PartitionId partition : partitions) numbers.push_back(ToNumber(partition));
  return fmt::format("{} = ANY({}::bigint[])", QuoteIdentifier(kPartitionColumn),
                     builder.Add(IntegersParameter(numbers)));
}

}  // namespace

SqlCondition ConditionOf(const Layout& layout, const Wanted& wanted, SqlBuilder& builder) {
  SqlCondition out{.sql = ""};
  const auto add = [&out](const std::string& condition) {
    out.sql += (out.sql.empty() ? "" : " AND ") + condition;
  };
  if (wanted.keys) {
    const FieldSchema& key = layout.schema().PrimaryKeyField();
    add(fmt::format("{} = ANY({}::{}[])", layout.key(),
                    builder.Add(KeysParameter(key, Storable(*wanted.keys))), SqlType(key)));
  }
  if (!wanted.selection.partitions.empty()) {
    add(PartitionCondition(layout, wanted.selection.partitions, builder));
  }
  if (wanted.selection.filter != nullptr) {
    const SqlCondition filter = ToSql(*wanted.selection.filter, layout, builder);
    add(filter.sql);
    out.is_exact = filter.is_exact;
  }
  if (out.sql.empty()) out.sql = "true";
  return out;
}

bool IsExact(const Layout& layout, const Wanted& wanted) {
  if (wanted.selection.filter == nullptr) return true;
  SqlBuilder ignored;
  return ToSql(*wanted.selection.filter, layout, ignored).is_exact;
}

Result<Wanted> MakeExact(const OpContext& context, Connection& connection, const Layout& layout,
                         Wanted wanted, std::string_view locking) {
  SqlBuilder builder;
  const SqlCondition condition = ConditionOf(layout, wanted, builder);
  if (condition.is_exact) return wanted;
  const CollectionSchema& schema = layout.schema();
  const std::vector<size_t>& fields = filter::FieldsOf(*wanted.selection.filter);
  std::string columns = layout.Read(schema.PrimaryKeyIndex());
  for (const size_t field : fields) columns += ", " + layout.Read(field);
  const Statement statement{.sql = fmt::format("SELECT {} FROM {} WHERE {} {}", columns,
                                               layout.table.Quoted(), condition.sql, locking),
                            .parameters = builder.TakeParameters()};
  VG_ASSIGN_OR_RETURN(const Rows rows, connection.Run(context, statement));

  Column keys = schema.PrimaryKeyField().MakeColumn();
  std::vector<PrimaryKey> matching;
  std::vector<Column> values;
  for (const FieldSchema& field : schema.fields) values.push_back(field.MakeColumn());
  std::vector<const Column*> pointers;
  for (const Column& column : values) pointers.push_back(&column);
  for (size_t row = 0; row < rows.size(); ++row) {
    if (row % kRowsBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    for (size_t i = 0; i < fields.size(); ++i) {
      // One row at a time: the filter looks at row 0.
      Column& column = values[fields[i]];
      column = column.EmptyLike();
      VG_RETURN_IF_ERROR(ReadValue(schema.fields[fields[i]], rows, row, i + 1, column));
    }
    if (!filter::Matches(*wanted.selection.filter, pointers, 0)) continue;
    VG_RETURN_IF_ERROR(ReadValue(schema.PrimaryKeyField(), rows, row, 0, keys));
    matching.push_back(PrimaryKeyAt(keys, keys.num_rows() - 1));
  }
  return Wanted{.selection = {}, .keys = std::move(matching)};
}

}  // namespace vecgate::postgres
