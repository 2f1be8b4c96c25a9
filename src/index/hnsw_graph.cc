#include "index/hnsw_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#include "base/check.h"
#include "base/rng.h"
#include "kernels/distance.h"

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

uint32_t TieOrder(Slot base, Slot slot) {
  return static_cast<uint32_t>(Rng((uint64_t{base} << 32) | slot).Next());
}

}  // namespace

HnswGraph::HnswGraph(HnswOptions options, const CodeSpace& space)
    : options_(options),
      space_(space),
      level_scale_(1.0 / std::log(static_cast<double>(options.m))),
      nodes_(1),
      level0_(size_t{2} * options.m),
      upper_(options.m),
      copy_marks_(1) {
  VG_CHECK(options.m >= 2 && options.m <= 2048 && options.ef_construction >= 1);
}

Status HnswGraph::Reserve(size_t slots) {
  VG_RETURN_IF_ERROR(nodes_.Reserve(slots));
  VG_RETURN_IF_ERROR(copy_marks_.Reserve(slots));
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
  StoreWord(*nodes_.Row(slot), ((level + 1) << kUpperRowBits) | first);
  return Ok();
}

HnswGraph::Links HnswGraph::LinksOf(Slot slot, uint32_t level) const {
  if (level == 0) return {level0_.Row(slot), level0_.width()};
  return {upper_.Row(NodeUpperRow(*nodes_.Row(slot)) + level - 1), upper_.width()};
}

inline size_t HnswGraph::ReadLinks(Slot slot, uint32_t level, Slot* out) const {
  const Links links = LinksOf(slot, level);
  size_t count = 0;
  for (; count < links.capacity; ++count) {
    const uint32_t word = LoadWord(links.words[count]);
    if (word == 0) break;
    out[count] = word - 1;
  }
  return count;
}

size_t HnswGraph::Expand(Slot slot, uint32_t level, size_t count, SearchScratch& scratch) const {
  return count + ReadLinks(slot, level, scratch.fresh.data() + count);
}

void HnswGraph::FetchCodesAround(Slot slot, uint32_t level,
                                 const SegmentedArray<char>& codes) const {
  const Links links = LinksOf(slot, level);
  for (size_t i = 0; i < links.capacity; ++i) {
    const uint32_t word = LoadWord(links.words[i]);
    if (word == 0) break;
    __builtin_prefetch(codes.Row(word - 1));
  }
}

Neighbor HnswGraph::Descend(const CodeSpace& space, Entry entry, uint32_t level,
                            SearchScratch& scratch) const {
  Neighbor nearest{0, EntrySlot(entry)};
  space.Distances(scratch.query, &nearest.slot, 1, &nearest.distance);
  scratch.MakeRoom(upper_.width());
  for (uint32_t l = EntryLevel(entry); l > level; --l) {
    for (bool nearer = true; nearer;) {
      nearer = false;
      const size_t count = Expand(nearest.slot, l, 0, scratch);
      for (size_t i = 0; i < count; ++i) __builtin_prefetch(nodes_.Row(scratch.fresh[i]));
      space.Distances(scratch.query, scratch.fresh.data(), count, scratch.distances.data());
      for (size_t i = 0; i < count; ++i) {
        if (scratch.distances[i] >= nearest.distance) continue;
        nearest = {scratch.distances[i], scratch.fresh[i]};
        nearer = true;
      }
    }
  }
  return nearest;
}

void HnswGraph::BeginWalk(std::span<const Neighbor> from, const Width& width, size_t batch,
                          SearchScratch& scratch) const {
  scratch.MakeRoom(batch);
  scratch.visited.Begin(nodes_.reserved_rows());
  if (width.without.has_value()) scratch.visited.Insert(*width.without);
  scratch.pool.Reset(width.ef, std::max(batch, from.size()));
  for (const Neighbor& begin : from) {
    if (scratch.visited.Insert(begin.slot)) scratch.pool.Offer(&begin.slot, &begin.distance, 1);
  }
  scratch.pool.Merge();
}

// Algorithm 2. The nearest candidates not expanded yet are expanded two at a time: the neighbours
// of both are fetched and compared together, which hides more of the memory's latency than the few
// comparisons cost that the second would have been spared. The walk ends when all of the `ef`
// nearest are expanded.
Result<bool> HnswGraph::Walk(const OpContext& context, const CodeSpace& space,
                             std::span<const Neighbor> from, uint32_t level, const Width& width,
                             size_t most_distances, SearchScratch& scratch) const {
  constexpr size_t kNodesAtOnce = 2;
  // The codes of fewer nodes lie near enough anyway. Of more, those around the nearest node that is
  // not expanded yet are fetched while others are compared: as a rule it is expanded soon.
  constexpr size_t kFetchAheadFrom = 250'000;
  const size_t batch = kNodesAtOnce * (level == 0 ? level0_.width() : upper_.width());
  CandidatePool& pool = scratch.pool;
  BeginWalk(from, width, batch, scratch);
  const SegmentedArray<char>* const codes = space.codes();
  const bool fetches_ahead = codes != nullptr && size() >= kFetchAheadFrom;
  size_t computed = 0;
  size_t next_check = kDistancesBetweenChecks;
  Slot slot = 0;
  while (pool.Take(slot)) {
    size_t count = Expand(slot, level, 0, scratch);
    for (size_t n = 1; n < kNodesAtOnce && pool.Take(slot); ++n) {
      count = Expand(slot, level, count, scratch);
    }
    count = scratch.visited.KeepNew(scratch.fresh.data(), count);
    for (size_t i = 0; codes != nullptr && i < count; ++i) {
      __builtin_prefetch(codes->Row(scratch.fresh[i]));
    }
    // Where the links of an upper level are, its node tells.
    for (size_t i = 0; level > 0 && i < count; ++i) {
      __builtin_prefetch(nodes_.Row(scratch.fresh[i]));
    }
    if (fetches_ahead && pool.Peek(slot)) FetchCodesAround(slot, level, *codes);
    space.Distances(scratch.query, scratch.fresh.data(), count, scratch.distances.data());
    pool.Offer(scratch.fresh.data(), scratch.distances.data(), count);
    for (size_t i = 0; i < pool.num_offered(); ++i) {
      const Links links = LinksOf(pool.Offered(i), level);
      kernels::Prefetch(links.words, links.capacity * sizeof(uint32_t));
    }
    pool.Merge();
    computed += count;
    if (computed >= most_distances) return false;
    if (computed >= next_check) {
      VG_RETURN_IF_ERROR(context.Check());
      next_check = computed + kDistancesBetweenChecks;
    }
  }
  return true;
}

Result<bool> HnswGraph::Search(const OpContext& context, const CodeSpace& space, Width width,
                               size_t most_distances, SearchScratch& scratch) const {
  VG_ASSIGN_OR_RETURN(const bool entered, Enter(context, space, width, most_distances, scratch));
  if (!entered) return false;
  return Walk(context, space, scratch.ranked, 0, width, most_distances, scratch);
}

Result<bool> HnswGraph::Enter(const OpContext& context, const CodeSpace& space, const Width& width,
                              size_t most_distances, SearchScratch& scratch) const {
  scratch.ranked.clear();
  const Entry entry = entry_.load(std::memory_order_acquire);
  if (entry == 0) return true;
  if (width.entries == 1 || EntryLevel(entry) == 0) {
    scratch.ranked.push_back(Descend(space, entry, 0, scratch));
    return true;
  }
  const Neighbor nearest = Descend(space, entry, 1, scratch);
  VG_ASSIGN_OR_RETURN(const bool complete, Walk(context, space, {&nearest, 1}, 1,
                                                {.ef = width.entries}, most_distances, scratch));
  for (size_t i = 0; i < scratch.pool.size(); ++i) scratch.ranked.push_back(scratch.pool[i]);
  return complete;
}

uint32_t HnswGraph::levels() const {
  const Entry entry = entry_.load(std::memory_order_acquire);
  return entry == 0 ? 0 : EntryLevel(entry) + 1;
}

Result<std::vector<bool>> HnswGraph::Reach(const OpContext& context,
                                           FunctionRef<void(size_t links)> visit) const {
  constexpr size_t kNodesBetweenChecks = 16'384;
  std::vector<bool> seen(nodes_.reserved_rows());
  const Entry entry = entry_.load(std::memory_order_acquire);
  if (entry == 0) return seen;
  std::vector<Slot> open = {EntrySlot(entry)};
  seen[open.back()] = true;
  for (size_t visited = 0; !open.empty(); ++visited) {
    if (visited % kNodesBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    const Links links = LinksOf(open.back(), 0);
    open.pop_back();
    size_t used = 0;
    for (; used < links.capacity; ++used) {
      const uint32_t word = LoadWord(links.words[used]);
      if (word == 0) break;
      // A slot beyond what was reserved at the start was added since.
      if (word > seen.size() || seen[word - 1]) continue;
      seen[word - 1] = true;
      open.push_back(word - 1);
    }
    visit(used);
  }
  return seen;
}

Result<std::vector<uint64_t>> HnswGraph::CountByLinks(const OpContext& context) const {
  std::vector<uint64_t> counts(level0_.width() + 1);
  const auto seen = Reach(context, [&](size_t links) { ++counts[links]; });
  if (!seen.ok()) return seen.error();
  return counts;
}

size_t HnswGraph::SizeBytes() const {
  const size_t upper_rows = upper_rows_.load(std::memory_order_relaxed);
  return (size() * (nodes_.width() + level0_.width()) + upper_rows * upper_.width()) *
             sizeof(uint32_t) +
         size() * copy_marks_.width();
}

Status HnswGraph::Add(Slot slot) {
  const uint32_t level = LevelFor(slot);
  VG_RETURN_IF_ERROR(MakeNode(slot, level));
  Link(slot, 0, level);
  size_.fetch_add(1, std::memory_order_acq_rel);
  return Ok();
}

void HnswGraph::Link(Slot slot, uint32_t lowest, uint32_t level) {
  Entry entry = entry_.load(std::memory_order_acquire);
  if (entry != 0 && level <= EntryLevel(entry)) {
    Insert(slot, lowest, level, entry);
  } else {
    // Only the few insertions that raise the top wait for each other here.
    const std::lock_guard lock(raising_entry_);
    entry = entry_.load(std::memory_order_acquire);
    if (entry != 0) Insert(slot, lowest, level, entry);
    if (entry == 0 || level > EntryLevel(entry)) {
      entry_.store(MakeEntry(level, slot), std::memory_order_release);
    }
  }
}

void HnswGraph::Insert(Slot slot, uint32_t lowest, uint32_t level, Entry entry) {
  const auto lease = scratch_pool_.Take();
  SearchScratch& scratch = *lease;
  space_.PrepareStored(slot, scratch.query);
  const uint32_t top = std::min(level, EntryLevel(entry));
  Neighbor nearest = Descend(space_, entry, top, scratch);
  if (nearest.slot == slot) {  // inserted again
    nearest.slot = EntrySlot(entry);
    space_.Distances(scratch.query, &nearest.slot, 1, &nearest.distance);
  }
  // All own lists are written before any node links back: whoever reaches the new node on an upper
  // level must find its way on below.
  std::array<std::vector<Neighbor>, kHighestLevel + 1> chosen;
  for (uint32_t l = top + 1; l-- > lowest;) {
    const auto done = Walk(OpContext{}, space_, {&nearest, 1}, l, {.ef = options_.ef_construction},
                           std::numeric_limits<size_t>::max(), scratch);
    VG_CHECK(done.ok());  // A default context never ends.
    std::vector<Neighbor> candidates;
    for (size_t i = 0; i < scratch.pool.size(); ++i) {
      if (scratch.pool[i].slot != slot) candidates.push_back(scratch.pool[i]);
    }
    nearest = candidates.front();
    chosen[l] = SelectNeighbors(slot, {}, std::move(candidates), options_.m, scratch);
    const Links own = LinksOf(slot, l);
    for (size_t i = 0; i < chosen[l].size(); ++i) StoreWord(own.words[i], chosen[l][i].slot + 1);
  }
  if (lowest == 0) ForgetCopy(slot);  // It may have been made of half of them.
  for (uint32_t l = lowest; l <= top; ++l) {
    for (const Neighbor& neighbor : chosen[l]) {
      ConnectBack(neighbor.slot, slot, neighbor.distance, l, scratch);
    }
  }
}

// A candidate is kept when it is nearer to the base than to every one kept before it, which spreads
// the links over directions; the nearest of the others then fill up to half of the room, so that a
// node inside a tight cluster is not left with a link or two. Equal distances are ordered by a hash
// that differs for each base: by slot, all copies of one vector would choose the same few among
// themselves and the others could not be reached.
std::vector<Neighbor> HnswGraph::SelectNeighbors(Slot base, std::vector<Neighbor> kept,
                                                 std::vector<Neighbor> candidates, size_t most,
                                                 SearchScratch& scratch) const {
  constexpr size_t kComparedAtOnce = 4;
  if (kept.size() + candidates.size() <= most) {
    kept.insert(kept.end(), candidates.begin(), candidates.end());
    return kept;
  }
  std::sort(candidates.begin(), candidates.end(), [&](const Neighbor& a, const Neighbor& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    return TieOrder(base, a.slot) < TieOrder(base, b.slot);
  });
  std::vector<Slot> kept_slots;
  std::vector<Neighbor> pruned;
  kept.reserve(most);
  kept_slots.reserve(most);
  for (const Neighbor& neighbor : kept) kept_slots.push_back(neighbor.slot);
  float distances[kComparedAtOnce];
  for (const Neighbor& candidate : candidates) {
    if (kept.size() >= most) break;
    space_.PrepareStored(candidate.slot, scratch.other);
    bool spread = true;
    for (size_t at = 0; at < kept.size() && spread; at += kComparedAtOnce) {
      const size_t n = std::min(kComparedAtOnce, kept.size() - at);
      space_.Distances(scratch.other, &kept_slots[at], n, distances);
      spread = std::all_of(distances, distances + n,
                           [&](float distance) { return distance >= candidate.distance; });
    }
    (spread ? kept : pruned).push_back(candidate);
    if (spread) kept_slots.push_back(candidate.slot);
  }
  for (size_t i = 0; i < pruned.size() && kept.size() < most / 2; ++i) kept.push_back(pruned[i]);
  return kept;
}

void HnswGraph::Mark(Slot slot, uint8_t mark) {
  const std::atomic_ref<uint8_t> now = CopyMark(slot);
  const uint8_t before = now.load(std::memory_order_relaxed);
  if (before == mark) return;
  now.store(mark, std::memory_order_release);
  if (mark == kCopied) num_copied_.fetch_add(1, std::memory_order_relaxed);
  if (before == kCopied) num_copied_.fetch_sub(1, std::memory_order_relaxed);
}

size_t HnswGraph::BeginCopy(Slot slot, Slot* out) {
  const SpinGuard guard(spin_locks_[slot % kSpinLocks]);
  Mark(slot, kBeingCopied);
  return ReadLinks(slot, 0, out);
}

void HnswGraph::EndCopy(Slot slot) {
  const SpinGuard guard(spin_locks_[slot % kSpinLocks]);
  if (CopyMark(slot).load(std::memory_order_relaxed) == kBeingCopied) Mark(slot, kCopied);
}

void HnswGraph::ForgetCopy(Slot slot) {
  const SpinGuard guard(spin_locks_[slot % kSpinLocks]);
  Mark(slot, kNotCopied);
}

void HnswGraph::ConnectBack(Slot neighbor, Slot added, float distance, uint32_t level,
                            SearchScratch& scratch) {
  const SpinGuard guard(spin_locks_[neighbor % kSpinLocks]);
  const Links links = LinksOf(neighbor, level);
  size_t used = 0;
  for (; used < links.capacity; ++used) {
    const uint32_t word = LoadWord(links.words[used]);
    if (word == added + 1) return;
    if (word == 0) break;
  }
  if (level == 0) Mark(neighbor, kNotCopied);
  if (used < links.capacity) {
    StoreWord(links.words[used], added + 1);
    return;
  }
  scratch.MakeRoom(used);
  for (size_t i = 0; i < used; ++i) scratch.fresh[i] = LoadWord(links.words[i]) - 1;
  space_.PrepareStored(neighbor, scratch.other);
  space_.Distances(scratch.other, scratch.fresh.data(), used, scratch.distances.data());
  std::vector<Neighbor> candidates;
  candidates.reserve(used + 1);
  candidates.push_back({distance, added});
  for (size_t i = 0; i < used; ++i) candidates.push_back({scratch.distances[i], scratch.fresh[i]});
  const std::vector<Neighbor> kept =
      SelectNeighbors(neighbor, {}, std::move(candidates), links.capacity, scratch);
  for (size_t i = 0; i < links.capacity; ++i) {
    StoreWord(links.words[i], i < kept.size() ? kept[i].slot + 1 : 0);
  }
}

}  // namespace vecgate::index
