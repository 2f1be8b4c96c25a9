// A schema as one line of JSON: what catalogs and engines keep.
#include <nlohmann/json.hpp>

#include "model/schema.h"

namespace vecgate {
namespace {

using nlohmann::json;

json ToJson(const Value& value) {
  return std::visit(
      [](const auto& v) -> json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate> || std::is_same_v<T, Array>) {
          return nullptr;  // Arrays take no defaults; FinishSchema refuses them.
        } else {
          return v;
        }
      },
      value);
}

Value ValueFromJson(DataType type, const json& value) {
  switch (type) {
    case DataType::kBool: return value.get<bool>();
    case DataType::kFloat: return value.get<float>();
    case DataType::kDouble: return value.get<double>();
    case DataType::kVarChar: return value.get<std::string>();
    default: return value.get<int64_t>();
  }
}

json ToJson(const FieldSchema& field) {
  json out = {{"id", field.id},
              {"name", field.name},
              {"description", field.description},
              {"type", static_cast<int>(field.type)},
              {"element_type", static_cast<int>(field.element_type)},
              {"is_primary_key", field.is_primary_key},
              {"auto_id", field.auto_id},
              {"nullable", field.nullable},
              {"is_partition_key", field.is_partition_key},
              {"is_clustering_key", field.is_clustering_key},
              {"is_dynamic", field.is_dynamic},
              {"dim", field.dim},
              {"max_length", field.max_length},
              {"max_capacity", field.max_capacity},
              {"type_params", field.type_params}};
  if (field.default_value) out["default_value"] = ToJson(*field.default_value);
  return out;
}

FieldSchema FieldFromJson(const json& in) {
  FieldSchema field;
  field.id = in.at("id");
  field.name = in.at("name");
  field.description = in.at("description");
  field.type = static_cast<DataType>(in.at("type").get<int>());
  field.element_type = static_cast<DataType>(in.at("element_type").get<int>());
  field.is_primary_key = in.at("is_primary_key");
  field.auto_id = in.at("auto_id");
  field.nullable = in.at("nullable");
  field.is_partition_key = in.at("is_partition_key");
  field.is_clustering_key = in.at("is_clustering_key");
  field.is_dynamic = in.at("is_dynamic");
  field.dim = in.at("dim");
  field.max_length = in.at("max_length");
  field.max_capacity = in.at("max_capacity");
  field.type_params = in.at("type_params").get<std::map<std::string, std::string>>();
  if (in.contains("default_value")) {
    field.default_value = ValueFromJson(field.type, in.at("default_value"));
  }
  return field;
}

}  // namespace

std::string SchemaToJson(const CollectionSchema& schema) {
  json fields = json::array();
  for (const FieldSchema& field : schema.fields) fields.push_back(ToJson(field));
  return json{{"name", schema.name},
              {"description", schema.description},
              {"enable_dynamic_field", schema.enable_dynamic_field},
              {"fields", std::move(fields)}}
      .dump();
}

Result<CollectionSchema> SchemaFromJson(std::string_view text) {
  try {
    const json in = json::parse(text);
    CollectionSchema schema;
    schema.name = in.at("name");
    schema.description = in.at("description");
    schema.enable_dynamic_field = in.at("enable_dynamic_field");
    for (const json& field : in.at("fields")) schema.fields.push_back(FieldFromJson(field));
    return schema;
  } catch (const json::exception& e) {
    return DataLoss(std::string("stored schema cannot be read: ") + e.what());
  }
}

}  // namespace vecgate
