// Walking a graph by NeighborCodes. A node is taken from the pool by an estimate, its distance is
// computed, and from that and the codes beside it the distances of all its neighbours are estimated
// at once. So whatever was taken has been compared on finer codes as well, and these are the finds.
//
// What a node needs is fetched when it is taken, and compared only after the two that were taken
// before it: by then it is there. A node that one of those two leads to waits its turn.
#include <algorithm>
#include <array>

#include "index/hnsw_graph.h"
#include "kernels/distance.h"

namespace vecgate::index {
namespace {

// The nodes that were taken and not compared yet, in that order.
class UnderWay {
 public:
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] bool full() const { return count_ == kMost; }
  void Push(Slot slot) { slots_[(first_ + count_++) % kMost] = slot; }
  Slot Pop() {
    const Slot slot = slots_[first_];
    first_ = (first_ + 1) % kMost;
    --count_;
    return slot;
  }

 private:
  static constexpr size_t kMost = 3;

  std::array<Slot, kMost> slots_{};
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace

size_t HnswGraph::ExpandNear(Slot slot, size_t count, SearchScratch& scratch) const {
  const Links links = LinksOf(slot, 0);
  size_t fresh = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = scratch.places[i];
    const uint32_t word = place < links.capacity ? LoadWord(links.words[place]) : 0;
    if (word == 0) continue;
    scratch.fresh[fresh] = word - 1;
    scratch.distances[fresh] = scratch.distances[i];
    fresh += static_cast<size_t>(scratch.visited.Insert(word - 1));
  }
  return fresh;
}

Result<bool> HnswGraph::SearchByNeighborCodes(const OpContext& context, const CodeSpace& space,
                                              const CodeSpace& exact, const NeighborCodes& codes,
                                              Width width, size_t most_distances,
                                              SearchScratch& scratch) const {
  VG_ASSIGN_OR_RETURN(const bool entered, Enter(context, space, width, most_distances, scratch));
  if (!entered) return false;
  CandidatePool& pool = scratch.pool;
  BeginWalk(scratch.ranked, width, std::max(level0_.width(), codes.room()), scratch);
  scratch.ranked.clear();
  scratch.places.resize(codes.room());
  const size_t fetchable = codes.reserved_slots();
  UnderWay under_way;
  const auto take = [&] {
    for (Slot slot = 0; !under_way.full() && pool.Take(slot);) {
      kernels::Prefetch(level0_.Row(slot), level0_.width() * sizeof(uint32_t));
      __builtin_prefetch(copy_marks_.Row(slot));
      kernels::Prefetch(exact.codes()->Row(slot), exact.codes()->width());
      if (slot < fetchable) codes.Fetch(slot);
      under_way.Push(slot);
    }
  };
  size_t computed = 0;
  size_t next_check = kDistancesBetweenChecks;
  for (take(); !under_way.empty(); take()) {
    const Slot slot = under_way.Pop();
    Neighbor taken{0, slot};
    exact.Distances(scratch.exact_query, &slot, 1, &taken.distance);
    scratch.ranked.push_back(taken);
    size_t count = 0;
    if (IsCopied(slot)) {
      count = codes.Near(scratch.neighbor_query, slot, taken.distance, pool.worst(),
                         scratch.places.data(), scratch.distances.data());
      count = ExpandNear(slot, count, scratch);
    } else {
      count = scratch.visited.KeepNew(scratch.fresh.data(), Expand(slot, 0, 0, scratch));
      exact.Distances(scratch.exact_query, scratch.fresh.data(), count, scratch.distances.data());
    }
    pool.Offer(scratch.fresh.data(), scratch.distances.data(), count);
    pool.Merge();
    computed += level0_.width();
    if (computed >= most_distances) return false;
    if (computed >= next_check) {
      VG_RETURN_IF_ERROR(context.Check());
      next_check = computed + kDistancesBetweenChecks;
    }
  }
  return true;
}

}  // namespace vecgate::index
