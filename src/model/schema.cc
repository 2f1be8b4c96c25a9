#include "model/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "model/row_batch.h"

namespace vecgate {
namespace {

constexpr size_t kMaxNameBytes = 255;
constexpr uint32_t kMinDimension = 2;
constexpr int64_t kFirstFieldId = 100;

Error BadField(std::string message) { return InvalidArgument(std::move(message), Subject::kField); }

bool HasStorage(DataType type) {
  switch (type) {
    case DataType::kBool:
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
    case DataType::kInt64:
    case DataType::kFloat:
    case DataType::kDouble:
    case DataType::kVarChar:
    case DataType::kArray:
    case DataType::kJson:
    case DataType::kFloatVector:
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
    case DataType::kInt8Vector:
    case DataType::kBinaryVector: return true;
    default: return false;
  }
}

Status CheckLength(const FieldSchema& field) {
  if (field.max_length >= 1 && field.max_length <= kMaxVarCharLength) return Ok();
  return BadField(fmt::format(
      "the maximum length specified for the field({}) should be in (0, {}], but got {} instead",
      field.name, kMaxVarCharLength, field.max_length));
}

Status CheckArrayField(const FieldSchema& field) {
  const DataType element = field.element_type;
  if (!HasStorage(element) || IsVector(element) || element == DataType::kArray ||
      element == DataType::kJson) {
    return BadField(
        fmt::format("element type {} is not supported for array field {}: Bool, Int8, "
                    "Int16, Int32, Int64, Float, Double and VarChar are",
                    DataTypeName(element), field.name));
  }
  if (element == DataType::kVarChar) VG_RETURN_IF_ERROR(CheckLength(field));
  if (field.max_capacity >= 1 && field.max_capacity <= kMaxArrayCapacity) return Ok();
  return BadField(fmt::format(
      "the maximum capacity specified for the field({}) should be in (0, {}], but got {} instead",
      field.name, kMaxArrayCapacity, field.max_capacity));
}

/// "float", "int" or "binary", as messages about vector types have it.
std::string_view VectorKind(DataType type) {
  if (type == DataType::kBinaryVector) return "binary";
  return type == DataType::kInt8Vector ? "int" : "float";
}

Status CheckDimension(const FieldSchema& field) {
  const bool binary = field.type == DataType::kBinaryVector;
  if (binary && field.dim % 8 != 0) {
    return BadField(fmt::format(
        "invalid dimension: {} of field {}. binary vector dimension should be multiple of 8",
        field.dim, field.name));
  }
  const uint32_t most = binary ? kMaxBinaryDimension : kMaxDimension;
  if (field.dim >= kMinDimension && field.dim <= most) return Ok();
  return BadField(fmt::format(
      "invalid dimension: {} of field {}. {} vector dimension should be in range {} ~ {}",
      field.dim, field.name, VectorKind(field.type), kMinDimension, most));
}

Status CheckType(const FieldSchema& field) {
  if (!HasStorage(field.type)) {
    return Unimplemented(fmt::format("data type {} of field {} is not supported: {} are",
                                     DataTypeName(field.type), field.name, kFieldTypeNames),
                         Subject::kField);
  }
  if (field.type == DataType::kVarChar) return CheckLength(field);
  if (field.type == DataType::kArray) return CheckArrayField(field);
  if (IsVector(field.type)) return CheckDimension(field);
  return Ok();
}

Status CheckKeys(const FieldSchema& field) {
  const bool key_type = field.type == DataType::kInt64 || field.type == DataType::kVarChar;
  if (field.is_primary_key && !key_type) {
    return BadField(
        fmt::format("the data type of primary key should be Int64 or VarChar, field {} is {}",
                    field.name, DataTypeName(field.type)));
  }
  if (field.is_partition_key && !key_type) {
    return BadField(
        fmt::format("the data type of partition key should be Int64 or VarChar, field {} is {}",
                    field.name, DataTypeName(field.type)));
  }
  if (field.is_primary_key && field.is_partition_key) {
    return BadField(
        fmt::format("the partition key field must not be primary field: {}", field.name));
  }
  if (field.is_primary_key && field.nullable) {
    return BadField(fmt::format("primary field not support null: {}", field.name));
  }
  if (field.is_partition_key && field.nullable) {
    return BadField(fmt::format("partition key field not support nullable: {}", field.name));
  }
  if (IsVector(field.type) && field.nullable) {
    return BadField(fmt::format("vector type not support null, field name: {}", field.name));
  }
  if (field.auto_id && !field.is_primary_key) {
    return BadField(fmt::format("only primary field can speficy AutoID with true, field name = {}",
                                field.name));
  }
  if (field.default_value && (field.is_primary_key || IsVector(field.type) ||
                              field.type == DataType::kJson || field.type == DataType::kArray)) {
    return BadField(fmt::format("type {} of field {} not support default_value",
                                DataTypeName(field.type), field.name));
  }
  return Ok();
}

/// A default must be a value that an insert of it could hold: it is stored with the schema and
/// stands in rows later.
Status CheckDefault(const FieldSchema& field) {
  if (!field.default_value) return Ok();
  CollectionSchema schema;
  schema.name = "default_value";
  schema.fields = {field};
  RowBatch batch = MakeBatch(schema);
  batch.columns[0].Append(*field.default_value);
  const Status status = ValidateBatch(schema, batch);
  if (status.ok()) return Ok();
  return status.error().Within("default_value of field " + field.name);
}

Status CheckCounts(const CollectionSchema& schema) {
  size_t primary = 0;
  size_t vectors = 0;
  size_t partition_keys = 0;
  std::set<std::string> names;
  for (const FieldSchema& field : schema.fields) {
    primary += field.is_primary_key ? 1 : 0;
    vectors += IsVector(field.type) ? 1 : 0;
    partition_keys += field.is_partition_key ? 1 : 0;
    if (!names.insert(field.name).second) {
      return BadField(fmt::format("duplicated field name {} found", field.name));
    }
  }
  if (primary == 0) return BadField("primary key is not specified");
  if (primary > 1) return BadField("there are more than one primary key");
  if (partition_keys > 1) return BadField("there are more than one partition key");
  if (vectors == 0) return BadField("schema does not contain vector field: invalid parameter");
  constexpr size_t kMaxVectorFields = 4;
  if (vectors > kMaxVectorFields) {
    return BadField(
        fmt::format("maximum vector field's number should be limited to {}", kMaxVectorFields));
  }
  return Ok();
}

}  // namespace

std::optional<size_t> CollectionSchema::FindField(std::string_view field_name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field_name) return i;
  }
  return std::nullopt;
}

size_t CollectionSchema::PrimaryKeyIndex() const {
  size_t i = 0;
  while (!fields[i].is_primary_key) ++i;
  return i;
}

std::optional<size_t> CollectionSchema::DynamicFieldIndex() const {
  if (fields.empty() || !fields.back().is_dynamic) return std::nullopt;
  return fields.size() - 1;
}

std::optional<size_t> CollectionSchema::PartitionKeyIndex() const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].is_partition_key) return i;
  }
  return std::nullopt;
}

std::vector<size_t> CollectionSchema::VectorFields() const {
  std::vector<size_t> out;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (IsVector(fields[i].type)) out.push_back(i);
  }
  return out;
}

Result<Metric> MetricFor(const FieldSchema& field, std::string_view name) {
  const std::span<const Metric> known = MetricsOf(field.type);
  const auto metric = MetricFromName(name);
  if (metric && std::find(known.begin(), known.end(), *metric) != known.end()) return *metric;
  std::string names;
  for (const Metric one : known) {
    if (!names.empty()) names += one == known.back() ? " and " : ", ";
    names += MetricName(one);
  }
  return InvalidArgument(
      fmt::format("{} vector index does not support metric type: {} on field {}; {} are supported",
                  VectorKind(field.type), name, field.name, names),
      Subject::kIndex);
}

Status CheckMetric(const FieldSchema& field, Metric metric) {
  const auto found = MetricFor(field, MetricName(metric));
  return found.ok() ? Ok() : Status(found.error());
}

Status ValidateName(std::string_view what, std::string_view name, Subject subject) {
  const auto bad = [&](std::string_view why) {
    return InvalidArgument(
        fmt::format("Invalid {} name: {}. {}: invalid parameter", what, name, why), subject);
  };
  if (name.empty()) return bad(fmt::format("the {} name should not be empty", what));
  if (name.size() > kMaxNameBytes) {
    return bad(fmt::format("the length of a {} name must be less than 255 characters", what));
  }
  const auto letter = [](char c) {
    return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0;
  };
  if (!letter(name.front())) {
    return bad(
        fmt::format("the first character of a {} name must be an underscore or letter", what));
  }
  for (const char c : name) {
    if (!letter(c) && std::isdigit(static_cast<unsigned char>(c)) == 0) {
      return bad(fmt::format("{} name can only contain numbers, letters and underscores", what));
    }
  }
  return Ok();
}

Status FinishSchema(CollectionSchema& schema) {
  if (schema.fields.size() > kMaxFields) {
    return BadField(fmt::format("maximum field's number should be limited to {}", kMaxFields));
  }
  for (const FieldSchema& field : schema.fields) {
    VG_RETURN_IF_ERROR(ValidateName("field", field.name, Subject::kField));
    VG_RETURN_IF_ERROR(CheckType(field));
    VG_RETURN_IF_ERROR(CheckKeys(field));
    VG_RETURN_IF_ERROR(CheckDefault(field));
  }
  VG_RETURN_IF_ERROR(CheckCounts(schema));
  if (schema.enable_dynamic_field) {
    FieldSchema meta;
    meta.name = kDynamicFieldName;
    meta.type = DataType::kJson;
    meta.is_dynamic = true;
    schema.fields.push_back(std::move(meta));
  }
  int64_t id = kFirstFieldId;
  for (FieldSchema& field : schema.fields) field.id = id++;
  return Ok();
}

bool SameSchema(const CollectionSchema& a, const CollectionSchema& b) {
  CollectionSchema x = a;
  CollectionSchema y = b;
  x.description = y.description;
  return SchemaToJson(x) == SchemaToJson(y);
}

}  // namespace vecgate
