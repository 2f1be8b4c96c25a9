// GraphIndex: an HNSW graph over codes: walked on the coarsest code, whose best finds are compared
// again on a finer code and the last few on full vectors.
//
// A walk touches hundreds of vectors and only a few of them matter, so what it reads of each
// decides its speed: 64 bytes of a one-bit code instead of 1,536 of a 384-d vector. Decision 0015
// has the measurements.
//
// Thread safety: AnnIndex's. The arena is borrowed and must outlive the index.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "index/ann_index.h"
#include "index/code_space.h"
#include "index/hnsw_graph.h"
#include "index/vector_space.h"

namespace vecgate::index {

/// The codes of a graph index.
struct GraphCodes {
  /// By which searches walk; null: by `fine`.
  std::unique_ptr<CodeSpace> coarse;
  /// By which the graph is built, and what a walk on `coarse` found is compared again.
  std::unique_ptr<CodeSpace> fine;
  /// How many more candidates a walk keeps to find as much as one on full vectors would.
  double widening = 1;
  /// Candidates of a Scan that are compared again for each hit wanted, and at least.
  size_t scan_factor = 2;
  size_t scan_least = 32;
  /// Fine codes stay in the snapshot's file after it is opened; pages come and go as memory allows.
  bool fine_in_file = false;
};

/// The arrangement that wins for a dimension (decision 0015): one-bit codes to walk on from 192
/// dimensions, eight-bit codes from 32, full vectors below.
GraphCodes BestGraphCodes(const VectorSpace& space);

class GraphIndex : public AnnIndex {
 public:
  GraphIndex(HnswOptions options, GraphCodes codes, const VectorSpace& space);

  [[nodiscard]] size_t training_rows() const override;
  Status Train(const float* vectors, size_t count) override;
  Status Reserve(size_t slots) override;
  Status Add(Slot slot) override;
  Result<AnnResult> Search(const OpContext& context, const float* query, const SearchEffort& effort,
                           AcceptSlot accept) const override;
  Result<AnnResult> Scan(const OpContext& context, const float* query, size_t hits,
                         FunctionRef<bool(Slot&)> next) const override;
  [[nodiscard]] size_t size() const override { return graph_.size(); }
  [[nodiscard]] std::vector<MemoryPart> Memory() const override;
  Status Save(const std::string& path, size_t slots, const std::string& tag) const override;
  Result<Loaded> Load(const std::string& path) override;

  [[nodiscard]] const HnswGraph& graph() const { return graph_; }

 private:
  /// The codes in order, coarsest first.
  [[nodiscard]] std::vector<CodeSpace*> Spaces() const;
  [[nodiscard]] const CodeSpace& WalkSpace() const {
    return codes_.coarse != nullptr ? *codes_.coarse : *codes_.fine;
  }
  /// Cuts scratch.ranked to the nearest `hits` in order, by ever finer distances.
  void Rank(const float* query, size_t hits, SearchScratch& scratch) const;
  void Recompare(const CodeSpace& space, const float* query, size_t kept,
                 SearchScratch& scratch) const;

  const GraphCodes codes_;
  const VectorSpace space_;
  HnswGraph graph_;
  mutable SearchScratchPool scratch_pool_;
};

}  // namespace vecgate::index
