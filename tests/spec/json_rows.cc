#include "json_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vecgate::spec {
namespace {

const std::map<std::string, DataType>& TypeNames() {
  static const std::map<std::string, DataType> names = {
      {"BOOL", DataType::kBool},
      {"INT8", DataType::kInt8},
      {"INT16", DataType::kInt16},
      {"INT32", DataType::kInt32},
      {"INT64", DataType::kInt64},
      {"FLOAT", DataType::kFloat},
      {"DOUBLE", DataType::kDouble},
      {"VARCHAR", DataType::kVarChar},
      {"ARRAY", DataType::kArray},
      {"JSON", DataType::kJson},
      {"FLOAT_VECTOR", DataType::kFloatVector},
      {"FLOAT16_VECTOR", DataType::kFloat16Vector},
      {"BINARY_VECTOR", DataType::kBinaryVector},
      {"INT8_VECTOR", DataType::kInt8Vector}};
  return names;
}

Error WrongType(const FieldSchema& field, const Json& value) {
  return InvalidArgument(fmt::format("field '{}' holds {}, given {}", field.name,
                                     DataTypeName(field.type), value.dump()),
                         Subject::kField);
}

template <typename T>
Result<Array> ArrayOf(const FieldSchema& field, const Json& value) {
  std::vector<T> items;
  for (const Json& item : value) {
    const bool fits =
        std::is_same_v<T, std::string> ? item.is_string() : (item.is_number() || item.is_boolean());
    if (!fits) return WrongType(field, value);
    items.push_back(item.get<T>());
  }
  return Array{std::move(items)};
}

Result<Array> ArrayFromJson(const FieldSchema& field, const Json& value) {
  if (!value.is_array()) return WrongType(field, value);
  switch (field.element_type) {
    case DataType::kBool: {
      std::vector<uint8_t> items;
      for (const Json& item : value) items.push_back(item.get<bool>() ? 1 : 0);
      return Array{std::move(items)};
    }
    case DataType::kFloat: return ArrayOf<float>(field, value);
    case DataType::kDouble: return ArrayOf<double>(field, value);
    case DataType::kVarChar: return ArrayOf<std::string>(field, value);
    default: return ArrayOf<int64_t>(field, value);
  }
}

Result<Value> ValueFromJson(const FieldSchema& field, const Json& value) {
  if (value.is_null()) return Value{};
  switch (field.type) {
    case DataType::kBool:
      if (!value.is_boolean()) return WrongType(field, value);
      return Value{value.get<bool>()};
    case DataType::kFloat:
      if (!value.is_number()) return WrongType(field, value);
      return Value{value.get<float>()};
    case DataType::kDouble:
      if (!value.is_number()) return WrongType(field, value);
      return Value{value.get<double>()};
    case DataType::kVarChar:
      if (!value.is_string()) return WrongType(field, value);
      return Value{value.get<std::string>()};
    case DataType::kJson: return Value{value.dump()};
    case DataType::kArray: {
      VG_ASSIGN_OR_RETURN(Array array, ArrayFromJson(field, value));
      return Value{std::move(array)};
    }
    default:
      if (!value.is_number_integer()) return WrongType(field, value);
      return Value{value.get<int64_t>()};
  }
}

Json ArrayToJson(const Array& array) {
  if (const auto* flags = std::get_if<std::vector<uint8_t>>(&array)) {
    Json out = Json::array();
    for (const uint8_t flag : *flags) out.push_back(flag != 0);
    return out;
  }
  return std::visit([](const auto& items) { return Json(items); }, array);
}

Json ValueToJson(const Column& column, size_t row) {
  if (column.type() == DataType::kBinaryVector) {
    const std::string_view bytes = column.VectorBytesAt(row);
    return Json(std::vector<uint8_t>(bytes.begin(), bytes.end()));
  }
  if (IsVector(column.type())) {
    std::vector<float> scratch;
    const auto vector = column.NumbersAt(row, scratch);
    return Json(std::vector<float>(vector.begin(), vector.end()));
  }
  const Value value = column.ValueAt(row);
  if (column.type() == DataType::kJson && std::holds_alternative<std::string>(value)) {
    return Json::parse(std::get<std::string>(value));
  }
  return std::visit(
      [](const auto& v) -> Json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<T, Array>) {
          return ArrayToJson(v);
        } else {
          return v;
        }
      },
      value);
}

Status AppendField(const FieldSchema& field, const Json& row, Column& column) {
  if (IsVector(field.type)) {
    if (!row.contains(field.name)) {
      return InvalidArgument(fmt::format("the vector field '{}' is missing", field.name));
    }
    return AppendVector(field, row.at(field.name), column);
  }
  const Json given = row.contains(field.name) ? row.at(field.name) : Json();
  if (given.is_null() && field.default_value) {
    column.Append(*field.default_value);
    return Ok();
  }
  if (given.is_null() && !field.nullable) {
    return InvalidArgument(fmt::format("field '{}' is missing and may not be null", field.name),
                           Subject::kField);
  }
  VG_ASSIGN_OR_RETURN(const Value value, ValueFromJson(field, given));
  column.Append(value);
  return Ok();
}

Status AppendDynamic(const CollectionSchema& schema, const Json& row, RowBatch& batch) {
  Json dynamic = Json::object();
  for (const auto& [key, value] : row.items()) {
    if (!schema.FindField(key)) dynamic[key] = value;
  }
  if (const auto field = schema.DynamicFieldIndex()) {
    batch.columns[*field].Append(dynamic.dump());
    return Ok();
  }
  if (dynamic.empty()) return Ok();
  return InvalidArgument(fmt::format("unexpected field `{}`: the collection has no dynamic field",
                                     dynamic.begin().key()),
                         Subject::kField);
}

Result<FieldSchema> FieldFromSpec(const Json& spec) {
  FieldSchema field;
  field.name = spec.at("name").get<std::string>();
  const auto type = TypeNames().find(spec.at("type").get<std::string>());
  if (type == TypeNames().end()) return InvalidArgument("unknown type in " + spec.dump());
  field.type = type->second;
  field.is_primary_key = spec.value("primary", false);
  field.nullable = spec.value("nullable", false);
  field.dim = spec.value("dim", 0U);
  field.max_length = spec.value("max_length", 0U);
  field.max_capacity = spec.value("max_capacity", 0U);
  if (spec.contains("element")) field.element_type = TypeNames().at(spec.at("element"));
  if (spec.contains("default")) {
    VG_ASSIGN_OR_RETURN(field.default_value, ValueFromJson(field, spec.at("default")));
  }
  return field;
}

}  // namespace

Status AppendVector(const FieldSchema& field, const Json& json, Column& column) {
  if (field.type == DataType::kBinaryVector) {
    const auto bytes = json.get<std::vector<uint8_t>>();
    if (bytes.size() != field.dim / 8) {
      return InvalidArgument(
          fmt::format("vector dimension mismatch: field '{}' has {} bytes, given {}", field.name,
                      field.dim / 8, bytes.size()));
    }
    column.AppendVectorBytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return Ok();
  }
  const auto vector = json.get<std::vector<float>>();
  if (vector.size() != field.dim) {
    return InvalidArgument(fmt::format("vector dimension mismatch: field '{}' has {}, given {}",
                                       field.name, field.dim, vector.size()));
  }
  return AppendNumbers(field, vector, column);
}

Result<CollectionSchema> SchemaFromSpec(const std::string& name, const Json& spec) {
  CollectionSchema schema;
  schema.name = name;
  schema.enable_dynamic_field = spec.value("dynamic", false);
  for (const Json& field : spec.at("fields")) {
    VG_ASSIGN_OR_RETURN(FieldSchema made, FieldFromSpec(field));
    schema.fields.push_back(std::move(made));
  }
  VG_RETURN_IF_ERROR(FinishSchema(schema));
  return schema;
}

Result<RowBatch> BatchFromRows(const CollectionSchema& schema, const std::vector<Json>& rows,
                               PartitionId partition) {
  RowBatch batch = MakeBatch(schema);
  batch.partition = partition;
  for (const Json& row : rows) {
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      if (schema.fields[i].is_dynamic) continue;
      VG_RETURN_IF_ERROR(AppendField(schema.fields[i], row, batch.columns[i]));
    }
    VG_RETURN_IF_ERROR(AppendDynamic(schema, row, batch));
  }
  VG_RETURN_IF_ERROR(ValidateBatch(schema, batch));
  return batch;
}

PrimaryKey KeyFromJson(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.get<int64_t>();
}

Output OutputOf(const CollectionSchema& schema, const Json& names) {
  Output out;
  bool dynamic = false;
  for (const Json& name : names) {
    out.names.push_back(name);
    const bool all = name == "*";
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      const FieldSchema& field = schema.fields[i];
      if (!field.is_dynamic && (all || field.name == name)) out.fields.push_back(i);
    }
    dynamic = dynamic || all || !schema.FindField(name.get<std::string>());
  }
  if (dynamic && schema.DynamicFieldIndex()) out.fields.push_back(*schema.DynamicFieldIndex());
  return out;
}

Json RowToJson(const CollectionSchema& schema, const Output& output,
               const std::vector<Column>& columns, size_t row) {
  Json out = Json::object();
  for (size_t i = 0; i < output.fields.size(); ++i) {
    const FieldSchema& field = schema.fields[output.fields[i]];
    const Json value = ValueToJson(columns[i], row);
    if (!field.is_dynamic) {
      out[field.name] = value;
      continue;
    }
    for (const auto& [key, item] : value.items()) {
      const bool asked = std::any_of(output.names.begin(), output.names.end(),
                                     [&](const auto& n) { return n == "*" || n == key; });
      if (asked) out[key] = item;
    }
  }
  return out;
}

Json KeyToJson(const Column& keys, size_t row) { return ValueToJson(keys, row); }

}  // namespace vecgate::spec
