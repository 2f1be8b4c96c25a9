#include "milvus_wire/schema.h"

#include <fmt/format.h>

#include <charconv>

namespace vecgate::milvus_wire {
namespace {

/// Reads an integer type parameter; absent is 0.
Status ReadParam(const FieldSchema& field, const std::string& key, uint32_t& out) {
  const auto found = field.type_params.find(key);
  if (found == field.type_params.end()) return Ok();
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size()) return Ok();
  return InvalidArgument(
      fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax: {} of field {}", text, key,
                  field.name),
      Subject::kField);
}

Result<Value> DefaultOf(const FieldSchema& field, const pb::schema::ValueField& in) {
  const auto mismatch = [&] {
    return InvalidArgument(
        fmt::format(
            "type ({}) of field ({}) is not equal to the type(DataType_{}) of default_value",
            DataTypeName(field.type), field.name, static_cast<int>(in.data_case())),
        Subject::kField);
  };
  switch (in.data_case()) {
    case pb::schema::ValueField::kBoolData:
      if (field.type == DataType::kBool) return Value(in.bool_data());
      return mismatch();
    case pb::schema::ValueField::kIntData:
      if (IsInteger(field.type)) return Value(int64_t{in.int_data()});
      return mismatch();
    case pb::schema::ValueField::kLongData:
      if (IsInteger(field.type)) return Value(int64_t{in.long_data()});
      return mismatch();
    case pb::schema::ValueField::kFloatData:
      if (field.type == DataType::kFloat) return Value(in.float_data());
      return mismatch();
    case pb::schema::ValueField::kDoubleData:
      if (field.type == DataType::kDouble) return Value(in.double_data());
      return mismatch();
    case pb::schema::ValueField::kStringData:
      if (field.type == DataType::kVarChar) return Value(in.string_data());
      return mismatch();
    default: return mismatch();
  }
}

void WriteDefault(const Value& value, DataType type, pb::schema::ValueField& out) {
  if (const auto* flag = std::get_if<bool>(&value)) out.set_bool_data(*flag);
  if (const auto* number = std::get_if<int64_t>(&value)) {
    if (type == DataType::kInt64) {
      out.set_long_data(*number);
    } else {
      out.set_int_data(static_cast<int32_t>(*number));
    }
  }
  if (const auto* number = std::get_if<float>(&value)) out.set_float_data(*number);
  if (const auto* number = std::get_if<double>(&value)) out.set_double_data(*number);
  if (const auto* text = std::get_if<std::string>(&value)) out.set_string_data(*text);
}

}  // namespace

std::map<std::string, std::string> ToMap(const KeyValues& pairs) {
  std::map<std::string, std::string> out;
  for (const auto& pair : pairs) out[pair.key()] = pair.value();
  return out;
}

void FromMap(const std::map<std::string, std::string>& map, KeyValues& out) {
  for (const auto& [key, value] : map) {
    auto* pair = out.Add();
    pair->set_key(key);
    pair->set_value(value);
  }
}

Result<FieldSchema> ParseField(const pb::schema::FieldSchema& in) {
  FieldSchema field;
  field.name = in.name();
  field.description = in.description();
  const auto type = DataTypeFromNumber(in.data_type());
  if (!type) {
    return Unimplemented(
        fmt::format("data type {} of field {} is not supported: {} are",
                    pb::schema::DataType_Name(in.data_type()), in.name(), kFieldTypeNames),
        Subject::kField);
  }
  field.type = *type;
  field.element_type = DataTypeFromNumber(in.element_type()).value_or(DataType::kNone);
  field.is_primary_key = in.is_primary_key();
  field.auto_id = in.autoid();
  field.nullable = in.nullable();
  field.is_partition_key = in.is_partition_key();
  field.is_clustering_key = in.is_clustering_key();
  field.type_params = ToMap(in.type_params());
  VG_RETURN_IF_ERROR(ReadParam(field, "dim", field.dim));
  VG_RETURN_IF_ERROR(ReadParam(field, "max_length", field.max_length));
  VG_RETURN_IF_ERROR(ReadParam(field, "max_capacity", field.max_capacity));
  if (in.has_default_value() &&
      in.default_value().data_case() != pb::schema::ValueField::DATA_NOT_SET) {
    VG_ASSIGN_OR_RETURN(field.default_value, DefaultOf(field, in.default_value()));
  }
  return field;
}

void WriteField(const FieldSchema& field, pb::schema::FieldSchema& out) {
  out.set_fieldid(field.id);
  out.set_name(field.name);
  out.set_description(field.description);
  out.set_data_type(static_cast<pb::schema::DataType>(field.type));
  out.set_element_type(static_cast<pb::schema::DataType>(field.element_type));
  out.set_is_primary_key(field.is_primary_key);
  out.set_autoid(field.auto_id);
  out.set_nullable(field.nullable);
  out.set_is_partition_key(field.is_partition_key);
  out.set_is_clustering_key(field.is_clustering_key);
  out.set_state(pb::schema::FieldCreated);
  FromMap(field.type_params, *out.mutable_type_params());
  if (field.default_value)
    WriteDefault(*field.default_value, field.type, *out.mutable_default_value());
}

Result<CollectionSchema> ParseSchema(const std::string& serialized) {
  pb::schema::CollectionSchema in;
  if (!in.ParseFromString(serialized))
    return InvalidArgument("the schema of the request is not a CollectionSchema message");
  return ParseSchema(in);
}

Result<CollectionSchema> ParseSchema(const pb::schema::CollectionSchema& in) {
  if (in.functions_size() > 0) {
    return Unimplemented("functions (BM25, text embedding) are not supported yet", Subject::kField);
  }
  if (in.struct_array_fields_size() > 0) {
    return Unimplemented("struct array fields are not supported yet", Subject::kField);
  }
  CollectionSchema schema;
  schema.name = in.name();
  schema.description = in.description();
  schema.enable_dynamic_field = in.enable_dynamic_field();
  for (const auto& field : in.fields()) {
    if (field.is_dynamic()) continue;
    VG_ASSIGN_OR_RETURN(FieldSchema parsed, ParseField(field));
    if (parsed.is_primary_key && in.autoid()) parsed.auto_id = true;
    schema.fields.push_back(std::move(parsed));
  }
  return schema;
}

}  // namespace vecgate::milvus_wire
