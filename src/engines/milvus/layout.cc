#include "engines/milvus/layout.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "milvus_wire/schema.h"

namespace vecgate::milvus_engine {
namespace {

constexpr size_t kMaxStoredFields = 64;

DataType StoredType(DataType type) {
  switch (type) {
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
    case DataType::kInt8Vector: return DataType::kFloatVector;
    default: return type;
  }
}

FieldSchema HiddenField(std::string name, DataType type) {
  FieldSchema out;
  out.name = std::move(name);
  out.type = type;
  return out;
}

/// All fields but the dynamic one, which Milvus adds by itself.
std::vector<FieldSchema> StoredFields(const Layout& layout) {
  std::vector<FieldSchema> out;
  const size_t count = layout.schema().fields.size();
  for (size_t i = 0; i < count; ++i) {
    if (!layout.field(i).is_dynamic) out.push_back(layout.Stored(i));
  }
  if (layout.is_adopted) return out;
  for (size_t i = 0; i < count; ++i) {
    if (layout.has_null_flag(i)) out.push_back(HiddenField(layout.NullFlag(i), DataType::kBool));
  }
  out.push_back(HiddenField(kPartitionField, DataType::kInt64));
  return out;
}

std::map<std::string, std::string> TypeParams(const FieldSchema& field) {
  std::map<std::string, std::string> out;
  if (IsVector(field.type)) out["dim"] = std::to_string(field.dim);
  if (field.max_length > 0) out["max_length"] = std::to_string(field.max_length);
  if (field.max_capacity > 0) out["max_capacity"] = std::to_string(field.max_capacity);
  return out;
}

std::string Describe(const FieldSchema& field) {
  std::string out(DataTypeName(field.type));
  if (field.type == DataType::kArray)
    out += fmt::format(" of {}", DataTypeName(field.element_type));
  for (const auto& [name, value] : TypeParams(field)) out += fmt::format(" {}={}", name, value);
  if (field.is_primary_key) out += " primary key";
  if (field.auto_id) out += " auto id";
  if (field.nullable) out += " nullable";
  return out;
}

/// Whether every value of `wanted` fits into `found`.
bool Holds(const FieldSchema& wanted, const FieldSchema& found) {
  return wanted.type == found.type && wanted.element_type == found.element_type &&
         wanted.dim == found.dim && wanted.max_length <= found.max_length &&
         wanted.max_capacity <= found.max_capacity &&
         wanted.is_primary_key == found.is_primary_key && !found.auto_id;
}

}  // namespace

std::string Layout::NullFlag(size_t i) const {
  return fmt::format("{}null_{}", kHiddenPrefix, field(i).id);
}

FieldSchema Layout::Stored(size_t i) const {
  FieldSchema out = field(i);
  out.id = 0;
  if (!is_adopted) out.type = StoredType(out.type);
  out.nullable = false;
  out.auto_id = false;
  out.is_partition_key = false;
  out.is_clustering_key = false;
  out.default_value.reset();
  out.type_params = TypeParams(out);
  return out;
}

Result<Layout> LayOut(const CollectionSpec& spec, const std::string& name_prefix) {
  Layout out{.spec = spec, .collection = name_prefix + std::to_string(ToNumber(spec.id))};
  const auto adopted = spec.properties.find(kCollectionProperty);
  if (adopted != spec.properties.end()) {
    VG_RETURN_IF_ERROR(ValidateName("collection", adopted->second, Subject::kCollection));
    out.collection = adopted->second;
    out.is_adopted = true;
  }
  const CollectionSchema& schema = spec.schema;
  const size_t vectors = schema.VectorFields().size();
  if (vectors == 0 || vectors > kMaxVectorFields) {
    return Unimplemented(
        fmt::format("collection {} has {} vector fields; a collection in Milvus has {} here",
                    schema.name, vectors, kMaxVectorFields),
        Subject::kField);
  }
  for (const FieldSchema& field : schema.fields) {
    if (!out.is_adopted && field.name.starts_with(kHiddenPrefix)) {
      return InvalidArgument(
          fmt::format("field '{}': names that begin with {} are the Milvus engine's own",
                      field.name, kHiddenPrefix),
          Subject::kField);
    }
    if (out.is_adopted && field.nullable) {
      return Unimplemented(
          fmt::format("field '{}' is nullable; fields of an adopted collection of Milvus are not",
                      field.name),
          Subject::kField);
    }
  }
  const size_t stored = StoredFields(out).size();
  if (stored > kMaxStoredFields) {
    return InvalidArgument(
        fmt::format("collection {} needs {} fields in Milvus, one more for each that is nullable "
                    "and one for the partition; Milvus takes {}",
                    schema.name, stored, kMaxStoredFields),
        Subject::kField);
  }
  return out;
}

pb::schema::CollectionSchema StoredSchema(const Layout& layout, const std::string& description) {
  pb::schema::CollectionSchema out;
  out.set_name(layout.collection);
  out.set_description(description);
  out.set_enable_dynamic_field(layout.schema().enable_dynamic_field);
  for (const FieldSchema& field : StoredFields(layout)) {
    milvus_wire::WriteField(field, *out.add_fields());
  }
  return out;
}

Status CheckCompatible(const Layout& layout, const pb::schema::CollectionSchema& found) {
  std::map<std::string, FieldSchema> there;
  std::string differences;
  const auto differs = [&differences](const std::string& what) {
    differences += (differences.empty() ? "" : "; ") + what;
  };
  for (const auto& field : found.fields()) {
    if (field.is_dynamic()) continue;
    auto parsed = milvus_wire::ParseField(field);
    if (!parsed.ok()) {
      differs(parsed.error().message);
    } else {
      there.emplace(parsed->name, std::move(*parsed));
    }
  }
  for (const FieldSchema& wanted : StoredFields(layout)) {
    const auto at = there.find(wanted.name);
    if (at == there.end()) {
      differs(fmt::format("field '{}' ({}) is missing", wanted.name, Describe(wanted)));
      continue;
    }
    if (!Holds(wanted, at->second)) {
      differs(fmt::format("field '{}' is {}, wanted is {}", wanted.name, Describe(at->second),
                          Describe(wanted)));
    }
    there.erase(at);
  }
  for (const auto& [name, field] : there) {
    differs(
        fmt::format("field '{}' ({}) is not in the schema that is wanted", name, Describe(field)));
  }
  if (found.enable_dynamic_field() != layout.schema().enable_dynamic_field) {
    differs(fmt::format("dynamic fields are {}, wanted {}",
                        found.enable_dynamic_field() ? "on" : "off",
                        layout.schema().enable_dynamic_field ? "on" : "off"));
  }
  if (differences.empty()) return Ok();
  return FailedPrecondition(
      fmt::format("collection '{}' of Milvus does not fit: {}", layout.collection, differences),
      Subject::kCollection);
}

}  // namespace vecgate::milvus_engine
