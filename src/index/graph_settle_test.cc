// Neighbour codes of a graph index: when they are made, that searches find by them what they would
// without, and that they keep up with a graph that changes.
#include "base/rng.h"
#include "index/graph_fixture.h"

namespace vecgate::index {
namespace {

constexpr size_t kDim = 200;
constexpr size_t kCount = 5000;
constexpr size_t kFrom = 4200;  // beyond the 4,096 at which a graph is measured

Status Grant(size_t /*size_bytes*/) { return Ok(); }

// An index that makes neighbour codes from kFrom nodes on.
class Settling : public testing::Test {
 protected:
  Settling() : f_(Metric::kCosine, kCount, kDim), graph_(MakeGraph()) {
    const auto rows = ClusteredVectors(kCount, kDim, 40, 1);
    EXPECT_TRUE(graph_.Train(PreparedRows(f_.space_, rows).data(), kCount).ok());
    EXPECT_TRUE(graph_.Reserve(kCount).ok());
  }

  GraphIndex MakeGraph() {
    GraphCodes codes = BestGraphCodes(f_.space_);
    codes.neighbor_codes_from = kFrom;
    return {{.ef_construction = 60}, std::move(codes), f_.space_};
  }
  void Build(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) Put(static_cast<Slot>(i), graph_);
  }
  static void Settle(GraphIndex& graph) {
    for (bool more = true; more;) {
      const auto settled = graph.SettleSome(Grant);
      ASSERT_TRUE(settled.ok()) << settled.error().message;
      more = *settled;
    }
  }
  static double NodesWithCodes(const GraphIndex& graph) {
    return graph.Shape(OpContext{})->facts.at("nodes with codes of their neighbors");
  }
  static size_t CodeBytes(const GraphIndex& graph) {
    EXPECT_EQ(graph.Memory().back().name, "neighbor codes");
    return graph.Memory().back().size_bytes;
  }

  GraphFixture f_;
  GraphIndex graph_;
};

TEST_F(Settling, BeginsAtItsSizeAndSearchesThenFindAsMuch) {
  Build(0, kFrom - 1);
  Settle(graph_);
  EXPECT_EQ(NodesWithCodes(graph_), 0);
  Build(kFrom - 1, kCount);
  const double before = f_.Recall(graph_, 10, 64, kCount, All);
  Settle(graph_);
  EXPECT_EQ(NodesWithCodes(graph_), kCount);
  // 256 dimensions with the padding: 32 codes of 32 bytes, each with two factors of two bytes.
  EXPECT_EQ(CodeBytes(graph_), kCount * 32 * (32 + 4));
  const double after = f_.Recall(graph_, 10, 64, kCount, All);
  EXPECT_GE(after, 0.97);
  EXPECT_GE(after, before - 0.01);
  EXPECT_FALSE(*graph_.SettleSome(Grant)) << "there was nothing left to settle";
}

TEST_F(Settling, WalksByItsCodesMindTheFilterTheLimitAndTheCaller) {
  Build(0, kCount);
  Settle(graph_);
  const auto each_tenth = [](Slot slot) { return slot % 10 == 3; };
  EXPECT_GE(f_.Recall(graph_, 10, 64, kCount, each_tenth, 0.1), 0.95);
  const auto query = f_.space_.Prepare({f_.arena_.Row(0), kDim});
  const auto limited =
      graph_.Search(OpContext{}, query.data(), {.ef = 1000, .most_distances = 500}, All);
  ASSERT_TRUE(limited.ok());
  EXPECT_FALSE(limited->complete);
  const auto all = graph_.Search(OpContext{}, query.data(), {.hits = kCount, .ef = kCount}, All);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->hits.size(), kCount);
  std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  const auto ended = graph_.Search(context, query.data(), {.ef = kCount}, All);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code, Code::kCancelled);
}

TEST_F(Settling, TakesNoMemoryThatIsRefused) {
  Build(0, kCount);
  size_t asked = 0;
  const auto refuse = [&](size_t size_bytes) -> Status {
    asked = size_bytes;
    return ResourceExhausted("none is left");
  };
  EXPECT_FALSE(*graph_.SettleSome(refuse));
  EXPECT_EQ(asked, kCount * 32 * (32 + 4));
  EXPECT_EQ(CodeBytes(graph_), 0U);
  EXPECT_GE(f_.Recall(graph_, 10, 64, kCount, All), 0.97);
  Settle(graph_);
  EXPECT_EQ(CodeBytes(graph_), asked);
}

// A node whose links change is walked by codes of its own, and so is a new one; from a quarter of
// the nodes on all are gone through again.
TEST_F(Settling, FollowsAGraphThatGrows) {
  constexpr size_t kSettled = 4300;
  Build(0, kSettled);
  Settle(graph_);
  ASSERT_EQ(NodesWithCodes(graph_), kSettled);
  Build(kSettled, kSettled + 5);
  const double left = NodesWithCodes(graph_);
  EXPECT_LT(left, kSettled);
  EXPECT_GT(left, 0.8 * kSettled);
  EXPECT_FALSE(*graph_.SettleSome(Grant));
  Build(kSettled + 5, kCount);
  EXPECT_GE(f_.Recall(graph_, 10, 64, kCount, All), 0.97);
  Settle(graph_);
  EXPECT_EQ(NodesWithCodes(graph_), kCount);
  EXPECT_GE(f_.Recall(graph_, 10, 64, kCount, All), 0.97);
}

TEST_F(Settling, AReopenedOrRepairedGraphSettlesAnew) {
  Build(0, kCount);
  Settle(graph_);
  const std::string path = TempPath("settled.hnsw");
  ASSERT_TRUE(graph_.Save(path, kCount, "").ok());
  GraphIndex opened = MakeGraph();
  ASSERT_TRUE(opened.Load(path).ok());
  EXPECT_EQ(NodesWithCodes(opened), 0);
  Settle(opened);
  EXPECT_EQ(NodesWithCodes(opened), kCount);
  EXPECT_GE(f_.Recall(opened, 10, 64, kCount, All), 0.97);

  GraphIndex repaired = MakeGraph();
  const auto rows = ClusteredVectors(kCount, kDim, 40, 1);
  ASSERT_TRUE(repaired.Train(PreparedRows(f_.space_, rows).data(), kCount).ok());
  ASSERT_TRUE(repaired.Reserve(kCount).ok());
  std::vector<Slot> from;
  for (Slot slot = 0; slot < kCount; ++slot) {
    repaired.Encode(slot);
    from.push_back(slot);
  }
  ASSERT_TRUE(*repaired.TakeOver(OpContext{}, graph_, from));
  Settle(repaired);
  EXPECT_EQ(NodesWithCodes(repaired), kCount);
  EXPECT_GE(f_.Recall(repaired, 10, 64, kCount, All), 0.97);
}

// Under TSan this is the proof of what hnsw_graph.h says of copied links.
TEST_F(Settling, RunsBesideBuildersAndSearches) {
  Build(0, kFrom + 50);
  Settle(graph_);  // so that searches walk by the codes as long as few links change
  std::atomic<bool> built{false};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        while (!built) {
          const auto settled = graph_.SettleSome(Grant);
          ASSERT_TRUE(settled.ok());
          if (!*settled) std::this_thread::yield();
        }
      });
    }
    threads.emplace_back([&] {
      const auto query = f_.space_.Prepare({f_.arena_.Row(7), kDim});
      while (!built) {
        const auto found = graph_.Search(OpContext{}, query.data(), {.hits = 32, .ef = 64}, All);
        ASSERT_TRUE(found.ok());
        ASSERT_TRUE(std::is_sorted(found->hits.begin(), found->hits.end()));
      }
    });
    Build(kFrom + 50, kCount);
    built = true;
  }
  Settle(graph_);
  EXPECT_GT(NodesWithCodes(graph_), 0.7 * kCount);
  EXPECT_GE(f_.Recall(graph_, 10, 64, kCount, All), 0.97);
}

}  // namespace
}  // namespace vecgate::index
