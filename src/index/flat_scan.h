// FlatScan: the exact nearest slots, by comparing with every accepted one.
//
// Thread safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "index/slot.h"
#include "index/vector_space.h"

namespace vecgate::index {

/// Keeps the `limit` best neighbours under `better`, which must be a total order.
template <typename Better>
class TopK {
 public:
  TopK(size_t limit, Better better) : limit_(limit), better_(better) {}

  void Offer(const Neighbor& found) {
    if (heap_.size() < limit_) {
      heap_.push_back(found);
      std::push_heap(heap_.begin(), heap_.end(), better_);
    } else if (limit_ > 0 && better_(found, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), better_);
      heap_.back() = found;
      std::push_heap(heap_.begin(), heap_.end(), better_);
    }
  }
  /// Best first; the collector is empty afterwards.
  std::vector<Neighbor> Take() {
    std::sort_heap(heap_.begin(), heap_.end(), better_);
    return std::move(heap_);
  }

 private:
  size_t limit_;
  Better better_;
  std::vector<Neighbor> heap_;  // worst on top
};

/// Offers every slot that `next(slot)` yields to `visit(Neighbor)`. `next` stores the following
/// slot to look at and returns true, or returns false at the end. kCancelled or kDeadlineExceeded
/// as `context` says. REQUIRES: `query` was prepared by `space`.
template <typename Next, typename Visit>
Status FlatScan(const OpContext& context, const VectorSpace& space, const float* query, Next next,
                Visit visit) {
  constexpr size_t kBatch = 256;
  constexpr size_t kBatchesBetweenChecks = 32;
  std::array<Slot, kBatch> slots;
  std::array<float, kBatch> distances;
  size_t batches = 0;
  for (bool more = true; more;) {
    size_t count = 0;
    while (count < kBatch && (more = next(slots[count]))) ++count;
    space.Distances(query, slots.data(), count, distances.data());
    for (size_t i = 0; i < count; ++i) visit(Neighbor{distances[i], slots[i]});
    if (++batches % kBatchesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
  }
  return Ok();
}

}  // namespace vecgate::index
