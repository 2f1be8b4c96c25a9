#include "api/native/field_json.h"

#include <algorithm>
#include <cctype>

#include "api/native/json_fields.h"

namespace vecgate {
namespace {

using nlohmann::json;

constexpr DataType kTypes[] = {
    DataType::kBool,          DataType::kInt8,           DataType::kInt16,
    DataType::kInt32,         DataType::kInt64,          DataType::kFloat,
    DataType::kDouble,        DataType::kVarChar,        DataType::kArray,
    DataType::kJson,          DataType::kBinaryVector,   DataType::kFloatVector,
    DataType::kFloat16Vector, DataType::kBFloat16Vector, DataType::kInt8Vector};

std::string Plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

Result<DataType> TypeFromName(const std::string& member, const std::string& name) {
  const std::string wanted = Plain(name);
  for (const DataType type : kTypes) {
    if (Plain(DataTypeName(type)) == wanted) return type;
  }
  return InvalidArgument(member + " is \"" + name + "\"; allowed: " + std::string(kFieldTypeNames),
                         Subject::kField);
}

Result<uint32_t> Size(JsonFields& fields, const std::string& name) {
  VG_ASSIGN_OR_RETURN(const std::optional<int64_t> given, fields.Count(name));
  return static_cast<uint32_t>(given.value_or(0));
}

Result<bool> Flag(JsonFields& fields, const std::string& name) {
  VG_ASSIGN_OR_RETURN(const std::optional<bool> given, fields.Flag(name));
  return given.value_or(false);
}

Result<std::string> Text(JsonFields& fields, const std::string& name) {
  VG_ASSIGN_OR_RETURN(const std::optional<std::string> given, fields.Text(name));
  return given.value_or("");
}

Status Read(JsonFields& in, FieldSchema& out) {
  VG_ASSIGN_OR_RETURN(const std::string type, Text(in, "type"));
  VG_ASSIGN_OR_RETURN(out.type, TypeFromName("type", type));
  VG_ASSIGN_OR_RETURN(const std::string element, Text(in, "element_type"));
  if (!element.empty()) {
    VG_ASSIGN_OR_RETURN(out.element_type, TypeFromName("element_type", element));
  }
  VG_ASSIGN_OR_RETURN(out.description, Text(in, "description"));
  VG_ASSIGN_OR_RETURN(out.is_primary_key, Flag(in, "is_primary_key"));
  VG_ASSIGN_OR_RETURN(out.auto_id, Flag(in, "auto_id"));
  VG_ASSIGN_OR_RETURN(out.nullable, Flag(in, "nullable"));
  VG_ASSIGN_OR_RETURN(out.is_partition_key, Flag(in, "is_partition_key"));
  VG_ASSIGN_OR_RETURN(out.dim, Size(in, "dim"));
  VG_ASSIGN_OR_RETURN(out.max_length, Size(in, "max_length"));
  VG_ASSIGN_OR_RETURN(out.max_capacity, Size(in, "max_capacity"));
  return in.CheckAllUsed();
}

}  // namespace

Result<FieldSchema> FieldFromJson(const json& in) {
  if (!in.is_object()) return InvalidArgument("a field must be a JSON object", Subject::kField);
  JsonFields fields(in);
  FieldSchema field;
  VG_ASSIGN_OR_RETURN(field.name, Text(fields, "name"));
  if (field.name.empty()) return InvalidArgument("a field has no name", Subject::kField);
  if (const Status read = Read(fields, field); !read.ok()) {
    return read.error().Within("field " + field.name);
  }
  return field;
}

json FieldToJson(const FieldSchema& field) {
  json out = {{"name", field.name}, {"type", DataTypeName(field.type)}};
  if (field.element_type != DataType::kNone) {
    out["element_type"] = DataTypeName(field.element_type);
  }
  if (!field.description.empty()) out["description"] = field.description;
  const std::pair<const char*, bool> flags[] = {{"is_primary_key", field.is_primary_key},
                                                {"auto_id", field.auto_id},
                                                {"nullable", field.nullable},
                                                {"is_partition_key", field.is_partition_key}};
  for (const auto& [name, set] : flags) {
    if (set) out[name] = true;
  }
  const std::pair<const char*, uint32_t> sizes[] = {
      {"dim", field.dim}, {"max_length", field.max_length}, {"max_capacity", field.max_capacity}};
  for (const auto& [name, size] : sizes) {
    if (size != 0) out[name] = size;
  }
  return out;
}

}  // namespace vecgate
