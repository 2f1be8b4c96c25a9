// MappedFile: the bytes of a file, mapped read-only.
//
// Data sets are larger than what one wants to hold twice; a mapping is paged in as it is read and
// counts as RssFile, so that RssAnon stays the engine's.
//
// Thread safety: immutable once opened. Ownership: unmaps on destruction; views of bytes() end
// then.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace vecgate::bench {

class MappedFile {
 public:
  /// kNotFound for a file that cannot be opened, kInvalidArgument for what is not a regular file.
  /// Messages do not name the path; the caller does.
  static Result<MappedFile> Open(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile(void* data, size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace vecgate::bench
