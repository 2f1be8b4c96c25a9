// HnswGraph: a navigable small-world graph over the slots of a vector arena.
//
// Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using
// Hierarchical Navigable Small World graphs" (2016), algorithms 1 to 5. The graph holds links only;
// vectors and codes stay in CodeSpaces: one by which the graph is built, and any other over the
// same slots by which a search walks it.
//
// Layout. Level 0 of a slot is one row of 2·M words in an arena of its own; each upper level of a
// node is one row of M words in a second. A word holds a neighbour's slot + 1; the first 0 ends
// the list.
//
// Thread safety. Add() from several threads, Search() from any number, at once; searches take no
// lock. Memory order: a node's codes and its own lists on all levels are complete before the first
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
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/function_ref.h"
#include "base/op_context.h"
#include "base/result.h"
#include "index/code_space.h"
#include "index/neighbor_codes.h"
#include "index/search_scratch.h"
#include "index/section_file.h"
#include "index/segmented_array.h"
#include "index/slot.h"

namespace vecgate::index {

struct HnswOptions {
  /// Links of a node on an upper level; twice as many on level 0. 2 to 2,048.
  uint32_t m = 16;
  /// Candidates that an insertion keeps while it looks for links.
  uint32_t ef_construction = 200;
  /// Levels come from a hash of seed and slot, so a build is repeatable by one thread.
  uint64_t seed = 0x5eed;
};

class HnswGraph {
 public:
  /// `space` is what the graph is built by; borrowed, must outlive the graph.
  HnswGraph(HnswOptions options, const CodeSpace& space);

  /// Makes room for slots [0, slots). kResourceExhausted when memory ends.
  Status Reserve(size_t slots);

  /// Inserts a slot (algorithm 1). kResourceExhausted when memory ends; the slot is then not in
  /// the graph. REQUIRES: reserved, encoded in every space that walks, and not added before.
  Status Add(Slot slot);

  /// In place of adding them, takes slots [0, from.size()) over from `old`, where slot i was
  /// from[i]; what is not among `from` is dead there or newer, and links to it are replaced.
  /// False, with nothing done, when one of them is no node of `old`, or when M is so small that the
  /// graph would not be as good as a new one. kCancelled or kDeadlineExceeded as `context` says, or
  /// kResourceExhausted: the graph is then good for nothing. `old` may be searched and added to
  /// meanwhile. REQUIRES: the graph is empty and of the same M; `from` ascends; the slots are
  /// reserved here, and encoded in every space that walks.
  Result<bool> TakeOver(const OpContext& context, const HnswGraph& old, std::span<const Slot> from);

  /// How wide a walk is: it keeps the `ef` nearest, and begins from the `entries` nodes of level 1
  /// that a walk there finds; from one, stepped to greedily, when that is 1. Both are above 0.
  struct Width {
    size_t ef;
    size_t entries = 1;
    /// Passed over on level 0 as if it were not in the graph.
    std::optional<Slot> without{};
  };

  /// Walks to the nearest slots by `space` (algorithms 2 and 5) and leaves them in scratch.pool.
  /// True unless it stopped after computing `most_distances`. kCancelled or kDeadlineExceeded as
  /// `context` says. Overwrites scratch.ranked. REQUIRES: scratch.query was prepared by `space`.
  Result<bool> Search(const OpContext& context, const CodeSpace& space, Width width,
                      size_t most_distances, SearchScratch& scratch) const;

  /// The same, reading the neighbours' codes that lie beside the nodes whose links are copied, and
  /// neighbours by `exact` at the others. Leaves every node that it took neighbours of in
  /// scratch.ranked, with its distance by `exact`, in no order. REQUIRES: scratch.query,
  /// scratch.exact_query and scratch.neighbor_query were prepared by `space`, by which a walk finds
  /// where to begin, `exact` and `codes`.
  Result<bool> SearchByNeighborCodes(const OpContext& context, const CodeSpace& space,
                                     const CodeSpace& exact, const NeighborCodes& codes,
                                     Width width, size_t most_distances,
                                     SearchScratch& scratch) const;

  /// Writes the links of a node on level 0 to `out` and returns how many. REQUIRES: it is a node
  /// whose links are not copied; `out` holds most_links().
  size_t BeginCopy(Slot slot, Slot* out);
  /// The links count as copied from now on until they change, unless they have changed since
  /// BeginCopy.
  void EndCopy(Slot slot);
  /// Links that are copied no longer count as that.
  void ForgetCopy(Slot slot);
  [[nodiscard]] bool IsCopied(Slot slot) const {
    return CopyMark(slot).load(std::memory_order_acquire) == kCopied;
  }
  /// Nodes whose links are copied.
  [[nodiscard]] size_t num_copied() const { return num_copied_.load(std::memory_order_relaxed); }
  /// Slots that may be nodes.
  [[nodiscard]] size_t reserved_slots() const { return nodes_.reserved_rows(); }
  /// The most links of a node on level 0.
  [[nodiscard]] size_t most_links() const { return level0_.width(); }

  /// REQUIRES: reserved.
  [[nodiscard]] bool IsNode(Slot slot) const { return LoadWord(*nodes_.Row(slot)) != 0; }
  /// The highest level of a node. REQUIRES: `slot` is one.
  [[nodiscard]] uint32_t LevelOf(Slot slot) const { return NodeLevel(*nodes_.Row(slot)); }

  /// Nodes in the graph.
  [[nodiscard]] size_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] const HnswOptions& options() const { return options_; }

  [[nodiscard]] size_t SizeBytes() const;
  /// Levels in use; 0 without nodes.
  [[nodiscard]] uint32_t levels() const;
  /// [i] is how many of the nodes that links of level 0 lead to from the entry point have i links
  /// there. kCancelled or kDeadlineExceeded as `context` says.
  [[nodiscard]] Result<std::vector<uint64_t>> CountByLinks(const OpContext& context) const;

  /// The links of slots [0, slots) as docs/formats/hnsw-snapshot.md says: words of the meta and
  /// three sections, which point into the graph. REQUIRES: no Add runs; searches may.
  static constexpr size_t kSections = 3;
  void Describe(size_t slots, ByteWriter& meta, std::vector<SectionSource>& sections) const;
  /// Takes up what Describe gave, ready to search and to add to; returns its slots. kDataLoss when
  /// the parameters are not this graph's, or a link leads nowhere. REQUIRES: the graph is empty.
  Result<size_t> Adopt(ByteReader& meta, const SectionFile& file);

 private:
  static constexpr uint32_t kHighestLevel = 15;
  static constexpr uint32_t kUpperRowBits = 27;
  // A walk looks so often whether its caller is still there.
  static constexpr size_t kDistancesBetweenChecks = 4096;
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
  static uint32_t LoadWord(uint32_t& word) {
    return std::atomic_ref<uint32_t>(word).load(std::memory_order_acquire);
  }
  static void StoreWord(uint32_t& word, uint32_t value) {
    std::atomic_ref<uint32_t>(word).store(value, std::memory_order_release);
  }

  /// Steps to ever nearer neighbours on the levels above `level` until none is nearer.
  [[nodiscard]] Neighbor Descend(const CodeSpace& space, Entry entry, uint32_t level,
                                 SearchScratch& scratch) const;
  /// Writes the links of a list; returns how many. REQUIRES: `out` holds all that fit the list.
  size_t ReadLinks(Slot slot, uint32_t level, Slot* out) const;
  /// Writes the neighbours of a slot behind the `count` in scratch.fresh; returns the new count.
  size_t Expand(Slot slot, uint32_t level, size_t count, SearchScratch& scratch) const;
  /// Keeps those of the neighbours at scratch.places[0, count), whose distances are in
  /// scratch.distances, that were not seen before; returns how many.
  size_t ExpandNear(Slot slot, size_t count, SearchScratch& scratch) const;
  void FetchCodesAround(Slot slot, uint32_t level, const SegmentedArray<char>& codes) const;
  /// Leaves the nodes that a walk of level 0 begins from in scratch.ranked; false as Search.
  Result<bool> Enter(const OpContext& context, const CodeSpace& space, const Width& width,
                     size_t most_distances, SearchScratch& scratch) const;
  /// Begins a walk: forgets what was visited but for `from`, which it offers to the pool.
  void BeginWalk(std::span<const Neighbor> from, const Width& width, size_t batch,
                 SearchScratch& scratch) const;
  Result<bool> Walk(const OpContext& context, const CodeSpace& space,
                    std::span<const Neighbor> from, uint32_t level, const Width& width,
                    size_t most_distances, SearchScratch& scratch) const;

  // What is known of the copy of a node's links on level 0.
  static constexpr uint8_t kNotCopied = 0;
  static constexpr uint8_t kBeingCopied = 1;
  static constexpr uint8_t kCopied = 2;
  [[nodiscard]] std::atomic_ref<uint8_t> CopyMark(Slot slot) const {
    return std::atomic_ref<uint8_t>(*copy_marks_.Row(slot));
  }
  /// REQUIRES: the node's spin lock is held.
  void Mark(Slot slot, uint8_t mark);

  /// Inserts a node on levels [lowest, level], and makes it the entry point if it is the highest.
  void Link(Slot slot, uint32_t lowest, uint32_t level);
  void Insert(Slot slot, uint32_t lowest, uint32_t level, Entry entry);
  /// Algorithm 4: `kept`, and of the candidates as many as make it at most `most`, all of them
  /// given with their distances from `base`.
  [[nodiscard]] std::vector<Neighbor> SelectNeighbors(Slot base, std::vector<Neighbor> kept,
                                                      std::vector<Neighbor> candidates, size_t most,
                                                      SearchScratch& scratch) const;
  void ConnectBack(Slot neighbor, Slot added, float distance, uint32_t level,
                   SearchScratch& scratch);
  Status CheckLinks(size_t slots, size_t upper_rows) const;
  /// Tells `visit` how many links each node has on level 0 that those of level 0 lead to from the
  /// entry point; by slot, whether they do. Errors as `context` says.
  Result<std::vector<bool>> Reach(const OpContext& context,
                                  FunctionRef<void(size_t links)> visit) const;

  // Steps of TakeOver, in hnsw_repair.cc.
  class Successors;
  /// Writes the links of level 0 that are left of a node that was `there` in `old`.
  void TakeLinks(const HnswGraph& old, Slot there, const Successors& successors, Slot slot);
  /// Finds others for those that are not, and links back from them. False when too few are left to
  /// find others by; the node keeps those.
  bool ReplaceLost(const HnswGraph& old, Slot there, const Successors& successors, Slot slot,
                   SearchScratch& scratch);
  /// Inserts the marked nodes anew on level 0.
  Status InsertAgain(const OpContext& context, const std::vector<bool>& marked);

  const HnswOptions options_;
  const CodeSpace& space_;
  const double level_scale_;

  SegmentedArray<uint32_t> nodes_;
  SegmentedArray<uint32_t> level0_;
  SegmentedArray<uint32_t> upper_;
  // A mark changes, and links do, under the node's spin lock. A search that reads kCopied and then
  // links that have changed takes a neighbour for nearer or further than it is, once.
  SegmentedArray<uint8_t> copy_marks_;
  std::atomic<size_t> num_copied_{0};
  std::atomic<uint32_t> upper_rows_{0};
  std::atomic<size_t> size_{0};
  std::atomic<Entry> entry_{0};
  std::mutex raising_entry_;  // held by an insertion that will become the entry point

  // Each list's writers share one of these by slot; no thread holds two.
  static constexpr size_t kSpinLocks = 1024;
  mutable std::array<std::atomic_flag, kSpinLocks> spin_locks_{};
  mutable SearchScratchPool scratch_pool_;
};

}  // namespace vecgate::index
