// Collection schemas: fields, their limits, and the checks that Milvus makes on them.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/column.h"
#include "model/types.h"

namespace vecgate {

/// The name of the hidden JSON column that holds the keys of dynamic fields.
inline constexpr std::string_view kDynamicFieldName = "$meta";
inline constexpr uint32_t kMaxDimension = 32768;
inline constexpr uint32_t kMaxBinaryDimension = 8 * kMaxDimension;
inline constexpr uint32_t kMaxVarCharLength = 65535;
inline constexpr uint32_t kMaxArrayCapacity = 4096;
inline constexpr size_t kMaxFields = 64;
/// The types that a field may have, for messages.
inline constexpr std::string_view kFieldTypeNames =
    "Bool, Int8, Int16, Int32, Int64, Float, Double, VarChar, JSON, Array, FloatVector, "
    "Float16Vector, BFloat16Vector, Int8Vector and BinaryVector";

struct FieldSchema {
  int64_t id = 0;  ///< 100 and up in order of declaration; given by FinishSchema.
  std::string name;
  std::string description;
  DataType type = DataType::kNone;
  DataType element_type = DataType::kNone;  ///< For ARRAY.
  bool is_primary_key = false;
  bool auto_id = false;
  bool nullable = false;
  bool is_partition_key = false;
  bool is_clustering_key = false;
  bool is_dynamic = false;    ///< The hidden `$meta` column.
  uint32_t dim = 0;           ///< Of a vector.
  uint32_t max_length = 0;    ///< VARCHAR, or VARCHAR elements of an ARRAY, in bytes.
  uint32_t max_capacity = 0;  ///< ARRAY.
  std::optional<Value> default_value;
  /// Type parameters as the client gave them, to be given back (`mmap_enabled`, …).
  std::map<std::string, std::string> type_params;

  /// An empty column that holds this field.
  [[nodiscard]] Column MakeColumn() const {
    return Column(type, IsVector(type) ? dim : 0, element_type);
  }
};

struct CollectionSchema {
  std::string name;
  std::string description;
  /// In order of declaration; the hidden `$meta` column stands last when dynamic fields are on.
  std::vector<FieldSchema> fields;
  bool enable_dynamic_field = false;

  /// The position of a field, or nothing.
  [[nodiscard]] std::optional<size_t> FindField(std::string_view field_name) const;
  /// REQUIRES: the schema was finished.
  [[nodiscard]] size_t PrimaryKeyIndex() const;
  [[nodiscard]] const FieldSchema& PrimaryKeyField() const { return fields[PrimaryKeyIndex()]; }
  /// The position of `$meta`, or nothing.
  [[nodiscard]] std::optional<size_t> DynamicFieldIndex() const;
  [[nodiscard]] std::optional<size_t> PartitionKeyIndex() const;
  /// Positions of the vector fields.
  [[nodiscard]] std::vector<size_t> VectorFields() const;
};

/// Checks a schema as a client declared it (without `$meta`), gives field ids and adds `$meta`.
/// kInvalidArgument names the field, what was found and what is allowed.
Status FinishSchema(CollectionSchema& schema);

/// The metric with this name (of any case), for a vector field. kInvalidArgument, Subject::kIndex,
/// names those of its type.
Result<Metric> MetricFor(const FieldSchema& field, std::string_view name);
/// Whether the metric is one of the field's type. Errors as MetricFor. REQUIRES: a vector field.
Status CheckMetric(const FieldSchema& field, Metric metric);

/// The rule for names of collections, partitions, fields and aliases: a letter or underscore, then
/// letters, digits and underscores, 255 bytes at most. `what` is "collection", "field", ….
Status ValidateName(std::string_view what, std::string_view name, Subject subject);

/// One line of JSON, and back. The format in which catalogs and engines keep a schema.
std::string SchemaToJson(const CollectionSchema& schema);
Result<CollectionSchema> SchemaFromJson(std::string_view json);

/// True when a collection created with `a` answers for one created with `b`.
bool SameSchema(const CollectionSchema& a, const CollectionSchema& b);

}  // namespace vecgate
