#include "filter/names.h"

#include <fmt/format.h>

#include "filter/string_literal.h"

namespace vecgate::filter {
namespace {

Error Refused(std::string message) { return InvalidArgument(std::move(message), Subject::kField); }

Status CheckPath(const FieldSchema& field, const std::vector<PathStep>& path) {
  if (path.empty() || field.type == DataType::kJson) return Ok();
  if (field.type != DataType::kArray) {
    return Refused(fmt::format("{} data type not supported accessed with []: field '{}'",
                               DataTypeName(field.type), field.name));
  }
  if (path.size() == 1 && std::holds_alternative<size_t>(path.front())) return Ok();
  return Refused(
      fmt::format("can only access array field with integer index: field '{}'", field.name));
}

}  // namespace

Result<ColumnRef> ResolveColumn(const CollectionSchema& schema, std::string_view name,
                                const std::vector<PathStep>& path) {
  std::optional<size_t> position = schema.FindField(name);
  ColumnRef out;
  if (!position) {
    position = schema.DynamicFieldIndex();
    if (!position || name == kDynamicFieldName) {
      return Refused(fmt::format("field {} not exist", Shorten(name, 255)));
    }
    out.path.emplace_back(std::string(name));
  }
  const FieldSchema& field = schema.fields[*position];
  if (IsVector(field.type)) {
    return Refused(fmt::format("field '{}' is a {}: expressions read scalar fields alone",
                               field.name, DataTypeName(field.type)));
  }
  VG_RETURN_IF_ERROR(CheckPath(field, path));
  out.field = *position;
  out.type = field.type;
  out.element_type = field.element_type;
  out.path.insert(out.path.end(), path.begin(), path.end());
  return out;
}

DataType ValueTypeOf(const ColumnRef& column) {
  const bool element = column.type == DataType::kArray && !column.path.empty();
  return element ? column.element_type : column.type;
}

ScalarType ScalarTypeOf(const ColumnRef& column) {
  const DataType type = ValueTypeOf(column);
  switch (type) {
    case DataType::kBool: return ScalarType::kBool;
    case DataType::kFloat:
    case DataType::kDouble: return ScalarType::kDouble;
    case DataType::kVarChar: return ScalarType::kString;
    case DataType::kArray: return ScalarType::kArray;
    case DataType::kJson: return ScalarType::kJson;
    default: return ScalarType::kInt;
  }
}

}  // namespace vecgate::filter
