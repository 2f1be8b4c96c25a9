#include "milvus_wire/rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/row_batch.h"
#include "model/vector_values.h"

namespace vecgate::milvus_wire {
namespace {

using pb::schema::FieldData;
using pb::schema::ScalarField;
using pb::schema::VectorField;

Error WrongType(const FieldSchema& field, std::string_view found) {
  return InvalidArgument(fmt::format("field {}: {} expected, {} found in the request", field.name,
                                     DataTypeName(field.type), found),
                         Subject::kField);
}

/// Copies `in` into the vector of `column` that holds T.
template <typename T, typename Repeated>
void Assign(const Repeated& in, Column& column) {
  column.As<T>().assign(in.begin(), in.end());
}

Result<Array> ParseArray(const FieldSchema& field, const ScalarField& in) {
  Array array = EmptyArray(field.element_type);
  const auto fill = [&](const auto& items) -> Result<Array> {
    std::visit(
        [&](auto& out) {
          using T = typename std::decay_t<decltype(out)>::value_type;
          if constexpr (std::is_convertible_v<decltype(*items.begin()), T>)
            out.assign(items.begin(), items.end());
        },
        array);
    return array;
  };
  const bool is_bool = field.element_type == DataType::kBool;
  switch (in.data_case()) {
    case ScalarField::kBoolData:
      if (is_bool) return fill(in.bool_data().data());
      break;
    case ScalarField::kIntData:
      if (IsInteger(field.element_type)) return fill(in.int_data().data());
      break;
    case ScalarField::kLongData:
      if (IsInteger(field.element_type)) return fill(in.long_data().data());
      break;
    case ScalarField::kFloatData:
      if (field.element_type == DataType::kFloat) return fill(in.float_data().data());
      break;
    case ScalarField::kDoubleData:
      if (field.element_type == DataType::kDouble) return fill(in.double_data().data());
      break;
    case ScalarField::kStringData:
      if (field.element_type == DataType::kVarChar) return fill(in.string_data().data());
      break;
    case ScalarField::DATA_NOT_SET: return array;  // An empty list or a null row.
    default: break;
  }
  return InvalidArgument(
      fmt::format(
          "insert data does not match: array field {} has elements of {}, other elements found",
          field.name, DataTypeName(field.element_type)),
      Subject::kField);
}

Status ParseScalars(const FieldSchema& field, const ScalarField& in, Column& column) {
  if (in.data_case() == ScalarField::DATA_NOT_SET) return Ok();
  switch (field.type) {
    case DataType::kBool:
      if (!in.has_bool_data()) break;
      Assign<uint8_t>(in.bool_data().data(), column);
      return Ok();
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
      if (!in.has_int_data()) break;
      Assign<int64_t>(in.int_data().data(), column);
      return Ok();
    case DataType::kInt64:
      if (!in.has_long_data()) break;
      Assign<int64_t>(in.long_data().data(), column);
      return Ok();
    case DataType::kFloat:
      if (!in.has_float_data()) break;
      Assign<float>(in.float_data().data(), column);
      return Ok();
    case DataType::kDouble:
      if (!in.has_double_data()) break;
      Assign<double>(in.double_data().data(), column);
      return Ok();
    case DataType::kVarChar:
      if (!in.has_string_data()) break;
      Assign<std::string>(in.string_data().data(), column);
      return Ok();
    case DataType::kJson:
      if (!in.has_json_data()) break;
      Assign<std::string>(in.json_data().data(), column);
      return Ok();
    case DataType::kArray:
      if (!in.has_array_data()) break;
      for (const ScalarField& row : in.array_data().data()) {
        VG_ASSIGN_OR_RETURN(Array array, ParseArray(field, row));
        column.As<Array>().push_back(std::move(array));
      }
      return Ok();
    default: break;
  }
  return WrongType(field, "another scalar type");
}

/// The vectors of a message: their type in the words of the field types, and where they lie.
struct GivenVectors {
  DataType type = DataType::kNone;
  std::string_view bytes;
};

GivenVectors VectorsOf(const VectorField& in) {
  const auto& floats = in.float_vector().data();
  switch (in.data_case()) {
    case VectorField::kFloatVector:
      return {DataType::kFloatVector,
              {reinterpret_cast<const char*>(floats.data()),
               static_cast<size_t>(floats.size()) * sizeof(float)}};
    case VectorField::kBinaryVector: return {DataType::kBinaryVector, in.binary_vector()};
    case VectorField::kFloat16Vector: return {DataType::kFloat16Vector, in.float16_vector()};
    case VectorField::kBfloat16Vector: return {DataType::kBFloat16Vector, in.bfloat16_vector()};
    case VectorField::kSparseFloatVector: return {DataType::kSparseFloatVector, {}};
    case VectorField::kInt8Vector: return {DataType::kInt8Vector, in.int8_vector()};
    default: return {};
  }
}

Result<Column> ParseVectors(const FieldSchema& field, const FieldData& in) {
  const GivenVectors given = VectorsOf(in.vectors());
  // Clients may give halves as float32.
  const bool widened =
      given.type == DataType::kFloatVector &&
      (field.type == DataType::kFloat16Vector || field.type == DataType::kBFloat16Vector);
  if (given.type != field.type && !widened) return WrongType(field, DataTypeName(given.type));
  if (in.vectors().dim() != field.dim) {
    return InvalidArgument(fmt::format("the dim ({}) of field data({}) is not equal to schema dim "
                                       "({}): vector dimension mismatch",
                                       in.vectors().dim(), field.name, field.dim),
                           Subject::kField);
  }
  const size_t vector_size = VectorSizeBytes(given.type, field.dim);
  if (given.bytes.size() % vector_size != 0) {
    return InvalidArgument(
        fmt::format("field {}: {} bytes are not whole vectors of {} bytes ({} of dim {})",
                    field.name, given.bytes.size(), vector_size, DataTypeName(given.type),
                    field.dim),
        Subject::kField);
  }
  Column column = field.MakeColumn();
  if (widened) {
    const auto& floats = in.vectors().float_vector().data();
    VG_RETURN_IF_ERROR(
        AppendNumbers(field, {floats.data(), static_cast<size_t>(floats.size())}, column));
  } else {
    column.AppendVectorBytes(given.bytes);
  }
  return column;
}

/// Where vectors of this type, which is not FLOAT_VECTOR, lie in a message.
std::string& MutableVectorBytes(DataType type, VectorField& out) {
  switch (type) {
    case DataType::kFloat16Vector: return *out.mutable_float16_vector();
    case DataType::kBFloat16Vector: return *out.mutable_bfloat16_vector();
    case DataType::kBinaryVector: return *out.mutable_binary_vector();
    default: return *out.mutable_int8_vector();
  }
}

void WriteVectors(const FieldSchema& field, const Column& column, VectorField& out) {
  out.set_dim(field.dim);
  if (field.type == DataType::kFloatVector) {
    const auto& floats = column.As<float>();
    out.mutable_float_vector()->mutable_data()->Add(floats.begin(), floats.end());
    return;
  }
  const auto& bytes = column.As<uint8_t>();
  MutableVectorBytes(field.type, out).assign(bytes.begin(), bytes.end());
}

/// A nullable column may come with a value for every row or only for the valid ones.
Column Expand(const Column& packed, const std::vector<uint8_t>& valid) {
  Column out = packed.EmptyLike();
  size_t next = 0;
  for (const uint8_t is_valid : valid) {
    if (is_valid != 0) {
      out.AppendFrom(packed, next++);
    } else {
      out.Append(std::monostate{});
    }
  }
  return out;
}

void WriteArray(const FieldSchema& field, const Array& array, ScalarField& out) {
  std::visit(
      [&](const auto& items) {
        using T = typename std::decay_t<decltype(items)>::value_type;
        if constexpr (std::is_same_v<T, uint8_t>) {
          out.mutable_bool_data()->mutable_data()->Add(items.begin(), items.end());
        } else if constexpr (std::is_same_v<T, int64_t>) {
          if (field.element_type == DataType::kInt64) {
            out.mutable_long_data()->mutable_data()->Add(items.begin(), items.end());
          } else {
            out.mutable_int_data()->mutable_data()->Add(items.begin(), items.end());
          }
        } else if constexpr (std::is_same_v<T, float>) {
          out.mutable_float_data()->mutable_data()->Add(items.begin(), items.end());
        } else if constexpr (std::is_same_v<T, double>) {
          out.mutable_double_data()->mutable_data()->Add(items.begin(), items.end());
        } else {
          auto* data = out.mutable_string_data();
          for (const T& item : items) data->add_data(item);
        }
      },
      array);
}

void WriteScalars(const FieldSchema& field, const Column& column, ScalarField& out) {
  switch (field.type) {
    case DataType::kBool: {
      const auto& v = column.As<uint8_t>();
      out.mutable_bool_data()->mutable_data()->Add(v.begin(), v.end());
      return;
    }
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32: {
      const auto& v = column.As<int64_t>();
      out.mutable_int_data()->mutable_data()->Add(v.begin(), v.end());
      return;
    }
    case DataType::kInt64: {
      const auto& v = column.As<int64_t>();
      out.mutable_long_data()->mutable_data()->Add(v.begin(), v.end());
      return;
    }
    case DataType::kFloat: {
      const auto& v = column.As<float>();
      out.mutable_float_data()->mutable_data()->Add(v.begin(), v.end());
      return;
    }
    case DataType::kDouble: {
      const auto& v = column.As<double>();
      out.mutable_double_data()->mutable_data()->Add(v.begin(), v.end());
      return;
    }
    case DataType::kVarChar: {
      auto* data = out.mutable_string_data();
      for (const std::string& text : column.As<std::string>()) data->add_data(text);
      return;
    }
    case DataType::kJson: {
      auto* data = out.mutable_json_data();
      for (const std::string& text : column.As<std::string>()) data->add_data(text);
      return;
    }
    case DataType::kArray: {
      auto* data = out.mutable_array_data();
      data->set_element_type(static_cast<pb::schema::DataType>(field.element_type));
      for (const Array& array : column.As<Array>()) WriteArray(field, array, *data->add_data());
      return;
    }
    default: return;
  }
}

}  // namespace

Result<Column> ParseColumn(const FieldSchema& field, const FieldData& in, size_t num_rows) {
  if (IsVector(field.type)) {
    if (!in.has_vectors()) return WrongType(field, DataTypeName(static_cast<DataType>(in.type())));
    return ParseVectors(field, in);
  }
  if (in.has_vectors()) return WrongType(field, "a vector");
  Column column = field.MakeColumn();
  VG_RETURN_IF_ERROR(ParseScalars(field, in.scalars(), column));
  if (in.valid_data_size() == 0) return column;
  const std::vector<uint8_t> valid(in.valid_data().begin(), in.valid_data().end());
  if (valid.size() != num_rows) {
    return InvalidArgument(fmt::format("field {}: valid_data has {} entries for {} rows",
                                       field.name, valid.size(), num_rows),
                           Subject::kField);
  }
  const auto num_valid = static_cast<size_t>(std::count(valid.begin(), valid.end(), 1));
  if (num_valid == num_rows && column.num_rows() == num_rows) return column;
  if (column.num_rows() == num_rows) {
    column.set_valid(valid);
    return column;
  }
  if (column.num_rows() == num_valid) return Expand(column, valid);
  return InvalidArgument(fmt::format("field {}: {} values for {} rows of which {} are not null",
                                     field.name, column.num_rows(), num_rows, num_valid),
                         Subject::kField);
}

void WriteColumn(const FieldSchema& field, const Column& column, FieldData& out) {
  out.set_type(static_cast<pb::schema::DataType>(field.type));
  out.set_field_name(field.name);
  out.set_field_id(field.id);
  out.set_is_dynamic(field.is_dynamic);
  if (IsVector(field.type)) {
    WriteVectors(field, column, *out.mutable_vectors());
    return;
  }
  WriteScalars(field, column, *out.mutable_scalars());
  if (!field.nullable) return;
  for (size_t row = 0; row < column.num_rows(); ++row) out.add_valid_data(!column.IsNull(row));
}

void WriteKeys(const Column& keys, pb::schema::IDs& out) {
  if (keys.type() == DataType::kVarChar) {
    auto* ids = out.mutable_str_id();
    for (const std::string& key : keys.As<std::string>()) ids->add_data(key);
    return;
  }
  const auto& numbers = keys.As<int64_t>();
  out.mutable_int_id()->mutable_data()->Add(numbers.begin(), numbers.end());
}

Column ParseKeys(const pb::schema::IDs& in) {
  if (in.has_str_id()) {
    Column keys(DataType::kVarChar);
    keys.As<std::string>().assign(in.str_id().data().begin(), in.str_id().data().end());
    return keys;
  }
  Column keys(DataType::kInt64);
  keys.As<int64_t>().assign(in.int_id().data().begin(), in.int_id().data().end());
  return keys;
}

}  // namespace vecgate::milvus_wire
