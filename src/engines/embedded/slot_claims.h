// SlotClaims: slots handed out in order to workers that finish in any order, and up to where all of
// them have finished.
//
// Thread safety: any method from any thread. What was done to a slot happens before an upto() that
// lies beyond it.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include "index/slot.h"

namespace vecgate::embedded {

class SlotClaims {
 public:
  /// Slots [first, second).
  using Claim = std::pair<index::Slot, index::Slot>;

  /// At most `most` of the slots below `end` that nobody has claimed; an empty claim when there are
  /// none. A claim that is never finished holds up upto() for ever.
  Claim Take(index::Slot end, index::Slot most) {
    const std::lock_guard lock(mutex_);
    const index::Slot begin = next_;
    next_ = std::max(begin, std::min(end, begin + most));
    return {begin, next_};
  }

  void Finish(Claim claim) {
    const std::lock_guard lock(mutex_);
    finished_.insert(claim);
    index::Slot upto = upto_.load(std::memory_order_relaxed);
    while (!finished_.empty() && finished_.begin()->first == upto) {
      upto = finished_.begin()->second;
      finished_.erase(finished_.begin());
    }
    upto_.store(upto, std::memory_order_release);
  }

  /// Takes slots [0, slots) as finished. REQUIRES: nothing was claimed.
  void StartAt(index::Slot slots) {
    const std::lock_guard lock(mutex_);
    next_ = slots;
    upto_.store(slots, std::memory_order_release);
  }

  [[nodiscard]] index::Slot upto() const { return upto_.load(std::memory_order_acquire); }
  /// The first slot that nobody has claimed.
  [[nodiscard]] index::Slot next() const {
    const std::lock_guard lock(mutex_);
    return next_;
  }

 private:
  std::atomic<index::Slot> upto_{0};
  mutable std::mutex mutex_;  // guards what follows
  index::Slot next_ = 0;
  std::set<Claim> finished_;  // beyond upto_
};

}  // namespace vecgate::embedded
