// HnswGraph: a navigable small-world graph over the slots of a vector arena.
//
// Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using
// Hierarchical Navigable Small World graphs" (2016), algorithms 1 to 5. The graph holds links only;
// vectors stay in the arena of the VectorSpace.
//
// Layout. Level 0 of a slot is one row of 2·M words in an arena of its own; each upper level of a
// node is one row of M words in a second. A word holds a neighbour's slot + 1; the first 0 ends
// the list.
//
// Thread safety. Add() from several threads, Search() from any number, at once; searches take no
// lock. Memory order: a node's vector and its own lists on all levels are complete before the first
// link to it is stored with release; every link is loaded with acquire; and a link that one builder
// copies into another list was itself loaded with acquire first, so whoever reads a link anywhere
// sees the finished node behind it. The entry point is published likewise. A list is changed under
// its node's spin lock, word by word: a reader that meets a rewrite sees some mix of the old and
// the new words, each of which names a finished node of that level.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "index/search_scratch.h"
#include "index/segmented_array.h"
#include "index/slot.h"
#include "index/vector_space.h"

namespace vecgate::index {

struct HnswOptions {
  /// Links of a node on an upper level; twice as many on level 0. 2 to 2,048.
  uint32_t m = 16;
  /// Candidates that an insertion keeps while it looks for links.
  uint32_t ef_construction = 200;
  /// Levels come from a hash of seed and slot, so a build is repeatable by one thread.
  uint64_t seed = 0x5eed;
};

/// What a walk found, nearest first. `complete` is false when it stopped at its visit limit.
struct WalkResult {
  std::vector<Neighbor> hits;
  bool complete = true;
};

class HnswGraph {
 public:
  /// `space` (and the arena behind it) is borrowed and must outlive the graph.
  HnswGraph(HnswOptions options, const VectorSpace& space);

  /// Makes room for slots [0, slots). kResourceExhausted when memory ends.
  Status Reserve(size_t slots);

  /// Inserts a slot (algorithm 1). kResourceExhausted when memory ends; the slot is then not in
  /// the graph. REQUIRES: reserved, its vector set, and not added before.
  Status Add(Slot slot);

  /// The nearest slots for which `accept(slot)` holds (algorithms 2 and 5), at most `ef`. The walk
  /// passes through slots that are not accepted. It stops, incomplete, after computing
  /// `most_distances`. kCancelled or kDeadlineExceeded as `context` says.
  /// REQUIRES: `query` was prepared by the space; ef > 0.
  template <typename Accept>
  Result<WalkResult> Search(const OpContext& context, const float* query, size_t ef,
                            size_t most_distances, Accept accept) const;

  /// Nodes in the graph.
  [[nodiscard]] size_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] const HnswOptions& options() const { return options_; }

  /// Writes the links of slots [0, slots) as docs/formats/hnsw-snapshot.md says. `tag` is the
  /// owner's and comes back from Open. REQUIRES: no Add runs; searches may.
  Status Save(const std::string& path, size_t slots, const std::string& tag) const;

  struct Opened;
  /// Maps what Save wrote, ready to search and to add to. kNotFound; kDataLoss when the file is
  /// damaged or its parameters are not `options`, or a link leads nowhere.
  static Result<Opened> Open(const std::string& path, HnswOptions options,
                             const VectorSpace& space);

 private:
  static constexpr uint32_t kHighestLevel = 15;
  static constexpr uint32_t kUpperRowBits = 27;
  // An entry point: level in the high half, slot + 1 in the low; 0 while the graph is empty.
  using Entry = uint64_t;
  static Entry MakeEntry(uint32_t level, Slot slot) {
    return (uint64_t{level} << 32) | (uint64_t{slot} + 1);
  }
  static uint32_t EntryLevel(Entry entry) { return static_cast<uint32_t>(entry >> 32); }
  static Slot EntrySlot(Entry entry) { return static_cast<Slot>(entry & 0xffffffffU) - 1; }

  // A node word is (level + 1) above the number of its first upper row; 0 means not in the graph.
  static uint32_t NodeLevel(uint32_t node) { return (node >> kUpperRowBits) - 1; }
  static uint32_t NodeUpperRow(uint32_t node) { return node & ((1U << kUpperRowBits) - 1); }

  [[nodiscard]] uint32_t LevelFor(Slot slot) const;
  Status MakeNode(Slot slot, uint32_t level);
  /// The words of one list; `capacity` of them.
  struct Links {
    uint32_t* words;
    size_t capacity;
  };
  [[nodiscard]] Links LinksOf(Slot slot, uint32_t level) const;

  /// Steps to ever nearer neighbours on one level until none is nearer.
  [[nodiscard]] Neighbor Descend(const float* query, Neighbor from, uint32_t level,
                                 SearchScratch& scratch) const;
  /// Fills scratch.fresh with the neighbours not visited yet, and their distances.
  void Expand(const float* query, Slot slot, uint32_t level, SearchScratch& scratch) const;
  template <typename Accept>
  Result<bool> Walk(const OpContext& context, const float* query, Neighbor from, uint32_t level,
                    size_t ef, size_t most_distances, Accept accept, SearchScratch& scratch) const;

  void Insert(Slot slot, uint32_t level, Entry entry);
  /// Algorithm 4: at most `most` of the candidates, given with their distances from `base`.
  [[nodiscard]] std::vector<Neighbor> SelectNeighbors(Slot base, std::vector<Neighbor> candidates,
                                                      size_t most) const;
  void ConnectBack(Slot neighbor, Slot added, float distance, uint32_t level);
  Status CheckLinks(size_t slots, size_t upper_rows) const;

  const HnswOptions options_;
  const VectorSpace space_;
  const double level_scale_;

  SegmentedArray<uint32_t> nodes_;
  SegmentedArray<uint32_t> level0_;
  SegmentedArray<uint32_t> upper_;
  std::atomic<uint32_t> upper_rows_{0};
  std::atomic<size_t> size_{0};
  std::atomic<Entry> entry_{0};
  std::mutex raising_entry_;  // held by an insertion that will become the entry point

  // Each list's writers share one of these by slot; no thread holds two.
  static constexpr size_t kSpinLocks = 1024;
  mutable std::array<std::atomic_flag, kSpinLocks> spin_locks_{};
  mutable SearchScratchPool scratch_pool_;
};

struct HnswGraph::Opened {
  std::unique_ptr<HnswGraph> graph;
  size_t slots = 0;
  std::string tag;
};

}  // namespace vecgate::index

#include "index/hnsw_walk.h"  // IWYU pragma: export
