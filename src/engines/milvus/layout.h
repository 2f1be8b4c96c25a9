// Layout: how a collection lies in Milvus.
//
// | field | Milvus field |
// |---|---|
// | Bool, Int8 … Int64, Float, Double, VarChar, Array | the same |
// | JSON | JSON; what is no object lies in one, because Milvus stores objects alone |
// | dynamic fields | Milvus' own dynamic field |
// | FloatVector, BinaryVector | the same |
// | Float16Vector, BFloat16Vector, Int8Vector | FloatVector, which holds each of their values |
// | a nullable field | the same with a default, and `_vg_null_<field id>`, a Bool |
// | the partition | `_vg_partition`, an Int64 |
//
// A partition is a value of a field and no partition of Milvus, because a batch may hold rows of
// several, and an upsert of Milvus does not take a row out of another partition.
//
// Thread safety: immutable once made.
#pragma once

#include <string>
#include <string_view>

#include "engine/requests.h"
#include "schema.pb.h"

namespace vecgate::milvus_engine {

namespace pb = ::milvus::proto;

inline constexpr std::string_view kHiddenPrefix = "_vg_";
inline constexpr const char* kPartitionField = "_vg_partition";
/// The collection that is adopted, by its name in Milvus.
inline constexpr const char* kCollectionProperty = "vecgate.milvus.collection";
/// More vector fields than this are refused.
inline constexpr size_t kMaxVectorFields = 1;

struct Layout {
  CollectionSpec spec;
  std::string collection;  ///< Its name in Milvus.
  bool is_adopted = false;

  [[nodiscard]] const CollectionSchema& schema() const { return spec.schema; }
  [[nodiscard]] const FieldSchema& field(size_t i) const { return spec.schema.fields[i]; }
  [[nodiscard]] const std::string& key() const { return schema().PrimaryKeyField().name; }
  [[nodiscard]] size_t vector() const { return schema().VectorFields().front(); }
  /// Adopted collections have no partitions: all their rows are in the default one.
  [[nodiscard]] bool has_partitions() const { return !is_adopted; }
  /// Whether nulls of this field are told by a field beside it.
  [[nodiscard]] bool has_null_flag(size_t i) const { return !is_adopted && field(i).nullable; }
  [[nodiscard]] std::string NullFlag(size_t i) const;
  /// Whether JSON that is no object lies in one.
  [[nodiscard]] bool wraps_json(size_t i) const {
    return !is_adopted && field(i).type == DataType::kJson && !field(i).is_dynamic;
  }
  /// The field as Milvus holds it, without nulls.
  [[nodiscard]] FieldSchema Stored(size_t i) const;
};

/// kUnimplemented (Subject::kField) for more vector fields than Milvus takes, kInvalidArgument for
/// names that are the engine's own, more fields than Milvus takes, a bad property.
Result<Layout> LayOut(const CollectionSpec& spec, const std::string& name_prefix);

/// The schema for CreateCollection; `description` is kept with it.
pb::schema::CollectionSchema StoredSchema(const Layout& layout, const std::string& description);

/// Whether the collection that `found` describes can hold this layout. kFailedPrecondition
/// (Subject::kCollection) lists everything that differs.
Status CheckCompatible(const Layout& layout, const pb::schema::CollectionSchema& found);

}  // namespace vecgate::milvus_engine
