// CodeSpace: one representation of the vectors of a field (full precision or a code) and the
// distances that it gives, where smaller is nearer. Graphs walk and are built over a CodeSpace
// without knowing which.
//
// Life: Train once, then Reserve and Encode slot by slot, then distances to encoded slots.
// Thread safety: Encode of different slots from any thread; everything const from any thread for
// slots whose Encode happened before (the index orders the two by publishing the slot).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/segmented_array.h"
#include "index/slot.h"

namespace vecgate::index {

/// A query in the form that its CodeSpace compares; only that space reads it. Reused from query to
/// query so that a search allocates nothing.
class PreparedQuery {
 public:
  /// At least `size_bytes`, 64-byte aligned, contents unspecified. Valid until the next call.
  char* Resize(size_t size_bytes);
  [[nodiscard]] const char* data() const { return aligned_; }

 private:
  std::vector<char> memory_;
  char* aligned_ = nullptr;
};

class CodeSpace {
 public:
  virtual ~CodeSpace() = default;

  /// Learns what codes need from `count` vectors (count × dim, row-major). Deterministic.
  /// kInvalidArgument, Subject::kIndex, when `count` is below training_rows().
  virtual Status Train(const float* vectors, size_t count) = 0;
  /// Fewest vectors that Train needs; 0 when there is nothing to learn.
  [[nodiscard]] virtual size_t training_rows() const = 0;

  /// Makes codes of slots [0, slots) writable. kResourceExhausted when memory ends.
  virtual Status Reserve(size_t slots) = 0;
  /// Stores the code of a slot. REQUIRES: reserved; trained; `vector` holds `dim` floats in the
  /// metric's own form (of length 1 for COSINE).
  virtual void Encode(Slot slot, const float* vector) = 0;

  /// `query` holds `dim` floats in the metric's own form.
  virtual void Prepare(const float* query, PreparedQuery& out) const = 0;
  /// A stored vector as a query. REQUIRES: encoded.
  virtual void PrepareStored(Slot slot, PreparedQuery& out) const = 0;
  /// out[i] is the (estimated) distance of slots[i]; never NaN. Fetches codes ahead of their use.
  virtual void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                         float* out) const = 0;

  /// What Train learnt, as bytes for a snapshot; and taking it up in place of Train: kDataLoss when
  /// the bytes are not what Learnt() gives for the same parameters.
  [[nodiscard]] virtual std::string Learnt() const = 0;
  virtual Status SetLearnt(std::string_view bytes) = 0;
  /// The codes by slot, fixed width, everything that Distances reads of a slot; null when this
  /// space stores nothing of its own (the full vectors).
  [[nodiscard]] virtual const SegmentedArray<char>* codes() const = 0;
  [[nodiscard]] virtual SegmentedArray<char>* codes() = 0;
};

}  // namespace vecgate::index
