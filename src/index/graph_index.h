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
#include <optional>
#include <string>
#include <vector>

#include "index/ann_index.h"
#include "index/code_space.h"
#include "index/hnsw_graph.h"
#include "index/node_sample.h"
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
  /// The codes in order, coarsest first.
  [[nodiscard]] std::vector<CodeSpace*> Spaces() const;
  [[nodiscard]] const CodeSpace& Codes(bool coarse) const {
    return coarse ? *codes_.coarse : *codes_.fine;
  }
  /// `without`: passed over as if it were not in the graph.
  Result<AnnResult> SearchBy(WalkPlan plan, const OpContext& context, const float* query,
                             const SearchEffort& effort, AcceptSlot accept,
                             std::optional<Slot> without = {}) const;
  /// Cuts scratch.ranked, in order by the codes that were read, to the nearest `hits` in order, by
  /// ever finer distances.
  void Rank(const float* query, size_t hits, bool coarse, SearchScratch& scratch) const;
  /// By fine codes. REQUIRES: Prepare(true, query, scratch) came before.
  void Recompare(const float* query, size_t kept, SearchScratch& scratch) const;
  /// Prepares a query for coarse or for fine codes, and with coarse ones what Recompare then need
  /// not compute again.
  void Prepare(bool coarse, const float* query, SearchScratch& scratch) const;

  /// Measures the plan when the graph has grown enough since it was measured last.
  void MeasurePlanWhenDue();
  [[nodiscard]] WalkPlan MeasurePlan() const;
  [[nodiscard]] std::vector<WalkPlan> PlansByCost() const;
  /// Appends where each of `nearest` stands in the order of the coarse codes, from 1 on, or
  /// SIZE_MAX.
  void AppendCoarsePlaces(const float* query, const std::vector<Neighbor>& nearest,
                          std::vector<size_t>& places) const;

  const GraphCodes codes_;
  // Both codes, when they lie in frames that learn the same; else null.
  const RotatedCodeSpace* const framed_coarse_;
  const RotatedCodeSpace* const framed_fine_;
  const VectorSpace space_;
  HnswGraph graph_;
  std::atomic<WalkPlan> plan_;
  static_assert(std::atomic<WalkPlan>::is_always_lock_free);
  std::atomic<size_t> measure_at_;  // nodes
  std::atomic<size_t> fine_slots_in_file_{0};
  NodeSample sample_;
  mutable SearchScratchPool scratch_pool_;
};

}  // namespace vecgate::index
