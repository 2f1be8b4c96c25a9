// VisitedSet: the slots that one walk has seen, one bit each, forgotten in the time of what was
// seen.
//
// Thread safety: belongs to one walk.
#pragma once

#include <cstdint>
#include <vector>

#include "index/slot.h"

namespace vecgate::index {

class VisitedSet {
 public:
  /// Forgets all; slots below `slots` are then inserted without growing.
  void Begin(size_t slots) {
    for (size_t i = 0; i < num_touched_; ++i) words_[touched_[i]] = 0;
    num_touched_ = 0;
    if (words_.size() * kBits < slots) Grow(slots / kBits + slots / (4 * kBits));
  }
  /// True when a slot is seen for the first time.
  bool Insert(Slot slot) { return KeepNew(&slot, 1) == 1; }
  /// Keeps of slots[0, count) those seen for the first time, in order; returns their number.
  /// Without a branch on which those are, since no processor can predict it.
  size_t KeepNew(Slot* slots, size_t count) {
    size_t kept = 0;
    uint64_t* words = words_.data();
    uint32_t* touched = touched_.data() + num_touched_;
    for (size_t i = 0; i < count; ++i) {
      const Slot slot = slots[i];
      const size_t at = slot / kBits;
      if (at >= words_.size()) {
        const size_t noted = static_cast<size_t>(touched - touched_.data());
        Grow(at + at / 4);
        words = words_.data();
        touched = touched_.data() + noted;
      }
      const uint64_t bit = uint64_t{1} << (slot % kBits);
      const uint64_t word = words[at];
      words[at] = word | bit;
      *touched = static_cast<uint32_t>(at);
      touched += static_cast<size_t>(word == 0);
      slots[kept] = slot;
      kept += static_cast<size_t>((word & bit) == 0);
    }
    num_touched_ = static_cast<size_t>(touched - touched_.data());
    return kept;
  }

 private:
  static constexpr size_t kBits = 64;

  void Grow(size_t words) {
    words_.resize(words + 16, 0);
    touched_.resize(words_.size() + 1);
  }

  std::vector<uint64_t> words_;
  std::vector<uint32_t> touched_;  // the first num_touched_: words that are not 0
  size_t num_touched_ = 0;
};

}  // namespace vecgate::index
