#include "index/code_space.h"

#include <cstdint>

namespace vecgate::index {

char* PreparedQuery::Resize(size_t size_bytes) {
  constexpr size_t kLine = 64;
  if (memory_.size() < size_bytes + kLine) memory_.resize(size_bytes + kLine);
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  aligned_ = memory_.data() + (kLine - address % kLine) % kLine;
  return aligned_;
}

}  // namespace vecgate::index
