// Little-endian encoding into byte strings and checked decoding out of them.
//
// Every on-disk and on-wire format of ours is written with these two. Thread safety: values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace vecgate {

/// Appends fixed-width little-endian integers and length-prefixed strings to a string.
class ByteWriter {
 public:
  template <typename T>
  requires std::is_arithmetic_v<T>
  void Put(T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value,
                sizeof(T));  // x86-64 and AArch64 are little-endian; see static_assert.
    out_.append(raw, sizeof(T));
  }
  /// u32 length, then the bytes.
  void PutString(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    out_.append(text);
  }
  /// The bytes alone, without a length.
  void PutRaw(const void* data, size_t size_bytes) {
    out_.append(static_cast<const char*>(data), size_bytes);
  }
  [[nodiscard]] const std::string& bytes() const { return out_; }
  std::string Take() { return std::move(out_); }
  void Reserve(size_t size_bytes) { out_.reserve(size_bytes); }

 private:
  std::string out_;
};

/// Reads what ByteWriter wrote. Every read is checked against the end; a short input is kDataLoss.
/// The input is borrowed and must outlive the reader and every view it gave.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  template <typename T>
  requires std::is_arithmetic_v<T> Result<T> Get() {
    if (in_.size() < sizeof(T)) return Short(sizeof(T));
    T value;
    std::memcpy(&value, in_.data(), sizeof(T));
    in_.remove_prefix(sizeof(T));
    return value;
  }
  Result<std::string_view> GetString() {
    VG_ASSIGN_OR_RETURN(const uint32_t size, Get<uint32_t>());
    return GetRaw(size);
  }
  Result<std::string_view> GetRaw(size_t size_bytes) {
    if (in_.size() < size_bytes) return Short(size_bytes);
    const std::string_view out = in_.substr(0, size_bytes);
    in_.remove_prefix(size_bytes);
    return out;
  }
  [[nodiscard]] size_t remaining() const { return in_.size(); }

 private:
  [[nodiscard]] Error Short(size_t wanted) const {
    return DataLoss("encoded data ends early: " + std::to_string(wanted) + " bytes wanted, " +
                    std::to_string(in_.size()) + " left");
  }
  std::string_view in_;
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "formats are little-endian");

}  // namespace vecgate
