#include "gateway/batch_completion.h"

#include <fmt/format.h>

#include "base/checksum.h"
#include "gateway/catalog_errors.h"

namespace vecgate::gateway {
namespace {

Result<Column> GeneratedKeys(const FieldSchema& field, size_t rows, IdAllocator& ids) {
  VG_ASSIGN_OR_RETURN(const int64_t first, ids.Take(static_cast<int64_t>(rows)));
  Column column = field.MakeColumn();
  for (size_t row = 0; row < rows; ++row) {
    const int64_t id = first + static_cast<int64_t>(row);
    column.Append(field.type == DataType::kVarChar ? Value(std::to_string(id)) : Value(id));
  }
  return column;
}

Column Repeated(const FieldSchema& field, const Value& value, size_t rows) {
  Column column = field.MakeColumn();
  column.Reserve(rows);
  for (size_t row = 0; row < rows; ++row) column.Append(value);
  return column;
}

Result<Column> MissingColumn(const FieldSchema& field, size_t rows, IdAllocator& ids) {
  if (field.is_primary_key && field.auto_id) return GeneratedKeys(field, rows, ids);
  if (field.is_dynamic) return Repeated(field, Value(std::string("{}")), rows);
  if (field.default_value) return Repeated(field, *field.default_value, rows);
  if (field.nullable) return Repeated(field, Value(std::monostate{}), rows);
  return InvalidArgument(
      fmt::format("fieldSchema({}) has no corresponding fieldData pass in", field.name),
      Subject::kField);
}

/// Null stands for the default where a field has one.
void NullsToDefault(const FieldSchema& field, Column& column) {
  if (!field.default_value || column.valid().empty()) return;
  Column filled = column.EmptyLike();
  for (size_t row = 0; row < column.num_rows(); ++row) {
    filled.Append(column.IsNull(row) ? *field.default_value : column.ValueAt(row));
  }
  column = std::move(filled);
}

Status SetPartitions(const CollectionInfo& info, const std::string& partition, RowBatch& batch) {
  const auto key = info.schema.PartitionKeyIndex();
  if (key) {
    if (!partition.empty()) {
      return InvalidArgument(
          "not support manually specifying the partition names if partition key mode is used",
          Subject::kPartition);
    }
    for (size_t row = 0; row < batch.num_rows(); ++row) {
      batch.row_partitions.push_back(HashPartition(info, PrimaryKeyAt(batch.columns[*key], row)));
    }
    return Ok();
  }
  const PartitionInfo* found =
      info.FindPartition(partition.empty() ? kDefaultPartition : partition);
  if (found == nullptr) return PartitionNotFound(partition);
  batch.partition = found->id;
  return Ok();
}

}  // namespace

PartitionId HashPartition(const CollectionInfo& info, const PrimaryKey& value) {
  const auto* number = std::get_if<int64_t>(&value);
  const uint64_t hash = number != nullptr
                            ? StableHash64({reinterpret_cast<const char*>(number), sizeof(*number)})
                            : StableHash64(std::get<std::string>(value));
  return info.partitions[hash % info.partitions.size()].id;
}

Result<RowBatch> CompleteBatch(const CollectionInfo& info, PartialBatch partial,
                               const std::string& partition, GivenKeys given_keys,
                               IdAllocator& ids) {
  RowBatch batch;
  for (size_t i = 0; i < info.schema.fields.size(); ++i) {
    const FieldSchema& field = info.schema.fields[i];
    std::optional<Column>& given = partial.columns[i];
    if (given && field.is_primary_key && field.auto_id && given_keys == GivenKeys::kRefuse) {
      return InvalidArgument(
          fmt::format(
              "field {} is auto_id: its values are given by the server and must not be passed",
              field.name),
          Subject::kField);
    }
    if (!given) {
      VG_ASSIGN_OR_RETURN(Column column, MissingColumn(field, partial.num_rows, ids));
      batch.columns.push_back(std::move(column));
      continue;
    }
    NullsToDefault(field, *given);
    batch.columns.push_back(std::move(*given));
  }
  VG_RETURN_IF_ERROR(SetPartitions(info, partition, batch));
  VG_RETURN_IF_ERROR(ValidateBatch(info.schema, batch));
  return batch;
}

}  // namespace vecgate::gateway
