#include "index/hnsw_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "base/check.h"
#include "base/rng.h"

namespace vecgate::index {
namespace {

// Holds one of the graph's spin locks. Critical sections are a few dozen distances at most, so a
// waiter yields to the holder instead of sleeping.
class SpinGuard {
 public:
  explicit SpinGuard(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;
  ~SpinGuard() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

uint32_t LoadWord(uint32_t& word) {
  return std::atomic_ref<uint32_t>(word).load(std::memory_order_acquire);
}

void StoreWord(uint32_t& word, uint32_t value) {
  std::atomic_ref<uint32_t>(word).store(value, std::memory_order_release);
}

uint32_t TieOrder(Slot base, Slot slot) {
  return static_cast<uint32_t>(Rng((uint64_t{base} << 32) | slot).Next());
}

}  // namespace

HnswGraph::HnswGraph(HnswOptions options, const VectorSpace& space)
    : options_(options),
      space_(space),
      level_scale_(1.0 / std::log(static_cast<double>(options.m))),
      nodes_(1),
      level0_(size_t{2} * options.m),
      upper_(options.m) {
  VG_CHECK(options.m >= 2 && options.m <= 2048 && options.ef_construction >= 1);
}

Status HnswGraph::Reserve(size_t slots) {
  VG_RETURN_IF_ERROR(nodes_.Reserve(slots));
  return level0_.Reserve(slots);
}

uint32_t HnswGraph::LevelFor(Slot slot) const {
  Rng rng(options_.seed + 0x9e3779b97f4a7c15ULL * (uint64_t{slot} + 1));
  const double level = -std::log(1.0 - rng.Unit()) * level_scale_;
  return static_cast<uint32_t>(std::min(level, static_cast<double>(kHighestLevel)));
}

Status HnswGraph::MakeNode(Slot slot, uint32_t level) {
  uint32_t first = 0;
  if (level > 0) {
    first = upper_rows_.fetch_add(level, std::memory_order_relaxed);
    VG_RETURN_IF_ERROR(upper_.Reserve(size_t{first} + level));
  }
  *nodes_.Row(slot) = ((level + 1) << kUpperRowBits) | first;
  return Ok();
}

HnswGraph::Links HnswGraph::LinksOf(Slot slot, uint32_t level) const {
  if (level == 0) return {level0_.Row(slot), level0_.width()};
  return {upper_.Row(NodeUpperRow(*nodes_.Row(slot)) + level - 1), upper_.width()};
}

void HnswGraph::Expand(const float* query, Slot slot, uint32_t level,
                       SearchScratch& scratch) const {
  const Links links = LinksOf(slot, level);
  scratch.fresh.clear();
  for (size_t i = 0; i < links.capacity; ++i) {
    const uint32_t word = LoadWord(links.words[i]);
    if (word == 0) break;
    if (scratch.MarkVisited(word - 1)) scratch.fresh.push_back(word - 1);
  }
  scratch.distances.resize(scratch.fresh.size());
  space_.Distances(query, scratch.fresh.data(), scratch.fresh.size(), scratch.distances.data());
}

Neighbor HnswGraph::Descend(const float* query, Neighbor from, uint32_t level,
                            SearchScratch& scratch) const {
  scratch.Begin(size());
  scratch.MarkVisited(from.slot);
  for (bool nearer = true; nearer;) {
    nearer = false;
    Expand(query, from.slot, level, scratch);
    for (size_t i = 0; i < scratch.fresh.size(); ++i) {
      if (scratch.distances[i] < from.distance) {
        from = {scratch.distances[i], scratch.fresh[i]};
        nearer = true;
      }
    }
  }
  return from;
}

Status HnswGraph::Add(Slot slot) {
  const uint32_t level = LevelFor(slot);
  VG_RETURN_IF_ERROR(MakeNode(slot, level));
  Entry entry = entry_.load(std::memory_order_acquire);
  if (entry != 0 && level <= EntryLevel(entry)) {
    Insert(slot, level, entry);
  } else {
    // Only the few insertions that raise the top wait for each other here.
    const std::lock_guard lock(raising_entry_);
    entry = entry_.load(std::memory_order_acquire);
    if (entry != 0) Insert(slot, level, entry);
    if (entry == 0 || level > EntryLevel(entry)) {
      entry_.store(MakeEntry(level, slot), std::memory_order_release);
    }
  }
  size_.fetch_add(1, std::memory_order_acq_rel);
  return Ok();
}

void HnswGraph::Insert(Slot slot, uint32_t level, Entry entry) {
  const std::vector<float> query = space_.Prepare({space_.Row(slot), space_.dim()});
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  Neighbor nearest{0, EntrySlot(entry)};
  space_.Distances(query.data(), &nearest.slot, 1, &nearest.distance);
  const uint32_t top = std::min(level, EntryLevel(entry));
  for (uint32_t l = EntryLevel(entry); l > top; --l) {
    nearest = Descend(query.data(), nearest, l, scratch);
  }
  // All own lists are written before any node links back: whoever reaches the new node on an upper
  // level must find its way on below.
  std::array<std::vector<Neighbor>, kHighestLevel + 1> chosen;
  for (uint32_t l = top + 1; l-- > 0;) {
    const auto done = Walk(
        OpContext{}, query.data(), nearest, l, options_.ef_construction,
        std::numeric_limits<size_t>::max(), [](Slot) { return true; }, scratch);
    VG_CHECK(done.ok());  // A default context never ends.
    nearest = *std::min_element(scratch.results.begin(), scratch.results.end());
    chosen[l] = SelectNeighbors(slot, scratch.results, options_.m);
    const Links own = LinksOf(slot, l);
    for (size_t i = 0; i < chosen[l].size(); ++i) StoreWord(own.words[i], chosen[l][i].slot + 1);
  }
  for (uint32_t l = 0; l <= top; ++l) {
    for (const Neighbor& neighbor : chosen[l]) {
      ConnectBack(neighbor.slot, slot, neighbor.distance, l);
    }
  }
}

// A candidate is kept when it is nearer to the base than to every one kept before it, which spreads
// the links over directions; the nearest of the others then fill up to half of the room, so that a
// node inside a tight cluster is not left with a link or two. Equal distances are ordered by a hash
// that differs for each base: by slot, all copies of one vector would choose the same few among
// themselves and the others could not be reached.
std::vector<Neighbor> HnswGraph::SelectNeighbors(Slot base, std::vector<Neighbor> candidates,
                                                 size_t most) const {
  if (candidates.size() <= most) return candidates;
  std::sort(candidates.begin(), candidates.end(), [&](const Neighbor& a, const Neighbor& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    return TieOrder(base, a.slot) < TieOrder(base, b.slot);
  });
  std::vector<Neighbor> kept;
  std::vector<Neighbor> pruned;
  kept.reserve(most);
  for (const Neighbor& candidate : candidates) {
    if (kept.size() == most) break;
    const bool spread = std::all_of(kept.begin(), kept.end(), [&](const Neighbor& other) {
      return space_.Between(candidate.slot, other.slot) >= candidate.distance;
    });
    (spread ? kept : pruned).push_back(candidate);
  }
  for (size_t i = 0; i < pruned.size() && kept.size() < most / 2; ++i) kept.push_back(pruned[i]);
  return kept;
}

void HnswGraph::ConnectBack(Slot neighbor, Slot added, float distance, uint32_t level) {
  const SpinGuard guard(spin_locks_[neighbor % kSpinLocks]);
  const Links links = LinksOf(neighbor, level);
  size_t used = 0;
  while (used < links.capacity && LoadWord(links.words[used]) != 0) ++used;
  if (used < links.capacity) {
    StoreWord(links.words[used], added + 1);
    return;
  }
  std::vector<Neighbor> candidates;
  candidates.reserve(used + 1);
  candidates.push_back({distance, added});
  for (size_t i = 0; i < used; ++i) {
    const Slot other = LoadWord(links.words[i]) - 1;
    candidates.push_back({space_.Between(neighbor, other), other});
  }
  const std::vector<Neighbor> kept =
      SelectNeighbors(neighbor, std::move(candidates), links.capacity);
  for (size_t i = 0; i < links.capacity; ++i) {
    StoreWord(links.words[i], i < kept.size() ? kept[i].slot + 1 : 0);
  }
}

}  // namespace vecgate::index
