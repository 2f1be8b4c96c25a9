// SearchScratch: the lists that one graph walk works in, reused so that a search allocates nothing,
// and the pool they come from.
//
// Thread safety: a scratch belongs to one walk; the pool may be used from any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "index/slot.h"

namespace vecgate::index {

class SearchScratch {
 public:
  /// Forgets the last walk; slots below `slots` can be marked without growing.
  void Begin(size_t slots) {
    if (marks_.size() < slots) marks_.resize(slots + slots / 4, 0);
    if (++epoch_ == 0) {  // The 16-bit stamp came round: old stamps would look like new ones.
      std::fill(marks_.begin(), marks_.end(), uint16_t{0});
      epoch_ = 1;
    }
    candidates.clear();
    results.clear();
  }
  /// True the first time that a walk asks for this slot.
  bool MarkVisited(Slot slot) {
    if (slot >= marks_.size()) marks_.resize(size_t{slot} + slot / 4 + 1024, 0);
    if (marks_[slot] == epoch_) return false;
    marks_[slot] = epoch_;
    return true;
  }

  std::vector<Neighbor> candidates;  // heap, nearest on top
  std::vector<Neighbor> results;     // heap, farthest on top
  std::vector<Slot> fresh;           // unvisited neighbours of the node at hand
  std::vector<float> distances;      // of `fresh`

 private:
  std::vector<uint16_t> marks_;
  uint16_t epoch_ = 0;
};

class SearchScratchPool {
 public:
  /// Gives the scratch back when it goes.
  class Lease {
   public:
    Lease(SearchScratchPool& pool, std::unique_ptr<SearchScratch> scratch)
        : pool_(&pool), scratch_(std::move(scratch)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_->GiveBack(std::move(scratch_)); }
    SearchScratch& operator*() const { return *scratch_; }

   private:
    SearchScratchPool* pool_;
    std::unique_ptr<SearchScratch> scratch_;
  };

  Lease Take() {
    std::unique_ptr<SearchScratch> scratch;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        scratch = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (scratch == nullptr) scratch = std::make_unique<SearchScratch>();
    return {*this, std::move(scratch)};
  }

 private:
  void GiveBack(std::unique_ptr<SearchScratch> scratch) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(scratch));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<SearchScratch>> free_;
};

}  // namespace vecgate::index
