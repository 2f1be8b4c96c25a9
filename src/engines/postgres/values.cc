#include "engines/postgres/values.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <type_traits>
#include <vector>

#include "model/vector_values.h"

namespace vecgate::postgres {
namespace {

// Numbers of the built-in types; they never change (src/include/catalog/pg_type.dat).
constexpr uint32_t kBoolOid = 16;
constexpr uint32_t kInt8Oid = 20;
constexpr uint32_t kInt2Oid = 21;
constexpr uint32_t kInt4Oid = 23;
constexpr uint32_t kTextOid = 25;
constexpr uint32_t kFloat4Oid = 700;
constexpr uint32_t kFloat8Oid = 701;

constexpr char kJsonbVersion = 1;

struct ScalarFormat {
  uint32_t oid;
  size_t bytes;
};

ScalarFormat FormatOf(DataType type) {
  switch (type) {
    case DataType::kBool: return {kBoolOid, 1};
    case DataType::kInt8:
    case DataType::kInt16: return {kInt2Oid, 2};
    case DataType::kInt32: return {kInt4Oid, 4};
    case DataType::kInt64: return {kInt8Oid, 8};
    case DataType::kFloat: return {kFloat4Oid, 4};
    case DataType::kDouble: return {kFloat8Oid, 8};
    default: return {kTextOid, 0};
  }
}

/// A number or truth value of `bytes` bytes, or a text.
template <typename T>
void AppendScalar(const T& value, size_t bytes, std::string& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    out += value;
  } else if constexpr (std::is_same_v<T, float>) {
    AppendBigEndian(out, std::bit_cast<uint32_t>(value), bytes);
  } else if constexpr (std::is_same_v<T, double>) {
    AppendBigEndian(out, std::bit_cast<uint64_t>(value), bytes);
  } else {
    AppendBigEndian(out, static_cast<uint64_t>(value), bytes);
  }
}

void AppendArrayHeader(uint32_t oid, size_t length, std::string& out) {
  AppendBigEndian(out, length == 0 ? 0 : 1, 4);  // dimensions
  AppendBigEndian(out, 0, 4);                    // no nulls
  AppendBigEndian(out, oid, 4);
  if (length == 0) return;
  AppendBigEndian(out, length, 4);
  AppendBigEndian(out, 1, 4);  // the first index
}

template <typename T>
void AppendItems(const std::vector<T>& items, ScalarFormat format, std::string& out) {
  AppendArrayHeader(format.oid, items.size(), out);
  for (const T& item : items) {
    size_t bytes = format.bytes;
    if constexpr (std::is_same_v<T, std::string>) bytes = item.size();
    AppendBigEndian(out, bytes, 4);
    AppendScalar(item, bytes, out);
  }
}

bool IsHalf(DataType type) {
  return type == DataType::kFloat16Vector || type == DataType::kInt8Vector;
}

void AppendVector(const FieldSchema& field, const Column& column, size_t row, std::string& out) {
  if (field.type == DataType::kBinaryVector) {
    AppendBigEndian(out, field.dim, 4);
    out += column.VectorBytesAt(row);
    return;
  }
  AppendBigEndian(out, field.dim, 2);
  AppendBigEndian(out, 0, 2);
  std::vector<float> scratch;
  const std::span<const float> numbers = column.NumbersAt(row, scratch);
  if (!IsHalf(field.type)) {
    for (const float x : numbers) AppendBigEndian(out, std::bit_cast<uint32_t>(x), 4);
    return;
  }
  std::vector<uint16_t> halves(numbers.size());
  FromFloats(DataType::kFloat16Vector, numbers.data(), numbers.size(),
             reinterpret_cast<char*>(halves.data()));
  for (const uint16_t half : halves) AppendBigEndian(out, half, 2);
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t out = 0;
  for (const char byte : bytes) out = out << 8 | static_cast<uint8_t>(byte);
  return out;
}

int64_t SignedBigEndian(std::string_view bytes) {
  const size_t unused = 64 - 8 * bytes.size();
  return static_cast<int64_t>(BigEndian(bytes) << unused) >> unused;
}

Error Misfit(const FieldSchema& field, std::string_view bytes) {
  return DataLoss(fmt::format("the column of field '{}' ({}) gave {} bytes that are no such value",
                              field.name, DataTypeName(field.type), bytes.size()),
                  Subject::kField);
}

Result<Value> ReadScalar(const FieldSchema& field, DataType type, std::string_view bytes) {
  const size_t wanted = FormatOf(type).bytes;
  if (wanted != 0 && bytes.size() != wanted) return Misfit(field, bytes);
  switch (type) {
    case DataType::kBool: return Value{bytes[0] != 0};
    case DataType::kFloat:
      return Value{std::bit_cast<float>(static_cast<uint32_t>(BigEndian(bytes)))};
    case DataType::kDouble: return Value{std::bit_cast<double>(BigEndian(bytes))};
    case DataType::kVarChar: return Value{std::string(bytes)};
    default: return Value{SignedBigEndian(bytes)};
  }
}

/// jsonb's own text, without the blanks it puts after ':' and ','.
Result<Value> ReadJson(const FieldSchema& field, std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kJsonbVersion) return Misfit(field, bytes);
  std::string out;
  out.reserve(bytes.size());
  bool in_text = false;
  for (size_t i = 1; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (!in_text && c == ' ') continue;
    if (c == '"') in_text = !in_text;
    out += c;
    if (in_text && c == '\\' && i + 1 < bytes.size()) out += bytes[++i];
  }
  return Value{std::move(out)};
}

Result<Value> ReadArray(const FieldSchema& field, std::string_view bytes) {
  constexpr size_t kEmptyHeader = 12;
  constexpr size_t kHeader = 20;
  Array out = EmptyArray(field.element_type);
  if (bytes.size() == kEmptyHeader) return Value{std::move(out)};
  // One dimension, and no element that is null.
  const bool plain = bytes.size() >= kHeader && BigEndian(bytes.substr(0, 4)) == 1 &&
                     BigEndian(bytes.substr(4, 4)) == 0;
  if (!plain) return Misfit(field, bytes);
  const uint64_t length = BigEndian(bytes.substr(12, 4));
  std::string_view rest = bytes.substr(kHeader);
  for (uint64_t i = 0; i < length; ++i) {
    const size_t size = rest.size() < 4 ? rest.size() : BigEndian(rest.substr(0, 4));
    if (rest.size() < 4 || rest.size() - 4 < size) return Misfit(field, bytes);
    VG_ASSIGN_OR_RETURN(Value item, ReadScalar(field, field.element_type, rest.substr(4, size)));
    rest.remove_prefix(4 + size);
    std::visit(
        [&](auto& items) {
          using Item = typename std::decay_t<decltype(items)>::value_type;
          if constexpr (std::is_same_v<Item, uint8_t>) {
            items.push_back(std::get<bool>(item) ? 1 : 0);
          } else {
            items.push_back(std::get<Item>(std::move(item)));
          }
        },
        out);
  }
  return Value{std::move(out)};
}

Status ReadVector(const FieldSchema& field, std::string_view bytes, Column& out) {
  if (field.type == DataType::kBinaryVector) {
    if (bytes.size() != 4 + field.dim / 8) return Misfit(field, bytes);
    out.AppendVectorBytes(bytes.substr(4));
    return Ok();
  }
  const size_t width = IsHalf(field.type) ? 2 : 4;
  if (bytes.size() != 4 + width * field.dim) return Misfit(field, bytes);
  std::vector<float> numbers(field.dim);
  if (width == 4) {
    for (size_t i = 0; i < numbers.size(); ++i) {
      uint32_t number = 0;
      std::memcpy(&number, bytes.data() + 4 + 4 * i, 4);
      numbers[i] = std::bit_cast<float>(__builtin_bswap32(number));
    }
  } else {
    std::vector<uint16_t> halves(field.dim);
    std::memcpy(halves.data(), bytes.data() + 4, 2 * halves.size());
    for (uint16_t& half : halves) half = __builtin_bswap16(half);
    ToFloats(DataType::kFloat16Vector, reinterpret_cast<const char*>(halves.data()), halves.size(),
             numbers.data());
  }
  out.AppendVector(numbers);
  return Ok();
}

Error NoText(const FieldSchema& field, size_t row, std::string_view what) {
  return InvalidArgument(fmt::format("field '{}' of row {} holds {}, which PostgreSQL cannot store",
                                     field.name, row, what),
                         Subject::kField);
}

/// Whether a JSON text spells the character NUL: \u0000 after an even number of backslashes.
bool SpellsNul(std::string_view json) {
  for (size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at + 2)) {
    if (json.substr(at, 6) == "\\u0000") return true;
  }
  return false;
}

bool HasNul(const Array& array) {
  const auto* texts = std::get_if<std::vector<std::string>>(&array);
  if (texts == nullptr) return false;
  for (const std::string& text : *texts) {
    if (text.find('\0') != std::string::npos) return true;
  }
  return false;
}

}  // namespace

void AppendBigEndian(std::string& out, uint64_t value, size_t bytes) {
  const uint64_t swapped = __builtin_bswap64(value);
  out.append(reinterpret_cast<const char*>(&swapped) + (sizeof(swapped) - bytes), bytes);
}

void AppendValue(const FieldSchema& field, const Column& column, size_t row, std::string& out) {
  if (IsVector(field.type)) return AppendVector(field, column, row, out);
  if (field.type == DataType::kJson) {
    out += kJsonbVersion;
    out += column.As<std::string>()[row];
    return;
  }
  const ScalarFormat format =
      FormatOf(field.type == DataType::kArray ? field.element_type : field.type);
  if (field.type == DataType::kArray) {
    std::visit([&](const auto& items) { AppendItems(items, format, out); },
               column.As<Array>()[row]);
    return;
  }
  std::visit(
      [&](const auto& values) {
        using Item = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (!std::is_same_v<Item, Array>) AppendScalar(values[row], format.bytes, out);
      },
      column.data());
}

Parameter VectorParameter(const FieldSchema& field, const Column& vectors, size_t row) {
  std::string bytes;
  AppendVector(field, vectors, row, bytes);
  return {.value = std::move(bytes), .format = Parameter::Format::kBinary};
}

Parameter KeysParameter(const FieldSchema& key, std::span<const PrimaryKey> keys) {
  std::string bytes;
  const ScalarFormat format = FormatOf(key.type);
  AppendArrayHeader(format.oid, keys.size(), bytes);
  for (const PrimaryKey& one : keys) {
    std::visit(
        [&](const auto& value) {
          std::string item;
          AppendScalar(value, format.bytes, item);
          AppendBigEndian(bytes, item.size(), 4);
          bytes += item;
        },
        one);
  }
  return {.value = std::move(bytes), .format = Parameter::Format::kBinary};
}

Parameter IntegersParameter(std::span<const int64_t> values) {
  std::string bytes;
  AppendItems(std::vector<int64_t>(values.begin(), values.end()), {kInt8Oid, 8}, bytes);
  return {.value = std::move(bytes), .format = Parameter::Format::kBinary};
}

Parameter TextParameter(std::string text) { return {.value = std::move(text)}; }

Parameter IntParameter(int64_t value) { return {.value = std::to_string(value)}; }

Status ReadValue(const FieldSchema& field, const Rows& rows, size_t row, size_t column,
                 Column& out) {
  const bool is_null = rows.IsNull(row, column);
  if (is_null && IsVector(field.type)) {
    out.AppendVectorBytes(std::string(VectorSizeBytes(field.type, field.dim), '\0'));
    return Ok();
  }
  if (is_null) {
    out.Append(Value{});
    return Ok();
  }
  const std::string_view bytes = rows.Bytes(row, column);
  if (IsVector(field.type)) return ReadVector(field, bytes, out);
  if (field.type == DataType::kArray) {
    VG_ASSIGN_OR_RETURN(const Value value, ReadArray(field, bytes));
    out.Append(value);
  } else if (field.type == DataType::kJson) {
    VG_ASSIGN_OR_RETURN(const Value value, ReadJson(field, bytes));
    out.Append(value);
  } else {
    VG_ASSIGN_OR_RETURN(const Value value, ReadScalar(field, field.type, bytes));
    out.Append(value);
  }
  return Ok();
}

Status CheckStorable(const CollectionSchema& schema, const RowBatch& batch) {
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    const FieldSchema& field = schema.fields[i];
    const Column& column = batch.columns[i];
    for (size_t row = 0; row < batch.num_rows(); ++row) {
      if (field.type == DataType::kVarChar &&
          column.As<std::string>()[row].find('\0') != std::string::npos) {
        return NoText(field, row, "the character NUL");
      }
      if (field.type == DataType::kJson && SpellsNul(column.As<std::string>()[row])) {
        return NoText(field, row, "the character \\u0000 in JSON");
      }
      if (field.type == DataType::kArray && HasNul(column.As<Array>()[row])) {
        return NoText(field, row, "the character NUL");
      }
    }
  }
  return Ok();
}

}  // namespace vecgate::postgres
