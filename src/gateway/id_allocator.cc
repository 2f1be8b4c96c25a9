#include "gateway/id_allocator.h"

#include <algorithm>

namespace vecgate::gateway {

Result<int64_t> IdAllocator::Take(int64_t count) {
  const std::lock_guard lock(mutex_);
  if (next_ + count > end_) {
    constexpr int kLogicalBits = 18;
    const int64_t block = std::max(count, kBlock);
    VG_ASSIGN_OR_RETURN(next_, store_.ReserveIds(clock_.UnixMillis() << kLogicalBits, block));
    end_ = next_ + block;
  }
  const int64_t first = next_;
  next_ += count;
  return first;
}

}  // namespace vecgate::gateway
