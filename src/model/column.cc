#include "model/column.h"

#include "base/bytes.h"
#include "base/check.h"

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
    case DataType::kNone:
    case DataType::kBinaryVector:
    case DataType::kFloat16Vector:
    case DataType::kBFloat16Vector:
    case DataType::kSparseFloatVector:
    case DataType::kInt8Vector: break;
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
    : type_(type), element_type_(element_type), dim_(dim), data_(EmptyData(type)) {}

size_t Column::num_rows() const {
  const size_t items = std::visit([](const auto& v) { return v.size(); }, data_);
  return dim_ > 0 ? items / dim_ : items;
}

std::span<const float> Column::VectorAt(size_t row) const {
  return std::span<const float>(As<float>()).subspan(row * dim_, dim_);
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
  auto& floats = As<float>();
  floats.insert(floats.end(), vector.begin(), vector.end());
}

void Column::AppendFrom(const Column& other, size_t row) {
  if (dim_ > 0) {
    AppendVector(other.VectorAt(row));
    return;
  }
  std::visit([&](auto& v) { v.push_back(std::get<std::decay_t<decltype(v)>>(other.data_)[row]); },
             data_);
  MarkValid(!other.IsNull(row));
}

void Column::AssignFrom(size_t row, const Column& other, size_t from) {
  if (dim_ > 0) {
    const auto vector = other.VectorAt(from);
    std::copy(vector.begin(), vector.end(), As<float>().begin() + static_cast<long>(row * dim_));
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
  std::visit([&](auto& v) { v.reserve(dim_ > 0 ? rows * dim_ : rows); }, data_);
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
    out.PutRaw(VectorAt(row).data(), dim_ * sizeof(float));
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
    VG_ASSIGN_OR_RETURN(const std::string_view raw, in.GetRaw(dim_ * sizeof(float)));
    auto& floats = As<float>();
    floats.resize(floats.size() + dim_);
    std::memcpy(floats.data() + floats.size() - dim_, raw.data(), raw.size());
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

PrimaryKey PrimaryKeyAt(const Column& column, size_t row) {
  if (column.type() == DataType::kVarChar) return column.As<std::string>()[row];
  return column.As<int64_t>()[row];
}

}  // namespace vecgate
