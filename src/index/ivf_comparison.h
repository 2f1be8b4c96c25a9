// IvfComparison: one query's way through inverted lists: compares their members by code and keeps
// the nearest that are accepted.
//
// Thread safety: belongs to one search. Everything given to it is borrowed and must outlive it.
#pragma once

#include <array>
#include <vector>

#include "base/op_context.h"
#include "index/ann_index.h"
#include "index/code_space.h"
#include "index/inverted_lists.h"
#include "index/quantize/product_code_space.h"

namespace vecgate::index {

class IvfComparison {
 public:
  static constexpr size_t kBatch = 64;

  /// Keeps the `kept` nearest. `blocks` is `codes` when runs come with blocks of its codes, else
  /// null. It is over after about `most_distances`.
  IvfComparison(const OpContext& context, const CodeSpace& codes, const ProductCodeSpace* blocks,
                const float* query, size_t kept, size_t most_distances);

  /// Compares the members of a run; false when that was the last distance allowed. kCancelled or
  /// kDeadlineExceeded as the context says.
  Result<bool> Take(const InvertedLists::Run& run, AcceptSlot accept);

  /// Members kept so far: all that were accepted, until there are `kept`.
  [[nodiscard]] size_t found() const { return best_.size(); }
  /// What was kept, nearest first; nothing is kept afterwards.
  std::vector<Neighbor> Best();

 private:
  /// Errors of the context, asked once in every few thousand slots.
  Status Count(size_t slots);
  void TakeBlock(const Slot* slots, const uint8_t* block, AcceptSlot accept);
  void TakeEach(std::span<const Slot> slots, AcceptSlot accept);
  [[nodiscard]] bool Wants(const Neighbor& found) const {
    return best_.size() < kept_ || found < best_.front();
  }
  void Keep(const Neighbor& found);

  const OpContext& context_;
  const CodeSpace& codes_;
  const ProductCodeSpace* const blocks_;
  const size_t kept_;
  size_t distances_left_;
  size_t slots_until_check_ = 0;

  PreparedQuery query_;
  ByteTable rounded_;
  std::vector<uint8_t> byte_table_;
  std::vector<Neighbor> best_;  // heap, farthest on top
  std::array<Slot, kBatch> accepted_;
  std::array<float, kBatch> distances_;
};

}  // namespace vecgate::index
