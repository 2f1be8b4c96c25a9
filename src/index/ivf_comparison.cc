#include "index/ivf_comparison.h"

#include <algorithm>
#include <utility>

namespace vecgate::index {
namespace {

constexpr size_t kSlotsBetweenChecks = 4096;
constexpr size_t kBlock = InvertedLists::kBlock;

}  // namespace

IvfComparison::IvfComparison(const OpContext& context, const CodeSpace& codes,
                             const ProductCodeSpace* blocks, const float* query, size_t kept,
                             size_t most_distances)
    : context_(context),
      codes_(codes),
      blocks_(blocks),
      kept_(kept),
      distances_left_(most_distances) {
  codes.Prepare(query, query_);
  if (blocks != nullptr) rounded_ = blocks->RoundTable(query_, byte_table_);
}

Result<bool> IvfComparison::Take(const InvertedLists::Run& run, AcceptSlot accept) {
  const size_t in_blocks = blocks_ != nullptr ? run.slots.size() / kBlock * kBlock : 0;
  for (size_t at = 0; at < in_blocks && distances_left_ > 0; at += kBlock) {
    VG_RETURN_IF_ERROR(Count(kBlock));
    TakeBlock(&run.slots[at], run.blocks + at * blocks_->codes()->width(), accept);
  }
  for (size_t at = in_blocks; at < run.slots.size() && distances_left_ > 0; at += kBatch) {
    const auto batch = run.slots.subspan(at, std::min(kBatch, run.slots.size() - at));
    VG_RETURN_IF_ERROR(Count(batch.size()));
    TakeEach(batch, accept);
  }
  return distances_left_ > 0;
}

Status IvfComparison::Count(size_t slots) {
  if (slots_until_check_ == 0) {
    slots_until_check_ = kSlotsBetweenChecks;
    VG_RETURN_IF_ERROR(context_.Check());
  }
  slots_until_check_ -= std::min(slots_until_check_, slots);
  return Ok();
}

// Comparing a member of a block is cheaper than asking whether it is accepted: only those that
// would be kept are asked about.
void IvfComparison::TakeBlock(const Slot* slots, const uint8_t* block, AcceptSlot accept) {
  blocks_->BlockDistances(rounded_, byte_table_, block, distances_.data());
  for (size_t i = 0; i < kBlock; ++i) {
    const Neighbor found{distances_[i], slots[i]};
    if (Wants(found) && accept(found.slot)) Keep(found);
  }
  distances_left_ -= std::min(distances_left_, kBlock);
}

void IvfComparison::TakeEach(std::span<const Slot> slots, AcceptSlot accept) {
  size_t count = 0;
  for (const Slot slot : slots) {
    if (accept(slot)) accepted_[count++] = slot;
  }
  count = std::min(count, distances_left_);
  codes_.Distances(query_, accepted_.data(), count, distances_.data());
  for (size_t i = 0; i < count; ++i) {
    const Neighbor found{distances_[i], accepted_[i]};
    if (Wants(found)) Keep(found);
  }
  distances_left_ -= count;
}

void IvfComparison::Keep(const Neighbor& found) {
  if (best_.size() == kept_) {
    std::pop_heap(best_.begin(), best_.end());
    best_.pop_back();
  }
  best_.push_back(found);
  std::push_heap(best_.begin(), best_.end());
}

std::vector<Neighbor> IvfComparison::Best() {
  std::sort_heap(best_.begin(), best_.end());
  return std::move(best_);
}

}  // namespace vecgate::index
