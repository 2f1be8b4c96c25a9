// GraphIndex: an HNSW graph over codes: walked on the coarsest code, whose best finds are compared
// again on a finer code and the last few on full vectors.
//
// A walk touches hundreds of vectors and only a few of them matter, so what it reads of each
// decides its speed: 64 bytes of a one-bit code instead of 1,536 of a 384-d vector. Decision 0015
// has the measurements.
//
// Thread safety: AnnIndex's. The arena is borrowed and must outlive the index.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "index/ann_index.h"
#include "index/code_space.h"
#include "index/hnsw_graph.h"
#include "index/int8_code_space.h"
#include "index/neighbor_codes.h"
#include "index/node_sample.h"
#include "index/reader_epochs.h"
#include "index/row_code_space.h"
#include "index/vector_space.h"
#include "index/walk_plan.h"

namespace vecgate::index {

/// The codes of a graph index.
struct GraphCodes {
  /// Short codes that searches may read first; null: there are none.
  std::unique_ptr<CodeSpace> coarse;
  /// By which the graph is built, and what was found by `coarse` is compared again.
  std::unique_ptr<CodeSpace> fine;
  /// How searches use `coarse`, until the plan is measured.
  WalkPlan plan;
  /// What walks keep of `coarse` is measured as the graph grows, so that they find what they would
  /// by `fine`; else it is as `plan` says. From how many nodes they begin is always measured.
  bool measures_coarse = false;
  /// From so many nodes on, the codes of a node's neighbours lie beside it, if walks by them find
  /// enough. REQUIRES: `coarse` is there and `fine` is an Int8CodeSpace, unless it is SIZE_MAX.
  size_t neighbor_codes_from = SIZE_MAX;
  /// Fine codes lie in the snapshot's file once it is written or opened; pages come and go as
  /// memory allows.
  bool fine_in_file = false;
};

/// The arrangement that wins for a dimension (decision 0015): eight-bit codes from 32 dimensions,
/// full vectors below; and from 192 one-bit codes to walk on where the data allows it.
GraphCodes BestGraphCodes(const VectorSpace& space);

class GraphIndex : public AnnIndex {
 public:
  GraphIndex(HnswOptions options, GraphCodes codes, const VectorSpace& space);

  [[nodiscard]] size_t training_rows() const override;
  Status Train(const float* vectors, size_t count) override;
  Status Reserve(size_t slots) override;
  void Encode(Slot slot) override;
  Status Add(Slot slot) override;
  Result<bool> SettleSome(FunctionRef<Status(size_t size_bytes)> charge) override;
  [[nodiscard]] bool CanShareSettling() const override;
  Result<bool> TakeOver(const OpContext& context, const AnnIndex& old,
                        std::span<const Slot> from) override;
  Result<AnnResult> Search(const OpContext& context, const float* query, const SearchEffort& effort,
                           AcceptSlot accept) const override;
  Result<AnnResult> Scan(const OpContext& context, const float* query, size_t hits,
                         FunctionRef<bool(Slot&)> next) const override;
  [[nodiscard]] size_t size() const override { return graph_.size(); }
  [[nodiscard]] std::vector<MemoryPart> Memory() const override;
  [[nodiscard]] Result<IndexShape> Shape(const OpContext& context) const override;
  Status Save(const std::string& path, size_t slots, const std::string& tag) const override;
  Status MoveToFile(const std::string& path, size_t slots) override;
  Result<Loaded> Load(const std::string& path) override;

  /// How searches walk now.
  [[nodiscard]] WalkPlan plan() const { return plan_.load(std::memory_order_relaxed); }

  static constexpr uint32_t kSnapshotVersion = 4;
  /// A scan for fewer hits keeps as many candidates as for these: the nearest may be coded badly.
  static constexpr size_t kLeastScanHits = 16;

 private:
  /// How a search walks.
  struct Walk {
    WalkPlan plan;
    /// By the codes of neighbours that lie beside the nodes.
    bool by_neighbors = false;
    /// Passed over as if it were not in the graph.
    std::optional<Slot> without;
  };
  // A pass over the nodes whose links are not copied.
  struct Settling;

  /// The codes in order, coarsest first.
  [[nodiscard]] std::vector<CodeSpace*> Spaces() const;
  [[nodiscard]] const CodeSpace& Codes(bool coarse) const {
    return coarse ? *codes_.coarse : *codes_.fine;
  }
  [[nodiscard]] Walk WalkNow() const;
  Result<AnnResult> SearchBy(const Walk& walk, const OpContext& context, const float* query,
                             const SearchEffort& effort, AcceptSlot accept) const;
  /// Leaves the finds in scratch.ranked, in no order. REQUIRES: Prepare(coarse, query, scratch).
  Result<bool> WalkBy(const Walk& walk, const OpContext& context, const HnswGraph::Width& width,
                      size_t most_distances, SearchScratch& scratch) const;
  /// Cuts scratch.ranked to the nearest `hits` in order, by ever finer distances.
  void Rank(const float* query, size_t hits, bool coarse, SearchScratch& scratch) const;
  /// Compares scratch.ranked by fine codes. REQUIRES: Prepare(true, query, scratch) came before.
  void Recompare(const float* query, SearchScratch& scratch) const;
  /// Prepares a query for coarse or for fine codes, and with coarse ones what Recompare then need
  /// not compute again.
  void Prepare(bool coarse, const float* query, SearchScratch& scratch) const;

  /// Takes the nodes of slots [0, slots) among those that plans are measured on.
  void SampleNodes(size_t slots);
  /// Measures the plan when the graph has grown enough since it was measured last.
  void MeasurePlanWhenDue();
  [[nodiscard]] WalkPlan MeasurePlan() const;
  // Nodes as queries, and what a search for them should find.
  struct Truth;
  [[nodiscard]] std::vector<Truth> Truths() const;
  [[nodiscard]] double RecallOf(const Walk& walk, const std::vector<Truth>& truths) const;
  /// Finds what there is to find, whatever the data.
  [[nodiscard]] WalkPlan SurePlan() const;
  /// The recall that a walk has to reach.
  [[nodiscard]] double RecallWanted(const std::vector<Truth>& truths) const;
  [[nodiscard]] std::vector<WalkPlan> PlansByCost() const;
  /// Appends where each of `nearest` stands in the order of the coarse codes, from 1 on, or
  /// SIZE_MAX.
  void AppendCoarsePlaces(const float* query, const std::vector<Neighbor>& nearest,
                          std::vector<size_t>& places) const;

  /// The pass that is under way, or a new one where that is due; null when there is none.
  Result<std::shared_ptr<Settling>> SettlingNow(FunctionRef<Status(size_t size_bytes)> charge);
  /// After the last part of a pass: measures whether searches find enough by the codes, if that is
  /// not known of a graph of this size.
  void FinishSettling();
  [[nodiscard]] bool SettlingIsDue() const;
  [[nodiscard]] bool MeasuringNeighborsIsDue() const;
  /// Nodes whose links are not copied.
  [[nodiscard]] size_t NotCopied() const;
  /// What walks by neighbour codes need; none when they find too little whatever it is.
  [[nodiscard]] std::optional<WalkPlan> MeasureNeighborPlan() const;

  const GraphCodes codes_;
  // Both codes, when they lie in frames that learn the same; else null.
  const RotatedCodeSpace* const framed_coarse_;
  const RotatedCodeSpace* const framed_fine_;
  const VectorSpace space_;
  HnswGraph graph_;
  std::atomic<WalkPlan> plan_;
  static_assert(std::atomic<WalkPlan>::is_always_lock_free);
  std::atomic<size_t> measure_at_;  // nodes
  // Null unless such codes are made.
  const Int8CodeSpace* const neighbor_fine_;  // from these
  const std::unique_ptr<NeighborCodes> neighbor_codes_;
  std::atomic<WalkPlan> neighbor_plan_{WalkPlan{}};  // of walks by them; widening 0: there are none
  mutable ReaderEpochs neighbor_readers_;            // who walk by them
  std::atomic<size_t> neighbor_nodes_{0};            // that have memory for them
  std::atomic<size_t> settle_at_;                    // nodes
  std::atomic<size_t> measure_neighbors_at_{0};      // nodes
  std::mutex beginning_to_settle_;
  // Shared by the threads that work on it.
  Guarded<std::shared_ptr<Settling>> settling_;
  std::atomic<size_t> fine_slots_in_file_{0};
  NodeSample sample_;
  mutable SearchScratchPool scratch_pool_;
};

}  // namespace vecgate::index
