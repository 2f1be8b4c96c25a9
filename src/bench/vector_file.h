// VectorFile and IdFile: data sets as the field exchanges them, read in place.
//
//   .npy            NumPy, C order, 2-D; '<f4' for vectors, '<i4' for ids
//   .fvecs .ivecs   each row: its length as int32, then that many float32 or int32
//   .fbin  .ibin    rows and columns as two uint32, then the rows; an .ibin of ids may carry as
//   many
//                   float32 distances behind them, which are not read
//
// All little-endian. A malformed file is an Error that names it, what was found and what is
// allowed; vectors must be finite, and there is at least one row and one column.
//
// Thread safety: immutable. Ownership: owns the mapping; Row() points into it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "bench/mapped_file.h"

namespace vecgate::bench {

/// Where a file's rows lie: row r has `columns` values of 4 bytes, the first of them
/// `first_byte + 4 * r * stride` bytes into the file.
struct RowLayout {
  size_t first_byte = 0;
  size_t rows = 0;
  size_t columns = 0;
  size_t stride = 0;  ///< In values.
};

template <typename T>
class MappedRows {
 public:
  MappedRows(MappedFile file, const RowLayout& layout) : file_(std::move(file)), layout_(layout) {}

  [[nodiscard]] size_t rows() const { return layout_.rows; }
  [[nodiscard]] size_t columns() const { return layout_.columns; }
  /// REQUIRES: row < rows().
  [[nodiscard]] const T* Row(size_t row) const {
    return reinterpret_cast<const T*>(file_.bytes().data() + layout_.first_byte) +
           row * layout_.stride;
  }
  [[nodiscard]] std::span<const T> RowSpan(size_t row) const { return {Row(row), columns()}; }

 private:
  MappedFile file_;
  RowLayout layout_;
};

using VectorFile = MappedRows<float>;
using IdFile = MappedRows<int32_t>;

/// kNotFound when it cannot be opened, kInvalidArgument when it is malformed.
Result<VectorFile> OpenVectors(const std::string& path);
Result<IdFile> OpenIds(const std::string& path);

}  // namespace vecgate::bench
