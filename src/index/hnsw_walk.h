// The walk of one graph level, as templates over what is accepted. Included by hnsw_graph.h only.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "index/hnsw_graph.h"

namespace vecgate::index {

// Algorithm 2. Candidates are expanded nearest first until the nearest left is farther than the
// worst of `ef` accepted results. A slot that is not accepted is expanded like any other, it only
// never becomes a result, so a filter cannot cut the graph apart.
template <typename Accept>
Result<bool> HnswGraph::Walk(const OpContext& context, const float* query, Neighbor from,
                             uint32_t level, size_t ef, size_t most_distances, Accept accept,
                             SearchScratch& scratch) const {
  constexpr size_t kDistancesBetweenChecks = 4096;
  scratch.Begin(size());
  scratch.MarkVisited(from.slot);
  auto& candidates = scratch.candidates;
  auto& results = scratch.results;
  const auto farther = [](const Neighbor& a, const Neighbor& b) { return b < a; };
  candidates.push_back(from);
  if (accept(from.slot)) results.push_back(from);
  size_t computed = 0;
  size_t next_check = kDistancesBetweenChecks;
  while (!candidates.empty()) {
    const Neighbor nearest = candidates.front();
    if (results.size() >= ef && nearest.distance > results.front().distance) break;
    std::pop_heap(candidates.begin(), candidates.end(), farther);
    candidates.pop_back();
    Expand(query, nearest.slot, level, scratch);
    computed += scratch.fresh.size();
    for (size_t i = 0; i < scratch.fresh.size(); ++i) {
      const Neighbor found{scratch.distances[i], scratch.fresh[i]};
      if (results.size() >= ef && !(found < results.front())) continue;
      candidates.push_back(found);
      std::push_heap(candidates.begin(), candidates.end(), farther);
      if (!accept(found.slot)) continue;
      results.push_back(found);
      std::push_heap(results.begin(), results.end());
      if (results.size() > ef) {
        std::pop_heap(results.begin(), results.end());
        results.pop_back();
      }
    }
    if (computed >= most_distances) return false;
    if (computed >= next_check) {
      VG_RETURN_IF_ERROR(context.Check());
      next_check = computed + kDistancesBetweenChecks;
    }
  }
  return true;
}

template <typename Accept>
Result<WalkResult> HnswGraph::Search(const OpContext& context, const float* query, size_t ef,
                                     size_t most_distances, Accept accept) const {
  WalkResult out;
  const Entry entry = entry_.load(std::memory_order_acquire);
  if (entry == 0) return out;
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  Neighbor nearest{0, EntrySlot(entry)};
  space_.Distances(query, &nearest.slot, 1, &nearest.distance);
  for (uint32_t level = EntryLevel(entry); level > 0; --level) {
    nearest = Descend(query, nearest, level, scratch);
  }
  VG_ASSIGN_OR_RETURN(out.complete, Walk(context, query, nearest, 0, ef, most_distances,
                                         std::move(accept), scratch));
  out.hits = scratch.results;
  std::sort(out.hits.begin(), out.hits.end());
  return out;
}

}  // namespace vecgate::index
