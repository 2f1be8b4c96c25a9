#include "model/row_batch.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "model/vector_values.h"

namespace vecgate {
namespace {

Error BadValue(const FieldSchema& field, size_t row, std::string_view what) {
  return InvalidArgument(fmt::format("field {} at row {}: {}", field.name, row, what),
                         Subject::kField);
}

struct IntRange {
  int64_t low;
  int64_t high;
};

IntRange RangeOf(DataType type) {
  switch (type) {
    case DataType::kInt8: return {INT8_MIN, INT8_MAX};
    case DataType::kInt16: return {INT16_MIN, INT16_MAX};
    case DataType::kInt32: return {INT32_MIN, INT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

Status CheckInt(const FieldSchema& field, DataType type, size_t row, int64_t value) {
  const IntRange range = RangeOf(type);
  if (value >= range.low && value <= range.high) return Ok();
  return BadValue(field, row,
                  fmt::format("the {} value {} is out of range [{}, {}]", DataTypeName(type), value,
                              range.low, range.high));
}

Status CheckText(const FieldSchema& field, size_t row, const std::string& text) {
  if (text.size() <= field.max_length) return Ok();
  return BadValue(field, row,
                  fmt::format("length of varchar field {} exceeds max length, row number: {}, "
                              "length: {}, max length: {}",
                              field.name, row, text.size(), field.max_length));
}

template <typename T>
Status CheckFinite(const FieldSchema& field, size_t row, T value) {
  if (std::isfinite(value)) return Ok();
  return BadValue(field, row, fmt::format("value '{}' is not a number or infinity", value));
}

Status CheckJson(const FieldSchema& field, size_t row, const std::string& text) {
  constexpr size_t kMaxJsonBytes = 65536;
  if (text.size() > kMaxJsonBytes) {
    return BadValue(
        field, row,
        fmt::format("JSON of {} bytes exceeds max length {}", text.size(), kMaxJsonBytes));
  }
  if (!nlohmann::json::accept(text)) return BadValue(field, row, "the text is not valid JSON");
  if (field.is_dynamic && text.front() != '{') {
    return BadValue(field, row, "dynamic fields must be a JSON object");
  }
  return Ok();
}

Status CheckArray(const FieldSchema& field, size_t row, const Array& array) {
  const size_t length = ArrayLength(array);
  if (length > field.max_capacity) {
    return BadValue(field, row,
                    fmt::format("the length ({}) of the array exceeds max capacity ({})", length,
                                field.max_capacity));
  }
  if (const auto* ints = std::get_if<std::vector<int64_t>>(&array)) {
    for (const int64_t value : *ints)
      VG_RETURN_IF_ERROR(CheckInt(field, field.element_type, row, value));
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&array)) {
    for (const std::string& text : *texts) VG_RETURN_IF_ERROR(CheckText(field, row, text));
  }
  return Ok();
}

Status CheckValues(const FieldSchema& field, const Column& column) {
  if (IsVector(field.type)) return ValidateVectors(field, column);
  const size_t rows = column.num_rows();
  for (size_t row = 0; row < rows; ++row) {
    if (column.IsNull(row)) {
      if (field.nullable) continue;
      return BadValue(field, row, "null is not allowed: the field is not nullable");
    }
    switch (field.type) {
      case DataType::kInt8:
      case DataType::kInt16:
      case DataType::kInt32:
      case DataType::kInt64:
        VG_RETURN_IF_ERROR(CheckInt(field, field.type, row, column.As<int64_t>()[row]));
        break;
      case DataType::kFloat:
        VG_RETURN_IF_ERROR(CheckFinite(field, row, column.As<float>()[row]));
        break;
      case DataType::kDouble:
        VG_RETURN_IF_ERROR(CheckFinite(field, row, column.As<double>()[row]));
        break;
      case DataType::kVarChar:
        VG_RETURN_IF_ERROR(CheckText(field, row, column.As<std::string>()[row]));
        break;
      case DataType::kJson:
        VG_RETURN_IF_ERROR(CheckJson(field, row, column.As<std::string>()[row]));
        break;
      case DataType::kArray:
        VG_RETURN_IF_ERROR(CheckArray(field, row, column.As<Array>()[row]));
        break;
      default: break;
    }
  }
  return Ok();
}

struct NumberRange {
  float low;
  float high;
  bool whole = false;
};

NumberRange NumberRangeOf(DataType type) {
  switch (type) {
    case DataType::kFloat16Vector: return {-65504, 65504};
    case DataType::kBFloat16Vector: return {-0x1.fep127F, 0x1.fep127F};
    case DataType::kInt8Vector: return {INT8_MIN, INT8_MAX, true};
    default: return {-std::numeric_limits<float>::max(), std::numeric_limits<float>::max()};
  }
}

}  // namespace

RowBatch MakeBatch(const CollectionSchema& schema) {
  RowBatch batch;
  for (const FieldSchema& field : schema.fields) batch.columns.push_back(field.MakeColumn());
  return batch;
}

Status AppendNumbers(const FieldSchema& field, std::span<const float> numbers, Column& vectors) {
  const NumberRange range = NumberRangeOf(field.type);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t row = vectors.num_rows() + i / field.dim;
    const float x = numbers[i];
    VG_RETURN_IF_ERROR(CheckFinite(field, row, x));
    if (x < range.low || x > range.high || (range.whole && x != std::trunc(x))) {
      return BadValue(
          field, row,
          fmt::format("value {} does not fit {}: {} from {} to {} do", x, DataTypeName(field.type),
                      range.whole ? "whole numbers" : "numbers", range.low, range.high));
    }
  }
  for (size_t at = 0; at < numbers.size(); at += field.dim) {
    vectors.AppendVector(numbers.subspan(at, field.dim));
  }
  return Ok();
}

Status ValidateVectors(const FieldSchema& field, const Column& vectors) {
  if (vectors.dim() != field.dim) {
    return InvalidArgument(
        fmt::format("vector dimension mismatch in field {}, expected {}, actual {}", field.name,
                    field.dim, vectors.dim()),
        Subject::kField);
  }
  if (field.type == DataType::kBinaryVector) return Ok();  // Any bits will do.
  for (size_t row = 0; row < vectors.num_rows(); ++row) {
    const size_t bad = FirstNotFinite(field.type, vectors.VectorBytesAt(row).data(), field.dim);
    if (bad == field.dim) continue;
    std::vector<float> scratch;
    return BadValue(field, row,
                    fmt::format("value '{}' is not a number or infinity",
                                vectors.NumbersAt(row, scratch)[bad]));
  }
  return Ok();
}

Status ValidateBatch(const CollectionSchema& schema, const RowBatch& batch) {
  if (batch.columns.size() != schema.fields.size()) {
    return InvalidArgument(fmt::format("a batch of collection {} has {} columns, expected {}",
                                       schema.name, batch.columns.size(), schema.fields.size()));
  }
  const size_t rows = batch.num_rows();
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    const FieldSchema& field = schema.fields[i];
    const Column& column = batch.columns[i];
    if (column.type() != field.type) {
      return InvalidArgument(fmt::format("field {}: data type {} found, {} expected", field.name,
                                         DataTypeName(column.type()), DataTypeName(field.type)),
                             Subject::kField);
    }
    if (column.num_rows() != rows) {
      return InvalidArgument(
          fmt::format("the num_rows ({}) of field ({}) is not equal to passed num_rows ({})",
                      column.num_rows(), field.name, rows),
          Subject::kField);
    }
    VG_RETURN_IF_ERROR(CheckValues(field, column));
  }
  return Ok();
}

}  // namespace vecgate
