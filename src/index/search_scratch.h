// SearchScratch: what one search or insertion works in, reused so that it allocates nothing, and
// the pool of them.
//
// Thread safety: a scratch belongs to one search; the pool may be used from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "index/candidate_pool.h"
#include "index/code_space.h"
#include "index/row_code_space.h"
#include "index/slot.h"
#include "index/visited_set.h"

namespace vecgate::index {

struct SearchScratch {
  /// Makes `fresh` and `distances` hold `slots`.
  void MakeRoom(size_t slots) {
    if (fresh.size() < slots) fresh.resize(slots);
    if (distances.size() < slots) distances.resize(slots);
  }

  VisitedSet visited;
  CandidatePool pool;
  std::vector<Slot> fresh;       // slots to compare with the query
  std::vector<float> distances;  // of `fresh`
  PreparedQuery query;           // in the walk's space
  PreparedQuery other;           // in another space, or of another vector
  FramedQuery framed;            // the query, where the spaces share a frame
  PreparedQuery exact_query;     // by the codes of the nodes that a walk takes neighbours of
  PreparedQuery neighbor_query;  // by the codes of those neighbours
  std::vector<uint16_t> places;  // of neighbours that are near enough, among a node's
  std::vector<Neighbor> ranked;
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
