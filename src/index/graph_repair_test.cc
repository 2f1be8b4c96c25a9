// Graphs that take over what lives of another, over and over, beside graphs built of the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <thread>

#include "base/rng.h"
#include "index/clustered_vectors.h"
#include "index/flat_scan.h"
#include "index/graph_index.h"

namespace vecgate::index {
namespace {

constexpr size_t kDim = 48;
constexpr size_t kClusters = 30;
// So few links, and walks so narrow, that each one counts.
constexpr HnswOptions kSparse{.m = 8, .ef_construction = 60};
constexpr size_t kEf = 16;

/// Vectors, and a graph over the first of them.
class Generation {
 public:
  explicit Generation(const std::vector<float>& vectors, HnswOptions options = kSparse)
      : count_(vectors.size() / kDim),
        arena_(kDim),
        space_(Metric::kCosine, arena_),
        graph_(options, BestGraphCodes(space_), space_) {
    EXPECT_TRUE(arena_.Reserve(count_).ok());
    EXPECT_TRUE(graph_.Reserve(count_).ok());
    for (size_t i = 0; i < count_; ++i) arena_.Set(static_cast<Slot>(i), &vectors[i * kDim]);
    EXPECT_TRUE(graph_.Train(PreparedRows(space_, vectors).data(), count_).ok());
    for (size_t i = 0; i < count_; ++i) graph_.Encode(static_cast<Slot>(i));
  }

  void Add(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) ASSERT_TRUE(graph_.Add(static_cast<Slot>(i)).ok());
  }
  [[nodiscard]] double Recall() const {
    constexpr size_t kQueries = 150;
    constexpr size_t kHits = 10;
    const auto queries = ClusteredVectors(kQueries, kDim, kClusters, 99);
    size_t found = 0;
    for (size_t q = 0; q < kQueries; ++q) {
      const auto query = space_.Prepare({&queries[q * kDim], kDim});
      TopK best(kHits, std::less<Neighbor>{});
      size_t at = 0;
      const auto next = [&](Slot& slot) {
        slot = static_cast<Slot>(at);
        return at++ < count_;
      };
      EXPECT_TRUE(FlatScan(OpContext{}, space_, query.data(), next, [&](const Neighbor& n) {
                    best.Offer(n);
                  }).ok());
      const auto exact = best.Take();
      const auto walk = graph_.Search(OpContext{}, query.data(), {.hits = kHits, .ef = kEf},
                                      [](Slot) { return true; });
      EXPECT_TRUE(walk.ok());
      const std::set<Neighbor> truth(exact.begin(), exact.end());
      for (const Neighbor& hit : walk->hits) found += truth.count(hit);
    }
    return static_cast<double>(found) / (kQueries * kHits);
  }
  [[nodiscard]] double Unreachable() const {
    return graph_.Shape(OpContext{})->facts.at("unreachable nodes");
  }
  [[nodiscard]] double Levels() const { return graph_.Shape(OpContext{})->facts.at("levels"); }
  [[nodiscard]] std::vector<float> VectorsOf(const std::vector<Slot>& slots) const {
    std::vector<float> out;
    for (const Slot slot : slots) out.insert(out.end(), arena_.Row(slot), arena_.Row(slot) + kDim);
    return out;
  }

  [[nodiscard]] GraphIndex& graph() { return graph_; }
  [[nodiscard]] const GraphIndex& graph() const { return graph_; }

 private:
  const size_t count_;
  VectorArena arena_;
  VectorSpace space_;
  GraphIndex graph_;
};

bool TookOver(Generation& young, const Generation& old, const std::vector<Slot>& living) {
  const auto taken = young.graph().TakeOver(OpContext{}, old.graph(), living);
  EXPECT_TRUE(taken.ok());
  return taken.ok() && *taken;
}

/// What lives of `old`: taken over from it, and built anew; the one finds as much as the other.
struct Survivors {
  Survivors(const Generation& old, const std::vector<Slot>& living)
      : vectors(old.VectorsOf(living)), young(vectors), fresh(vectors) {
    EXPECT_TRUE(TookOver(young, old, living));
    fresh.Add(0, living.size());
    EXPECT_GE(young.Recall(), fresh.Recall() - 0.01);
  }

  const std::vector<float> vectors;
  Generation young;
  Generation fresh;
};

TEST(GraphRepair, ReplacingAThirdAgainAndAgainCostsNoRecall) {
  constexpr size_t kRows = 3000;
  constexpr int kTimes = 5;
  Rng rng(5);
  std::vector<float> vectors;
  auto old = std::make_unique<Generation>(ClusteredVectors(kRows, kDim, kClusters, 1));
  old->Add(0, kRows);
  for (int time = 0; time < kTimes; ++time) {
    std::vector<Slot> living;
    for (Slot slot = 0; slot < kRows; ++slot) {
      if (rng.Below(3) != 0) living.push_back(slot);
    }
    vectors = old->VectorsOf(living);
    const auto more = ClusteredVectors(kRows - living.size(), kDim, kClusters, 100 + time);
    vectors.insert(vectors.end(), more.begin(), more.end());
    auto young = std::make_unique<Generation>(vectors);
    ASSERT_TRUE(TookOver(*young, *old, living));
    EXPECT_EQ(young->graph().size(), living.size());
    young->Add(living.size(), kRows);
    old = std::move(young);
  }
  Generation fresh(vectors);
  fresh.Add(0, kRows);
  EXPECT_GE(old->Recall(), fresh.Recall() - 0.01);
  EXPECT_LE(old->Unreachable(), fresh.Unreachable() + 3);
}

// Neighbourhoods die almost whole: what is left of them has nobody to choose from.
TEST(GraphRepair, TheFewSurvivorsOfAClusterAreFound) {
  constexpr size_t kRows = 3000;
  Generation old(ClusteredVectors(kRows, kDim, kClusters, 1));
  old.Add(0, kRows);
  // A cluster by the nearest of a few of its own vectors: whole neighbourhoods around 20 rows.
  std::set<Slot> dead;
  for (Slot centre = 0; centre < 20; ++centre) {
    const auto query = old.VectorsOf({centre});
    const auto near = old.graph().Search(OpContext{}, query.data(), {.hits = 150, .ef = 200},
                                         [](Slot) { return true; });
    for (const Neighbor& neighbor : near->hits) {
      if (neighbor.slot % 25 != 0) dead.insert(neighbor.slot);
    }
  }
  ASSERT_GT(dead.size(), 1000U);
  std::vector<Slot> living;
  for (Slot slot = 0; slot < kRows; ++slot) {
    if (dead.count(slot) == 0) living.push_back(slot);
  }
  const Survivors all(old, living);
  EXPECT_EQ(all.young.Unreachable(), 0);
}

// Rows that were there before are linked to them by then.
TEST(GraphRepair, TheNewestHalfDies) {
  constexpr Slot kRows = 3000;
  Generation old(ClusteredVectors(kRows, kDim, kClusters, 1));
  old.Add(0, kRows);
  std::vector<Slot> living(kRows / 2);
  std::iota(living.begin(), living.end(), 0);
  const Survivors all(old, living);
  EXPECT_LE(all.young.Unreachable(), all.fresh.Unreachable() + 3);
  EXPECT_EQ(all.young.Levels(), all.fresh.Levels());  // Levels are by slot, and these kept theirs.
}

TEST(GraphRepair, TheOldGraphGrowsMeanwhile) {
  constexpr size_t kRows = 3000;
  constexpr Slot kUpto = 1500;
  Generation old(ClusteredVectors(kRows, kDim, kClusters, 1));
  old.Add(0, kUpto);
  std::vector<Slot> living;
  for (Slot slot = 0; slot < kUpto; ++slot) {
    if (slot % 3 != 0) living.push_back(slot);
  }
  Generation young(old.VectorsOf(living));
  {
    const std::jthread adding([&] { old.Add(kUpto, kRows); });
    ASSERT_TRUE(TookOver(young, old, living));
  }
  EXPECT_GE(young.Recall(), 0.9);
  EXPECT_LE(young.Unreachable(), 3);
}

TEST(GraphRepair, AGraphOfVeryFewLinksIsRefused) {
  constexpr HnswOptions kSparser{.m = 7, .ef_construction = 60};
  const auto vectors = ClusteredVectors(300, kDim, kClusters, 1);
  Generation old(vectors, kSparser);
  old.Add(0, 300);
  std::vector<Slot> living(300);
  std::iota(living.begin(), living.end(), 0);
  Generation young(vectors, kSparser);
  EXPECT_FALSE(TookOver(young, old, living));
}

TEST(GraphRepair, ASlotThatIsNoNodeIsRefusedAndNothingIsDone) {
  Generation old(ClusteredVectors(600, kDim, kClusters, 1));
  old.Add(0, 500);
  const std::vector<Slot> living = {1, 3, 599};
  Generation young(old.VectorsOf(living));
  EXPECT_FALSE(TookOver(young, old, living));
  EXPECT_FALSE(TookOver(young, old, {}));
  young.Add(0, living.size());
  EXPECT_EQ(young.graph().size(), living.size());
}

TEST(GraphRepair, ItEndsWhenItIsCalledOff) {
  Generation old(ClusteredVectors(600, kDim, kClusters, 1));
  old.Add(0, 600);
  const std::vector<Slot> living = {1, 3, 5};
  Generation young(old.VectorsOf(living));
  const std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  EXPECT_EQ(young.graph().TakeOver(context, old.graph(), living).error().code, Code::kCancelled);
}

}  // namespace
}  // namespace vecgate::index
