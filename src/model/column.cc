#include "model/column.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "model/vector_values.h"

namespace vecgate {
namespace {

Column::Data EmptyData(DataType type) {
  switch (type) {
    case DataType::kBool: return std::vector<uint8_t>{};
    case DataType::kInt8:
    case DataType::kInt16:
    case DataType::kInt32:
    case DataType::kInt64: return std::vector<int64_t>{};
    case DataType::kFloat:
    case DataType::kFloatVector: return std::vector<float>{};
    case DataType::kDouble: return std::vector<double>{};
    case DataType::kVarChar:
    case DataType::kJson: return std::vector<std::string>{};
    case DataType::kArray: return std::vector<Array>{};
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
    case DataType::kInt8Vector:
    case DataType::kBinaryVector: return std::vector<uint8_t>{};
    case DataType::kNone:
    case DataType::kSparseFloatVector: break;
  }
  // Schema validation refuses the types that have no storage yet.
  VG_CHECK(type == DataType::kNone);
  return std::vector<uint8_t>{};
}

template <typename T>
void EncodeElement(const T& value, ByteWriter& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    out.PutString(value);
  } else {
    out.Put(value);
  }
}

template <typename T>
Result<T> DecodeElement(ByteReader& in) {
  if constexpr (std::is_same_v<T, std::string>) {
    VG_ASSIGN_OR_RETURN(const std::string_view text, in.GetString());
    return std::string(text);
  } else {
    return in.Get<T>();
  }
}

void EncodeArray(const Array& array, ByteWriter& out) {
  std::visit(
      [&](const auto& items) {
        out.Put(static_cast<uint32_t>(items.size()));
        for (const auto& item : items) EncodeElement(item, out);
      },
      array);
}

Result<Array> DecodeArray(DataType element_type, ByteReader& in) {
  VG_ASSIGN_OR_RETURN(const uint32_t size, in.Get<uint32_t>());
  Array array = EmptyArray(element_type);
  Status status;
  std::visit(
      [&](auto& items) {
        using T = typename std::decay_t<decltype(items)>::value_type;
        for (uint32_t i = 0; i < size; ++i) {
          Result<T> item = DecodeElement<T>(in);
          if (!item.has_value()) {
            status = std::move(item.error());
            return;
          }
          items.push_back(std::move(*item));
        }
      },
      array);
  VG_RETURN_IF_ERROR(std::move(status));
  return array;
}

size_t HeapBytes(const std::string& text) { return text.capacity() > 15 ? text.capacity() : 0; }

size_t HeapBytes(const Array& array) {
  return std::visit(
      [](const auto& items) {
        using T = typename std::decay_t<decltype(items)>::value_type;
        size_t bytes = items.capacity() * sizeof(T);
        if constexpr (std::is_same_v<T, std::string>) {
          for (const std::string& item : items) bytes += HeapBytes(item);
        }
        return bytes;
      },
      array);
}

}  // namespace

size_t ArrayLength(const Array& array) {
  return std::visit([](const auto& items) { return items.size(); }, array);
}

Array EmptyArray(DataType element_type) {
  switch (element_type) {
    case DataType::kBool: return std::vector<uint8_t>{};
    case DataType::kFloat: return std::vector<float>{};
    case DataType::kDouble: return std::vector<double>{};
    case DataType::kVarChar: return std::vector<std::string>{};
    default: return std::vector<int64_t>{};
  }
}

Column::Column(DataType type, uint32_t dim, DataType element_type)
    : type_(type), element_type_(element_type), dim_(dim), data_(EmptyData(type)) {
  if (dim > 0) row_items_ = type == DataType::kFloatVector ? dim : VectorSizeBytes(type, dim);
}

size_t Column::num_rows() const {
  const size_t items = std::visit([](const auto& v) { return v.size(); }, data_);
  return row_items_ > 0 ? items / row_items_ : items;
}

std::span<const float> Column::VectorAt(size_t row) const {
  return std::span<const float>(As<float>()).subspan(row * dim_, dim_);
}

std::span<const float> Column::NumbersAt(size_t row, std::vector<float>& scratch) const {
  if (type_ == DataType::kFloatVector) return VectorAt(row);
  scratch.resize(dim_);
  ToFloats(type_, VectorBytesAt(row).data(), dim_, scratch.data());
  return scratch;
}

std::string_view Column::VectorBytesAt(size_t row) const {
  const size_t size = VectorSizeBytes(type_, dim_);
  return std::visit(
      [=](const auto& v) {
        return std::string_view(reinterpret_cast<const char*>(v.data()) + row * size, size);
      },
      data_);
}

Value Column::ValueAt(size_t row) const {
  if (IsNull(row)) return std::monostate{};
  if (type_ == DataType::kBool) return As<uint8_t>()[row] != 0;
  return std::visit(
      [row](const auto& v) -> Value {
        using T = typename std::decay_t<decltype(v)>::value_type;
        if constexpr (std::is_same_v<T, uint8_t>) {
          return v[row] != 0;
        } else {
          return v[row];
        }
      },
      data_);
}

void Column::MarkValid(bool valid) {
  // Called after the value was added: rows before it were all valid while valid_ was empty.
  if (valid && valid_.empty()) return;
  valid_.resize(num_rows(), 1);
  valid_.back() = valid ? 1 : 0;
}

void Column::Append(const Value& value) {
  const bool is_null = std::holds_alternative<std::monostate>(value);
  std::visit(
      [&](auto& v) {
        using T = typename std::decay_t<decltype(v)>::value_type;
        if (is_null) {
          if constexpr (std::is_same_v<T, Array>) {
            v.push_back(EmptyArray(element_type_));
          } else {
            v.emplace_back();
          }
        } else if constexpr (std::is_same_v<T, uint8_t>) {
          v.push_back(std::get<bool>(value) ? 1 : 0);
        } else {
          v.push_back(std::get<T>(value));
        }
      },
      data_);
  MarkValid(!is_null);
}

void Column::AppendVector(std::span<const float> vector) {
  VG_CHECK(vector.size() == dim_);
  if (type_ == DataType::kFloatVector) {
    auto& floats = As<float>();
    floats.insert(floats.end(), vector.begin(), vector.end());
    return;
  }
  auto& bytes = As<uint8_t>();
  bytes.resize(bytes.size() + row_items_);
  FromFloats(type_, vector.data(), dim_,
             reinterpret_cast<char*>(bytes.data() + bytes.size() - row_items_));
}

void Column::AppendVectorBytes(std::string_view bytes) {
  VG_CHECK(bytes.size() % VectorSizeBytes(type_, dim_) == 0);
  const auto append = [bytes](auto& items) {
    const size_t before = items.size();
    items.resize(before + bytes.size() / sizeof(items[0]));
    std::memcpy(items.data() + before, bytes.data(), bytes.size());
  };
  if (bytes.empty()) return;
  if (type_ == DataType::kFloatVector) {
    append(As<float>());
  } else {
    append(As<uint8_t>());
  }
}

void Column::AppendFrom(const Column& other, size_t row) {
  if (dim_ > 0) {
    AppendVectorBytes(other.VectorBytesAt(row));
    return;
  }
  std::visit([&](auto& v) { v.push_back(std::get<std::decay_t<decltype(v)>>(other.data_)[row]); },
             data_);
  MarkValid(!other.IsNull(row));
}

void Column::AssignFrom(size_t row, const Column& other, size_t from) {
  if (dim_ > 0) {
    std::visit(
        [&](auto& items) {
          const auto& others = std::get<std::decay_t<decltype(items)>>(other.data_);
          std::copy_n(others.begin() + static_cast<ptrdiff_t>(from * row_items_), row_items_,
                      items.begin() + static_cast<ptrdiff_t>(row * row_items_));
        },
        data_);
    return;
  }
  std::visit([&](auto& v) { v[row] = std::get<std::decay_t<decltype(v)>>(other.data_)[from]; },
             data_);
  if (other.IsNull(from) || !valid_.empty()) {
    valid_.resize(num_rows(), 1);
    valid_[row] = other.IsNull(from) ? 0 : 1;
  }
}

Column Column::Gather(std::span<const uint32_t> rows) const {
  Column out = EmptyLike();
  out.Reserve(rows.size());
  for (const uint32_t row : rows) out.AppendFrom(*this, row);
  return out;
}

void Column::Reserve(size_t rows) {
  std::visit([&](auto& v) { v.reserve(row_items_ > 0 ? rows * row_items_ : rows); }, data_);
}

size_t Column::SizeBytes() const {
  size_t bytes = valid_.capacity();
  std::visit(
      [&](const auto& v) {
        using T = typename std::decay_t<decltype(v)>::value_type;
        bytes += v.capacity() * sizeof(T);
        if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Array>) {
          for (const T& item : v) bytes += HeapBytes(item);
        }
      },
      data_);
  return bytes;
}

void Column::EncodeRow(size_t row, ByteWriter& out) const {
  out.Put(static_cast<uint8_t>(IsNull(row) ? 1 : 0));
  if (IsNull(row)) return;
  if (dim_ > 0) {
    const std::string_view vector = VectorBytesAt(row);
    out.PutRaw(vector.data(), vector.size());
    return;
  }
  std::visit(
      [&](const auto& v) {
        using T = typename std::decay_t<decltype(v)>::value_type;
        if constexpr (std::is_same_v<T, Array>) {
          EncodeArray(v[row], out);
        } else {
          EncodeElement(v[row], out);
        }
      },
      data_);
}

Status Column::DecodeRow(ByteReader& in) {
  VG_ASSIGN_OR_RETURN(const uint8_t is_null, in.Get<uint8_t>());
  if (is_null != 0) {
    if (dim_ > 0) return DataLoss("encoded vector is null");
    Append(std::monostate{});
    return Ok();
  }
  if (dim_ > 0) {
    VG_ASSIGN_OR_RETURN(const std::string_view raw, in.GetRaw(VectorSizeBytes(type_, dim_)));
    AppendVectorBytes(raw);
    return Ok();
  }
  Status status;
  std::visit(
      [&](auto& v) {
        using T = typename std::decay_t<decltype(v)>::value_type;
        Result<T> item = [&]() -> Result<T> {
          if constexpr (std::is_same_v<T, Array>) {
            return DecodeArray(element_type_, in);
          } else {
            return DecodeElement<T>(in);
          }
        }();
        if (item.has_value()) {
          v.push_back(std::move(*item));
        } else {
          status = std::move(item.error());
        }
      },
      data_);
  VG_RETURN_IF_ERROR(std::move(status));
  MarkValid(true);
  return Ok();
}

Column FloatVectors(uint32_t dim, std::span<const float> numbers) {
  Column column(DataType::kFloatVector, dim);
  VG_CHECK(numbers.size() % dim == 0);
  column.As<float>().assign(numbers.begin(), numbers.end());
  return column;
}

PrimaryKey PrimaryKeyAt(const Column& column, size_t row) {
  if (column.type() == DataType::kVarChar) return column.As<std::string>()[row];
  return column.As<int64_t>()[row];
}

}  // namespace vecgate
