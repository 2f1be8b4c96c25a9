// ByteRange: a half-open range of bytes in some text; the unit of citations and token offsets.
#pragma once

#include <cstddef>

namespace vecgate {

/// Bytes [begin, end) of a text that the context names.
struct ByteRange {
  size_t begin = 0;
  size_t end = 0;
  [[nodiscard]] size_t size() const { return end - begin; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace vecgate
