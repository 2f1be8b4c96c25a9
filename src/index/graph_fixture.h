// What the tests of graph indexes share: an index over clustered vectors, and how much of the truth
// it finds.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "index/clustered_vectors.h"
#include "index/flat_scan.h"
#include "index/graph_index.h"

namespace vecgate::index {

inline std::string TempPath(const std::string& name) {
  return testing::TempDir() + "/vecgate_" + name;
}

inline void Put(Slot slot, AnnIndex& index) {
  index.Encode(slot);
  ASSERT_TRUE(index.Add(slot).ok());
}

// An arena, a space and an index over clustered vectors, and what the tests ask of them.
class GraphFixture {
 public:
  static constexpr size_t kQueries = 200;

  GraphFixture(Metric metric, size_t count, size_t dim)
      : GraphFixture(metric, dim, ClusteredVectors(count, dim, 40, 1),
                     ClusteredVectors(kQueries, dim, 40, 99)) {}
  GraphFixture(Metric metric, size_t dim, const std::vector<float>& vectors,
               std::vector<float> queries)
      : dim_(dim),
        arena_(dim),
        space_(metric, arena_),
        graph_({}, BestGraphCodes(space_), space_),
        queries_(std::move(queries)) {
    const size_t count = vectors.size() / dim;
    EXPECT_TRUE(arena_.Reserve(count).ok());
    EXPECT_TRUE(graph_.Reserve(count).ok());
    for (size_t i = 0; i < count; ++i) arena_.Set(static_cast<Slot>(i), &vectors[i * dim]);
    EXPECT_TRUE(graph_.Train(PreparedRows(space_, vectors).data(), count).ok());
  }
  [[nodiscard]] GraphIndex Another(HnswOptions options = {}) const {
    return {options, BestGraphCodes(space_), space_};
  }
  void Build(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) Put(static_cast<Slot>(i), graph_);
  }
  void BuildInParallel(size_t from, size_t to, size_t threads) {
    std::atomic<size_t> next{from};
    std::vector<std::jthread> builders;
    for (size_t t = 0; t < threads; ++t) {
      builders.emplace_back([&] {
        for (size_t i = next++; i < to; i = next++) Put(static_cast<Slot>(i), graph_);
      });
    }
  }
  template <typename Accept>
  std::vector<Neighbor> Exact(const float* query, size_t k, size_t upto, Accept accept) const {
    TopK best(k, std::less<Neighbor>{});
    size_t at = 0;
    const Status done = FlatScan(
        OpContext{}, space_, query,
        [&](Slot& slot) {
          while (at < upto && !accept(static_cast<Slot>(at))) ++at;
          slot = static_cast<Slot>(at);
          return at++ < upto;
        },
        [&](const Neighbor& found) { best.Offer(found); });
    EXPECT_TRUE(done.ok());
    return best.Take();
  }
  template <typename Accept>
  double Recall(const GraphIndex& graph, size_t k, size_t ef, size_t upto, Accept accept,
                double share = 1) const {
    size_t found = 0;
    size_t wanted = 0;
    for (size_t q = 0; q < kQueries; ++q) {
      const auto query = space_.Prepare({&queries_[q * dim_], dim_});
      const auto exact = Exact(query.data(), k, upto, accept);
      const SearchEffort effort{.hits = k, .ef = ef, .accepted_share = share};
      const auto walk = graph.Search(OpContext{}, query.data(), effort, accept);
      EXPECT_TRUE(walk.ok());
      const std::set<Neighbor> truth(exact.begin(), exact.end());
      wanted += truth.size();
      for (const Neighbor& hit : walk->hits) found += truth.count(hit);
    }
    return static_cast<double>(found) / static_cast<double>(wanted);
  }

  size_t dim_;
  VectorArena arena_;
  VectorSpace space_;
  GraphIndex graph_;
  std::vector<float> queries_;
};

inline bool All(Slot /*slot*/) { return true; }

}  // namespace vecgate::index
