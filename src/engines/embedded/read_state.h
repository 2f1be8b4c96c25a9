// ReadState: everything that one read sees, as of one sequence; and the slots behind it.
//
// A write appends new row versions in new slots and stamps the replaced ones with its sequence;
// then it publishes a new ReadState. A slot is visible in a state when it lies below its number of
// slots and was not stamped by a write that the state includes. So a read that holds a state sees
// each batch whole or not at all and exactly one version of every row, without a lock.
//
// Thread safety: a ReadState is immutable. A Slots object grows by one writer at a time; stamps are
// atomic words: a reader that loads a stamp either sees it or sees 0, and both mean "visible" for
// every state older than the stamp, which is why relaxed order is enough. Stamps that a state
// includes, and the marks of their blocks, were stored before that state was published under a
// mutex.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "engine/requests.h"
#include "engines/embedded/scalar_rows.h"
#include "index/segmented_array.h"
#include "index/vector_arena.h"

namespace vecgate::embedded {

class VectorIndex;

/// Vectors and stamps by slot. Replaced whole by compaction; states and indexes share it, so the
/// old one lives until the last read that began on it ends.
struct Slots {
  explicit Slots(const CollectionSchema& schema);

  Status Reserve(size_t slots);
  void StampDead(index::Slot slot, uint64_t sequence) {
    std::atomic_ref<uint64_t>(*died.Row(slot)).store(sequence, std::memory_order_relaxed);
    std::atomic_ref<uint8_t>(*block_has_dead.Row(slot / kSlotsPerBlock))
        .store(1, std::memory_order_relaxed);
  }
  /// The sequence of the write that replaced or deleted the row version; 0 while it lives.
  [[nodiscard]] uint64_t DiedAt(index::Slot slot) const {
    return std::atomic_ref<uint64_t>(*died.Row(slot)).load(std::memory_order_relaxed);
  }

  /// False when no slot of [block, block + 1) × kSlotsPerBlock was ever stamped, so that a read
  /// passes over their stamps.
  [[nodiscard]] bool BlockHasDead(size_t block) const {
    return std::atomic_ref<uint8_t>(*block_has_dead.Row(block)).load(std::memory_order_relaxed) !=
           0;
  }

  static constexpr size_t kSlotsPerBlock = 1024;

  /// By field; null for scalar fields.
  std::vector<std::unique_ptr<index::VectorArena>> arenas;
  index::SegmentedArray<uint64_t> died{1};
  index::SegmentedArray<uint8_t> block_has_dead{1};
};

struct ReadState {
  std::shared_ptr<Slots> slots;
  ScalarRows scalars;
  uint64_t sequence = 0;
  uint64_t live_rows = 0;
  std::map<uint32_t, uint64_t> rows_by_partition;
  /// By field; null without an index and for scalar fields.
  std::vector<std::shared_ptr<VectorIndex>> indexes;
  /// The indexes of scalar fields that were asked for; all parts hang on `scalars`. Shared by all
  /// states until one is created or dropped.
  std::shared_ptr<const std::vector<IndexSpec>> scalar_indexes;

  [[nodiscard]] size_t num_slots() const { return scalars.rows(); }
  [[nodiscard]] bool IsVisible(index::Slot slot) const {
    if (slot >= scalars.rows()) return false;
    const uint64_t died = slots->DiedAt(slot);
    return died == 0 || died > sequence;
  }
};

}  // namespace vecgate::embedded
