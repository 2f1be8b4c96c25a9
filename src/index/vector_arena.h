// VectorArena: the vectors of one field by slot: float32 and 1/|v| of each for COSINE, or bits.
//
// Bits lie 32 to a word where numbers have a float32, the rest of the last word zero; so whatever
// only passes rows on (scans, graph walks, snapshots) need not know which they are.
//
// Rows keep the vector exactly as it was stored; COSINE multiplies by the inverse length when it
// compares, so the same memory serves every metric and gives back what was written, bit for bit.
//
// Thread safety: Row() and InverseNorm() need no lock for slots whose Set() happened before (the
// publisher orders the two); Set() for different slots from any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "index/segmented_array.h"
#include "index/slot.h"

namespace vecgate::index {

/// What the words of a row are.
enum class Words { kNumbers, kBits };

class VectorArena {
 public:
  /// `dim` words a row.
  explicit VectorArena(size_t dim, Words words = Words::kNumbers)
      : dim_(dim), words_(words), rows_(dim), inverse_norms_(1) {}

  /// Makes slots [0, slots) writable. kResourceExhausted when memory ends.
  Status Reserve(size_t slots);
  /// Copies `dim` words. REQUIRES: slot was reserved and is not being read yet.
  void Set(Slot slot, const float* vector);

  [[nodiscard]] const float* Row(Slot slot) const { return rows_.Row(slot); }
  /// 1/|v|; 0 for the zero vector, which is thereby at cosine 0 from everything. REQUIRES: numbers.
  [[nodiscard]] float InverseNorm(Slot slot) const { return *inverse_norms_.Row(slot); }
  [[nodiscard]] size_t dim() const { return dim_; }
  /// Bytes that a slot takes.
  [[nodiscard]] size_t slot_bytes() const {
    return (dim_ + (words_ == Words::kNumbers ? 1 : 0)) * sizeof(float);
  }

  /// Writes slots [0, slots) to a file as docs/formats/section-file.md describes, beside and then
  /// renamed. `tag` is the owner's and comes back from Open.
  Status Save(const std::string& path, size_t slots, const std::string& tag) const;

  /// Lets the vectors of slots [0, slots) lie in the file that Save wrote instead of in memory: the
  /// system reads them when they are wanted and may forget them. Readers may go on. kUnavailable
  /// when it refuses.
  Status MoveToFile(const std::string& path, size_t slots);
  /// Slots whose vectors lie in a file.
  [[nodiscard]] size_t slots_in_file() const {
    return slots_in_file_.load(std::memory_order_relaxed);
  }

  struct Opened;
  /// Maps a file that Save wrote. kNotFound, or kDataLoss for anything that is not whole or has
  /// another dimension.
  static Result<Opened> Open(const std::string& path, size_t dim, Words words = Words::kNumbers);

 private:
  size_t dim_;
  Words words_;
  SegmentedArray<float> rows_;
  SegmentedArray<float> inverse_norms_;
  std::atomic<size_t> slots_in_file_{0};
};

struct VectorArena::Opened {
  std::unique_ptr<VectorArena> arena;
  size_t slots = 0;
  std::string tag;
};

}  // namespace vecgate::index
