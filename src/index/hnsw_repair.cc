// Taking over a graph some of whose nodes have died. Links between nodes that live stay as they
// are; a node that lost some looks for others among those that the lost ones led to, after A. Singh
// et al., "FreshDiskANN: A Fast and Accurate Graph-Based ANN Index for Streaming Similarity Search"
// (2021), algorithm 4. Decision 0024 says what was measured of it.
#include <algorithm>

#include "base/check.h"
#include "index/hnsw_graph.h"

namespace vecgate::index {
namespace {

constexpr size_t kNodesBetweenChecks = 1024;
// Of those that lost neighbours led to, the nearest are compared: so many for each link.
constexpr size_t kCandidatesPerLink = 2;
// A node that keeps fewer than one link in so many is inserted anew.
constexpr size_t kKeptShare = 4;
// With fewer links than this, each one that is lost is missed.
constexpr uint32_t kFewestLinks = 8;

}  // namespace

// Where the nodes of a graph are in the one that takes it over.
class HnswGraph::Successors {
 public:
  static constexpr Slot kNone = ~Slot{0};

  // REQUIRES: `from` ascends and is not empty.
  explicit Successors(std::span<const Slot> from) : after_(size_t{from.back()} + 1, kNone) {
    for (Slot slot = 0; slot < from.size(); ++slot) after_[from[slot]] = slot;
  }

  // The slot of the node that a link's word names, or kNone. REQUIRES: word != 0.
  [[nodiscard]] Slot Of(uint32_t word) const {
    return word <= after_.size() ? after_[word - 1] : kNone;
  }

 private:
  std::vector<Slot> after_;
};

Result<bool> HnswGraph::TakeOver(const OpContext& context, const HnswGraph& old,
                                 std::span<const Slot> from) {
  VG_CHECK(size() == 0 && options_.m == old.options_.m);
  const auto is_node = [&](Slot there) { return old.IsNode(there); };
  if (options_.m < kFewestLinks || from.empty()) return false;
  if (!std::all_of(from.begin(), from.end(), is_node)) return false;
  const Successors successors(from);
  for (Slot slot = 0; slot < from.size(); ++slot) {
    if (slot % kNodesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    const uint32_t level = NodeLevel(*old.nodes_.Row(from[slot]));
    VG_RETURN_IF_ERROR(MakeNode(slot, level));
    TakeLinks(old, from[slot], successors, slot);
    // Upper levels are small, and the long links that a walk starts by are the ones to get right.
    if (level > 0) Link(slot, 1, level);
  }
  if (entry_.load(std::memory_order_acquire) == 0) {
    entry_.store(MakeEntry(0, 0), std::memory_order_release);
  }
  size_.store(from.size(), std::memory_order_release);

  std::vector<bool> bereft(from.size());
  const auto lease = scratch_pool_.Take();
  for (Slot slot = 0; slot < from.size(); ++slot) {
    if (slot % kNodesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    bereft[slot] = !ReplaceLost(old, from[slot], successors, slot, *lease);
  }
  VG_RETURN_IF_ERROR(InsertAgain(context, bereft));
  VG_ASSIGN_OR_RETURN(std::vector<bool> unreached, Reach(context, [](size_t) {}));
  unreached.resize(from.size());
  unreached.flip();
  VG_RETURN_IF_ERROR(InsertAgain(context, unreached));
  return true;
}

void HnswGraph::TakeLinks(const HnswGraph& old, Slot there, const Successors& successors,
                          Slot slot) {
  const Links links = old.LinksOf(there, 0);
  const Links own = LinksOf(slot, 0);
  size_t used = 0;
  for (size_t i = 0; i < links.capacity; ++i) {
    const uint32_t word = LoadWord(links.words[i]);
    if (word == 0) break;
    const Slot neighbor = successors.Of(word);
    if (neighbor != Successors::kNone) StoreWord(own.words[used++], neighbor + 1);
  }
}

bool HnswGraph::ReplaceLost(const HnswGraph& old, Slot there, const Successors& successors,
                            Slot slot, SearchScratch& scratch) {
  const Links links = old.LinksOf(there, 0);
  std::vector<Slot> lost;
  size_t had = 0;
  for (; had < links.capacity; ++had) {
    const uint32_t word = LoadWord(links.words[had]);
    if (word == 0) break;
    if (successors.Of(word) == Successors::kNone) lost.push_back(word - 1);
  }
  if (lost.empty()) return true;
  if (kKeptShare * (had - lost.size()) < had) return false;

  const Links own = LinksOf(slot, 0);
  scratch.MakeRoom((lost.size() + 1) * own.capacity);
  scratch.visited.Begin(nodes_.reserved_rows());
  scratch.visited.KeepNew(&slot, 1);
  const size_t kept = scratch.visited.KeepNew(scratch.fresh.data(), Expand(slot, 0, 0, scratch));
  size_t count = kept;
  for (const Slot node : lost) {
    const Links onward = old.LinksOf(node, 0);
    size_t end = count;
    for (size_t i = 0; i < onward.capacity; ++i) {
      const uint32_t word = LoadWord(onward.words[i]);
      if (word == 0) break;
      const Slot neighbor = successors.Of(word);
      if (neighbor != Successors::kNone) scratch.fresh[end++] = neighbor;
    }
    count += scratch.visited.KeepNew(scratch.fresh.data() + count, end - count);
  }
  space_.PrepareStored(slot, scratch.query);
  space_.Distances(scratch.query, scratch.fresh.data(), count, scratch.distances.data());
  std::vector<Neighbor> links_now;
  for (size_t i = 0; i < kept; ++i) links_now.push_back({scratch.distances[i], scratch.fresh[i]});
  std::vector<Neighbor> candidates;
  for (size_t i = kept; i < count; ++i) {
    candidates.push_back({scratch.distances[i], scratch.fresh[i]});
  }
  if (const size_t most = kCandidatesPerLink * own.capacity; candidates.size() > most) {
    const auto end = candidates.begin() + static_cast<ptrdiff_t>(most);
    std::nth_element(candidates.begin(), end, candidates.end());
    candidates.erase(end, candidates.end());
  }
  links_now =
      SelectNeighbors(slot, std::move(links_now), std::move(candidates), own.capacity, scratch);
  for (size_t i = 0; i < own.capacity; ++i) {
    StoreWord(own.words[i], i < links_now.size() ? links_now[i].slot + 1 : 0);
  }
  for (size_t i = kept; i < links_now.size(); ++i) {
    ConnectBack(links_now[i].slot, slot, links_now[i].distance, 0, scratch);
  }
  return true;
}

Status HnswGraph::InsertAgain(const OpContext& context, const std::vector<bool>& marked) {
  const Entry entry = entry_.load(std::memory_order_acquire);
  for (Slot slot = 0; slot < marked.size(); ++slot) {
    if (slot % kNodesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    if (!marked[slot] || slot == EntrySlot(entry)) continue;
    const Links own = LinksOf(slot, 0);
    for (size_t i = 0; i < own.capacity; ++i) StoreWord(own.words[i], 0);
    Insert(slot, 0, 0, entry);
  }
  return Ok();
}

}  // namespace vecgate::index
