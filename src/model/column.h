// Column: the values of one field for n rows, stored together. The one representation of data
// that requests, filters, engines and answers share.
//
// Thread safety: a value; share as any value. Ownership: owns its data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/types.h"

namespace vecgate {

/// One value of an ARRAY field: a list of one element type.
/// Bool as uint8_t (0 or 1), every integer type as int64_t.
using Array = std::variant<std::vector<uint8_t>, std::vector<int64_t>, std::vector<float>,
                           std::vector<double>, std::vector<std::string>>;

size_t ArrayLength(const Array& array);

/// One value of any scalar field; monostate is null. JSON is its text, as std::string.
using Value = std::variant<std::monostate, bool, int64_t, float, double, std::string, Array>;

class Column {
 public:
  /// Bool → uint8_t; INT8…INT64 → int64_t; FLOAT → float; DOUBLE → double; VARCHAR and JSON (its
  /// text) → string; ARRAY → Array; FLOAT_VECTOR → float, row-major n × dim; other vectors →
  /// uint8_t, their bytes (model/vector_values.h) row after row.
  using Data = std::variant<std::vector<uint8_t>, std::vector<int64_t>, std::vector<float>,
                            std::vector<double>, std::vector<std::string>, std::vector<Array>>;

  Column() = default;
  /// An empty column. `dim` is the dimension of a vector field and 0 for others.
  /// `element_type` matters for kArray alone.
  explicit Column(DataType type, uint32_t dim = 0, DataType element_type = DataType::kNone);

  [[nodiscard]] DataType type() const { return type_; }
  [[nodiscard]] DataType element_type() const { return element_type_; }
  /// Values per row for vectors, else 0.
  [[nodiscard]] uint32_t dim() const { return dim_; }
  [[nodiscard]] size_t num_rows() const;

  [[nodiscard]] const Data& data() const { return data_; }
  [[nodiscard]] Data& data() { return data_; }
  template <typename T>
  [[nodiscard]] const std::vector<T>& As() const {
    return std::get<std::vector<T>>(data_);
  }
  template <typename T>
  [[nodiscard]] std::vector<T>& As() {
    return std::get<std::vector<T>>(data_);
  }
  /// Row `row` of a FLOAT_VECTOR column, `dim` floats. REQUIRES: type() is kFloatVector.
  [[nodiscard]] std::span<const float> VectorAt(size_t row) const;
  /// Row `row` of a column of vectors of numbers as float32: a view of the column's own, or of
  /// `scratch`. Valid until either changes.
  [[nodiscard]] std::span<const float> NumbersAt(size_t row, std::vector<float>& scratch) const;
  /// Row `row` of any vector column as it is stored. Valid until the column changes.
  [[nodiscard]] std::string_view VectorBytesAt(size_t row) const;

  /// Empty when no row is null; else one byte a row, 0 for null. A null row holds a default value.
  [[nodiscard]] const std::vector<uint8_t>& valid() const { return valid_; }
  [[nodiscard]] bool IsNull(size_t row) const { return !valid_.empty() && valid_[row] == 0; }
  /// REQUIRES: valid.size() == num_rows(), or empty.
  void set_valid(std::vector<uint8_t> valid) { valid_ = std::move(valid); }

  /// The value at `row` (null as monostate). Not for vectors.
  [[nodiscard]] Value ValueAt(size_t row) const;
  /// Adds one scalar value of this column's type, or null. REQUIRES: the variant fits the type.
  void Append(const Value& value);
  /// Adds one vector of numbers, each as the nearest that this column's type has.
  /// REQUIRES: vector.size() == dim(); no NaN.
  void AppendVector(std::span<const float> vector);
  /// Adds vectors as they are stored. REQUIRES: whole vectors of this column's type.
  void AppendVectorBytes(std::string_view bytes);
  /// Adds row `row` of `other`. REQUIRES: same type, dim and element type.
  void AppendFrom(const Column& other, size_t row);
  /// Replaces row `row` by row `from` of `other`. REQUIRES: as AppendFrom.
  void AssignFrom(size_t row, const Column& other, size_t from);
  /// An empty column of the same type.
  [[nodiscard]] Column EmptyLike() const { return Column(type_, dim_, element_type_); }
  /// The rows `rows`, in that order.
  [[nodiscard]] Column Gather(std::span<const uint32_t> rows) const;
  void Reserve(size_t rows);
  /// Memory held, in bytes, strings and arrays included.
  [[nodiscard]] size_t SizeBytes() const;

  /// One row as bytes (ByteWriter's format: a null byte, then the value), and back.
  void EncodeRow(size_t row, class ByteWriter& out) const;
  Status DecodeRow(class ByteReader& in);

 private:
  void MarkValid(bool valid);

  DataType type_ = DataType::kNone;
  DataType element_type_ = DataType::kNone;
  uint32_t dim_ = 0;
  size_t row_items_ = 0;  // items of data_ per row of a vector column, else 0
  Data data_;
  std::vector<uint8_t> valid_;
};

/// A FLOAT_VECTOR column of row-major n × dim numbers. REQUIRES: whole rows.
Column FloatVectors(uint32_t dim, std::span<const float> numbers);

/// An empty Array of the variant alternative that holds elements of this type.
Array EmptyArray(DataType element_type);

/// The primary key at `row` of an INT64 or VARCHAR column.
PrimaryKey PrimaryKeyAt(const Column& column, size_t row);

}  // namespace vecgate
