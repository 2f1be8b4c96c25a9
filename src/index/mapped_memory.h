// MappedMemory: one owned mapping, either zeroed memory or a private copy-on-write view of a file.
//
// Pages of zeroed memory cost nothing until they are touched. Writes to a file's mapping stay in
// this process and never reach the file. Thread safety: the object as any value; its bytes are
// the user's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace vecgate::index {

class MappedMemory {
 public:
  MappedMemory() = default;
  MappedMemory(MappedMemory&& other) noexcept;
  MappedMemory& operator=(MappedMemory&& other) noexcept;
  ~MappedMemory();

  /// `size_bytes` zero bytes, page-aligned. kResourceExhausted when the system gives no more.
  static Result<MappedMemory> Zeroed(size_t size_bytes);
  /// The whole file, readable and privately writable. kNotFound when there is none, kDataLoss when
  /// it is empty or cannot be mapped.
  static Result<MappedMemory> OfFile(const std::string& path);

  [[nodiscard]] char* data() const { return data_; }
  [[nodiscard]] size_t size_bytes() const { return size_bytes_; }

 private:
  MappedMemory(char* data, size_t size_bytes) : data_(data), size_bytes_(size_bytes) {}

  char* data_ = nullptr;
  size_t size_bytes_ = 0;
};

/// Puts a private view of the file's bytes [offset, offset + size_bytes) where `at` lies, in one
/// step: whoever reads there meanwhile sees the old bytes or the file's. kUnavailable when the
/// system refuses; nothing has changed then. REQUIRES: `at` and `offset` are multiples of the page
/// size, and `at` lies in a mapping of ours.
Status MapFileOver(char* at, size_t size_bytes, const std::string& path, uint64_t offset);

}  // namespace vecgate::index
