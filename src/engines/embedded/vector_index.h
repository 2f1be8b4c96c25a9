// VectorIndex: the index of one vector field: its parameters and, for HNSW, the graph and how far
// it has been built.
//
// Slots below upto() are in the graph or were dead before they got there; slots from upto() on are
// the pending buffer, which searches scan exactly.
//
// Thread safety: any method from any thread. The slots are shared: an index outlives its collection
// state while a search runs on it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>

#include "engine/requests.h"
#include "engines/embedded/read_state.h"
#include "index/hnsw_graph.h"
#include "index/vector_space.h"

namespace vecgate::embedded {

/// The metric in the words of the index folder.
index::Metric ToIndexMetric(Metric metric);

class VectorIndex {
 public:
  /// kUnimplemented for a type that is not built here, naming those that are; kInvalidArgument for
  /// a bad parameter; both with Subject::kIndex.
  static Status Check(const IndexSpec& spec);

  /// REQUIRES: Check(spec) holds, and spec.field is a vector field of `slots`.
  VectorIndex(IndexSpec spec, std::shared_ptr<Slots> slots);

  /// Adds a claim of pending slots below state.num_slots() to the graph; true when there was
  /// something to do. Any number of threads may build at once.
  Result<bool> BuildSome(const ReadState& state);

  [[nodiscard]] index::Slot upto() const { return upto_.load(std::memory_order_acquire); }
  /// Null for FLAT.
  [[nodiscard]] const index::HnswGraph* graph() const { return graph_.get(); }
  [[nodiscard]] const IndexSpec& spec() const { return spec_; }
  [[nodiscard]] const Slots& slots() const { return *slots_; }
  [[nodiscard]] size_t SizeBytes() const;

  /// Saves the graph while its builders wait. Does nothing for FLAT. The slots it covers are below
  /// num_slots() of every state taken after this call.
  Status Save(const std::string& path, const std::string& tag);
  /// Takes up a saved graph. kNotFound, or kDataLoss; the index then stays empty and is rebuilt.
  /// REQUIRES: nothing was built yet.
  Status Load(const std::string& path, const std::string& tag, size_t most_slots);

 private:
  static constexpr index::Slot kClaim = 64;
  using Claim = std::pair<index::Slot, index::Slot>;

  Claim TakeClaim(index::Slot end);
  void FinishClaim(Claim claim);

  const IndexSpec spec_;
  const std::shared_ptr<Slots> slots_;
  std::unique_ptr<index::HnswGraph> graph_;
  std::atomic<index::Slot> upto_{0};
  std::atomic<int> savers_{0};  // builders stand back while above 0

  std::shared_mutex building_;  // shared by builders of a claim, alone by Save
  std::mutex claims_;           // guards what follows
  index::Slot next_claim_ = 0;
  std::set<Claim> finished_;  // beyond upto_
};

}  // namespace vecgate::embedded
