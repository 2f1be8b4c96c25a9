// MemoryBudget: how many bytes the collections of an engine may hold in memory, and how many they
// do.
//
// Writes are charged before they are stored and refused when there is no room; what collections
// hold is counted anew by structure from time to time, which puts the estimates right. Thread
// safety: any method from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "base/result.h"

namespace vecgate::embedded {

class MemoryBudget {
 public:
  /// `limit_bytes` 0: no limit.
  explicit MemoryBudget(size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Charges `size_bytes`; kResourceExhausted, charging nothing, when they do not fit.
  Status Take(size_t size_bytes) {
    const size_t before = used_bytes_.fetch_add(size_bytes);
    if (limit_bytes_ == 0 || before + size_bytes <= limit_bytes_) return Ok();
    used_bytes_.fetch_sub(size_bytes);
    return ResourceExhausted(
        "the memory budget of " + Megabytes(limit_bytes_) + " MB has no room for " +
        Megabytes(size_bytes) + " MB more: " + Megabytes(before) +
        " MB are used; raise engine.memory_budget_mb, drop collections, or index with AUTOINDEX, "
        "whose profile compact needs the least");
  }
  /// Replaces what was charged for `before_bytes` by what was counted.
  void Recount(size_t before_bytes, size_t now_bytes) {
    used_bytes_.fetch_add(now_bytes - before_bytes);
  }

  [[nodiscard]] size_t used_bytes() const { return used_bytes_.load(); }
  /// Little is left: what can lie in files should go there.
  [[nodiscard]] bool IsTight() const {
    return limit_bytes_ != 0 && used_bytes_.load() > limit_bytes_ / 4 * 3;
  }

 private:
  // One decimal, so that a small batch does not read as nothing.
  static std::string Megabytes(size_t size_bytes) {
    const size_t tenths = (size_bytes * 10 + (size_t{1} << 20) - 1) >> 20;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
  }

  const size_t limit_bytes_;
  std::atomic<size_t> used_bytes_{0};
};

}  // namespace vecgate::embedded
