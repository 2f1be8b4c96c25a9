// SegmentedArray: rows of a fixed width that grow without ever moving.
//
// Rows live in segments of 8,192; a segment, once made, keeps its address until the array is
// destroyed, so readers need no lock: Row() loads the segment's pointer with acquire, which pairs
// with the release store in Reserve(), and sees the zeroed memory behind it. What orders the
// *contents* of a row is the user's affair (a graph link, a published count).
//
// Thread safety: Row() from any thread for rows that were reserved; Reserve() from any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "index/mapped_memory.h"

namespace vecgate::index {

inline constexpr size_t kSegmentShift = 13;
inline constexpr size_t kRowsPerSegment = size_t{1} << kSegmentShift;
inline constexpr size_t kMostSegments = size_t{1} << 14;
/// 134 million: what one array can hold.
inline constexpr size_t kMostRows = kRowsPerSegment * kMostSegments;

/// `rows` rounded up to whole segments.
inline constexpr size_t WholeSegments(size_t rows) {
  return (rows + kRowsPerSegment - 1) / kRowsPerSegment;
}

template <typename T>
class SegmentedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// `width` is the number of T in one row, at least 1.
  explicit SegmentedArray(size_t width) : width_(width) { VG_CHECK(width > 0); }

  /// Makes rows [0, rows) exist; new ones are all zero bytes. kResourceExhausted when memory or
  /// the array's own limit ends; rows reserved before stay usable.
  Status Reserve(size_t rows) {
    const size_t wanted = WholeSegments(rows);
    if (wanted <= count_.load(std::memory_order_acquire)) return Ok();
    if (rows > kMostRows) {
      return ResourceExhausted("an index holds at most " + std::to_string(kMostRows) +
                               " row versions, " + std::to_string(rows) + " were asked for");
    }
    const std::lock_guard lock(growing_);
    VG_RETURN_IF_ERROR(MakeTable());
    while (count_.load(std::memory_order_relaxed) < wanted) VG_RETURN_IF_ERROR(Grow(wanted));
    return Ok();
  }

  /// Uses `data`, whole segments of rows one after another inside `keeper`'s mapping, as the first
  /// `segments` segments. REQUIRES: nothing was reserved yet. Shares `keeper` because several
  /// arrays may lie in one mapped file.
  Status Adopt(std::shared_ptr<const MappedMemory> keeper, char* data, size_t segments) {
    const std::lock_guard lock(growing_);
    VG_CHECK(count_.load(std::memory_order_relaxed) == 0 && segments <= kMostSegments);
    VG_RETURN_IF_ERROR(MakeTable());
    for (size_t i = 0; i < segments; ++i) {
      Install(i, reinterpret_cast<T*>(data + i * segment_bytes()));
    }
    keeper_ = std::move(keeper);
    return Ok();
  }

  /// Lets the whole segments among rows [0, rows) lie in a file from `offset` on instead of in
  /// memory; addresses stay. Readers may go on. kUnavailable when the system refuses. REQUIRES: the
  /// file holds the same bytes and is never written again; no one writes those rows.
  Status MoveToFile(const std::string& path, uint64_t offset, size_t rows) {
    for (size_t i = 0; i < rows / kRowsPerSegment; ++i) {
      VG_RETURN_IF_ERROR(MapFileOver(reinterpret_cast<char*>(Row(i * kRowsPerSegment)),
                                     segment_bytes(), path, offset + i * segment_bytes()));
    }
    return Ok();
  }

  /// REQUIRES: row < rows reserved.
  T* Row(size_t row) const {
    const std::atomic_ref<T*> segment(table_[row >> kSegmentShift]);
    return segment.load(std::memory_order_acquire) + (row & (kRowsPerSegment - 1)) * width_;
  }

  [[nodiscard]] size_t width() const { return width_; }
  [[nodiscard]] size_t segment_bytes() const { return kRowsPerSegment * width_ * sizeof(T); }
  [[nodiscard]] size_t reserved_rows() const {
    return count_.load(std::memory_order_acquire) * kRowsPerSegment;
  }

 private:
  Status MakeTable() {
    if (table_ != nullptr) return Ok();
    VG_ASSIGN_OR_RETURN(table_memory_, MappedMemory::Zeroed(kMostSegments * sizeof(T*)));
    table_ = reinterpret_cast<T**>(table_memory_.data());
    return Ok();
  }
  // Segments are made in blocks that double, up to a limit, so that big arrays lie in few and large
  // mappings, which the system backs by huge pages; memory never touched costs nothing.
  Status Grow(size_t wanted) {
    constexpr size_t kMostBlockBytes = size_t{128} << 20;
    const size_t have = count_.load(std::memory_order_relaxed);
    const size_t most = std::max<size_t>(1, kMostBlockBytes / segment_bytes());
    const size_t block = std::min({std::max(wanted - have, have), most, kMostSegments - have});
    VG_ASSIGN_OR_RETURN(MappedMemory memory, MappedMemory::Zeroed(block * segment_bytes()));
    for (size_t i = 0; i < block; ++i) {
      Install(have + i, reinterpret_cast<T*>(memory.data() + i * segment_bytes()));
    }
    owned_.push_back(std::move(memory));
    return Ok();
  }
  void Install(size_t index, T* segment) {
    std::atomic_ref<T*>(table_[index]).store(segment, std::memory_order_release);
    count_.store(index + 1, std::memory_order_release);
  }

  const size_t width_;
  std::atomic<size_t> count_{0};
  // Set once, before the first count_ above zero is released; readers come after that.
  T** table_ = nullptr;

  std::mutex growing_;  // guards what follows
  MappedMemory table_memory_;
  std::vector<MappedMemory> owned_;
  std::shared_ptr<const MappedMemory> keeper_;
};

}  // namespace vecgate::index
