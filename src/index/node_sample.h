// NodeSample: some of the slots that were added to an index, each as likely to be among them as any
// other, for measuring the index on its own data.
//
// Reservoir sampling: J. S. Vitter, "Random sampling with a reservoir" (1985), algorithm R.
// Thread safety: any method from any thread; a slot that is read was added before.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "index/slot.h"

namespace vecgate::index {

class NodeSample {
 public:
  static constexpr size_t kMost = 128;

  void Add(Slot slot) {
    const uint64_t seen = seen_.fetch_add(1, std::memory_order_relaxed);
    const uint64_t place = seen < kMost ? seen : Rng(seen).Below(seen + 1);
    if (place < kMost) places_[place].store(slot + 1, std::memory_order_release);
  }

  [[nodiscard]] std::vector<Slot> Slots() const {
    std::vector<Slot> slots;
    for (const auto& place : places_) {
      const uint32_t word = place.load(std::memory_order_acquire);
      if (word != 0) slots.push_back(word - 1);
    }
    return slots;
  }

 private:
  std::atomic<uint64_t> seen_{0};
  std::array<std::atomic<uint32_t>, kMost> places_{};  // slot + 1; 0: none yet
};

}  // namespace vecgate::index
