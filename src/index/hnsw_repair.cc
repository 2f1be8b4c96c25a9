// Taking over a graph some of whose nodes have died. A node that lost neighbours chooses anew among
// those it keeps and those that the lost ones led to: A. Singh et al., "FreshDiskANN: A Fast and
// Accurate Graph-Based ANN Index for Streaming Similarity Search" (2021), algorithm 4.
#include <algorithm>

#include "base/check.h"
#include "index/hnsw_graph.h"

namespace vecgate::index {
namespace {

constexpr size_t kNodesBetweenChecks = 1024;
// Of those that lost neighbours led to, the nearest are compared: so many for each link.
constexpr size_t kCandidatesPerLink = 2;

}  // namespace

Result<bool> HnswGraph::TakeOver(const OpContext& context, const HnswGraph& old,
                                 std::span<const Slot> from) {
  VG_CHECK(size() == 0 && options_.m == old.options_.m);
  const auto is_node = [&](Slot there) { return *old.nodes_.Row(there) != 0; };
  if (from.empty() || !std::all_of(from.begin(), from.end(), is_node)) return false;
  std::vector<uint32_t> here(size_t{from.back()} + 1);
  Entry entry = 0;
  for (Slot slot = 0; slot < from.size(); ++slot) {
    const uint32_t level = NodeLevel(*old.nodes_.Row(from[slot]));
    VG_RETURN_IF_ERROR(MakeNode(slot, level));
    here[from[slot]] = slot + 1;
    if (entry == 0 || level > EntryLevel(entry)) entry = MakeEntry(level, slot);
  }
  std::vector<bool> bereft(from.size());
  {
    const auto lease = scratch_pool_.Take();
    for (Slot slot = 0; slot < from.size(); ++slot) {
      if (slot % kNodesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
      for (uint32_t level = 0; level <= NodeLevel(*nodes_.Row(slot)); ++level) {
        if (!TakeLinks(old, from[slot], here, slot, level, *lease)) bereft[slot] = true;
      }
    }
  }
  entry_.store(entry, std::memory_order_release);
  size_.store(from.size(), std::memory_order_release);
  VG_RETURN_IF_ERROR(InsertAgain(context, bereft));
  return true;
}

bool HnswGraph::TakeLinks(const HnswGraph& old, Slot there, const std::vector<uint32_t>& here,
                          Slot slot, uint32_t level, SearchScratch& scratch) {
  const Links own = LinksOf(slot, level);
  std::vector<Slot> lost;
  const auto gather = [&](Slot node, size_t count, bool notes_lost) {
    const Links links = old.LinksOf(node, level);
    scratch.MakeRoom(count + links.capacity);
    size_t end = count;
    for (size_t i = 0; i < links.capacity; ++i) {
      const uint32_t word = LoadWord(links.words[i]);
      if (word == 0) break;
      // What the old graph got since is added to this one in its turn.
      if (word > here.size()) continue;
      if (here[word - 1] != 0) {
        scratch.fresh[end++] = here[word - 1] - 1;
      } else if (notes_lost) {
        lost.push_back(word - 1);
      }
    }
    return count + scratch.visited.KeepNew(scratch.fresh.data() + count, end - count);
  };
  scratch.visited.Begin(nodes_.reserved_rows());
  scratch.visited.KeepNew(&slot, 1);
  const size_t kept = gather(there, 0, true);
  if (lost.empty()) {
    for (size_t i = 0; i < kept; ++i) StoreWord(own.words[i], scratch.fresh[i] + 1);
    return true;
  }
  size_t count = kept;
  for (const Slot node : lost) count = gather(node, count, false);
  space_.PrepareStored(slot, scratch.query);
  space_.Distances(scratch.query, scratch.fresh.data(), count, scratch.distances.data());
  std::vector<Neighbor> candidates;
  candidates.reserve(count);
  for (size_t i = 0; i < count; ++i) candidates.push_back({scratch.distances[i], scratch.fresh[i]});
  const size_t most = kept + kCandidatesPerLink * own.capacity;
  if (count > most) {
    std::nth_element(candidates.begin() + static_cast<ptrdiff_t>(kept),
                     candidates.begin() + static_cast<ptrdiff_t>(most), candidates.end());
    candidates.resize(most);
  }
  const size_t had = kept + lost.size();
  const auto chosen =
      SelectNeighbors(slot, std::move(candidates), std::max<size_t>(had, options_.m), scratch);
  for (size_t i = 0; i < chosen.size(); ++i) StoreWord(own.words[i], chosen[i].slot + 1);
  return 2 * chosen.size() >= had;
}

Status HnswGraph::InsertAgain(const OpContext& context, const std::vector<bool>& marked) {
  VG_ASSIGN_OR_RETURN(const std::vector<bool> reached, Reach(context, [](size_t) {}));
  const Entry entry = entry_.load(std::memory_order_acquire);
  for (Slot slot = 0; slot < marked.size(); ++slot) {
    if (slot % kNodesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    if ((reached[slot] && !marked[slot]) || slot == EntrySlot(entry)) continue;
    const uint32_t level = NodeLevel(*nodes_.Row(slot));
    for (uint32_t l = 0; l <= level; ++l) {
      const Links own = LinksOf(slot, l);
      for (size_t i = 0; i < own.capacity; ++i) StoreWord(own.words[i], 0);
    }
    Insert(slot, level, entry);
  }
  return Ok();
}

}  // namespace vecgate::index
