#include "index/graph_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <thread>

#include "base/rng.h"
#include "index/float_code_space.h"
#include "index/graph_fixture.h"

namespace vecgate::index {
namespace {

using Fixture = GraphFixture;

// Full vectors below 32 dimensions, eight-bit codes below 192, one-bit codes from there.
TEST(GraphIndex, RecallAtDefaultsOnEachMetricAndCode) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine}) {
    for (const size_t dim : {16U, 48U, 200U}) {
      Fixture f(metric, 4000, dim);
      f.BuildInParallel(0, 4000, 2);
      EXPECT_EQ(f.graph_.size(), 4000U);
      EXPECT_GE(f.Recall(f.graph_, 10, 64, 4000, All), 0.95)
          << static_cast<int>(metric) << " dim " << dim;
    }
  }
}

// In a round cloud all neighbours of a point are about equally near.
std::vector<float> RoundCloud(size_t count, size_t dim) {
  Rng rng(7);
  std::vector<float> out(count * dim);
  for (float& x : out) x = static_cast<float>(rng.Gaussian());
  return out;
}

// Along a few directions they are not, whatever the number of dimensions.
std::vector<float> FlatCloud(size_t count, size_t dim) {
  constexpr size_t kDirections = 12;
  const auto basis = RoundCloud(kDirections, dim);
  const auto along = RoundCloud(count, kDirections);
  std::vector<float> out(count * dim, 0.0F);
  for (size_t i = 0; i < out.size(); ++i) {
    for (size_t j = 0; j < kDirections; ++j) {
      out[i] += along[i / dim * kDirections + j] * basis[j * dim + i % dim];
    }
  }
  return out;
}

// In two that are tight and far apart, most signs say which of the two it is.
std::vector<float> TwoClouds(size_t count, size_t dim) {
  return ClusteredVectors(count, dim, 2, 1, 0.1);
}

TEST(GraphIndex, WalksReadTheCodesThatTellNeighboursApart) {
  constexpr size_t kDim = 192;
  constexpr size_t kCount = 4400;
  struct Case {
    const char* name;
    std::vector<float> (*cloud)(size_t, size_t);
    std::set<float> widenings;
  };
  for (const auto& [name, make, widenings] :
       {Case{"flat", FlatCloud, {1}}, Case{"round", RoundCloud, {4.0F / 3, 2, 0}},
        Case{"two", TwoClouds, {0}}}) {
    auto cloud = make(kCount + Fixture::kQueries, kDim);
    const std::vector<float> queries(cloud.begin() + kCount * kDim, cloud.end());
    cloud.resize(kCount * kDim);
    Fixture f(Metric::kL2, kDim, cloud, queries);
    f.BuildInParallel(0, kCount, 2);
    EXPECT_EQ(widenings.count(f.graph_.plan().widening), 1U) << name;
    GraphCodes fine;
    fine.fine = std::move(BestGraphCodes(f.space_).fine);
    GraphIndex by_fine({}, std::move(fine), f.space_);
    ASSERT_TRUE(by_fine.Train(cloud.data(), kCount).ok() && by_fine.Reserve(kCount).ok());
    for (Slot i = 0; i < kCount; ++i) Put(i, by_fine);
    EXPECT_GE(f.Recall(f.graph_, 10, 64, kCount, All),
              f.Recall(by_fine, 10, 64, kCount, All) - 0.02)
        << name;
    // What was measured is kept with the graph.
    const std::string path = TempPath("plan.hnsw");
    ASSERT_TRUE(f.graph_.Save(path, kCount, "").ok());
    GraphIndex opened = f.Another();
    ASSERT_TRUE(opened.Load(path).ok());
    EXPECT_EQ(opened.plan(), f.graph_.plan());
  }
}

// Links seldom lead from one tight cluster to another, so a walk that begins at one node finds what
// is nearest only if it began in the right cluster.
TEST(GraphIndex, WalksBeginFromAsManyNodesAsTheDataWants) {
  constexpr size_t kDim = 24;
  constexpr size_t kCount = 6500;
  for (const bool tight : {false, true}) {
    const size_t clusters = tight ? 50 : 1;
    const double noise = tight ? 0.05 : 1;
    const HnswOptions options{.m = tight ? 4U : 16U};
    const auto rows = ClusteredVectors(kCount, kDim, clusters, 1, noise);
    Fixture f(Metric::kL2, kDim, rows,
              ClusteredVectors(Fixture::kQueries, kDim, clusters, 99, noise));
    GraphIndex graph = f.Another(options);
    ASSERT_TRUE(graph.Train(rows.data(), kCount).ok() && graph.Reserve(kCount).ok());
    for (Slot i = 0; i < kCount; ++i) Put(i, graph);
    EXPECT_EQ(graph.plan().ef_per_entry > 0, tight);
    EXPECT_GE(f.Recall(graph, 10, 64, kCount, All), 0.95) << (tight ? "tight" : "one cloud");
    const std::string path = TempPath("entries.hnsw");
    ASSERT_TRUE(graph.Save(path, kCount, "").ok());
    GraphIndex opened = f.Another(options);
    ASSERT_TRUE(opened.Load(path).ok());
    EXPECT_EQ(opened.plan(), graph.plan());
  }
}

TEST(HnswGraph, AWalkPassesOverANodeAndFindsAllOthers) {
  constexpr size_t kDim = 24;
  constexpr Slot kCount = 300;
  Fixture f(Metric::kL2, kCount, kDim);
  const FloatCodeSpace space(f.space_);
  HnswGraph graph({}, space);
  ASSERT_TRUE(graph.Reserve(kCount).ok());
  for (Slot i = 0; i < kCount; ++i) ASSERT_TRUE(graph.Add(i).ok());
  Slot passed_over = 17;
  while (graph.LevelOf(passed_over) > 0) ++passed_over;
  SearchScratch scratch;
  space.Prepare(f.arena_.Row(passed_over), scratch.query);
  for (const size_t entries : {1U, 8U}) {
    const HnswGraph::Width width{.ef = kCount, .entries = entries, .without = passed_over};
    ASSERT_TRUE(graph.Search(OpContext{}, space, width, SIZE_MAX, scratch).ok());
    std::set<Slot> found;
    for (size_t i = 0; i < scratch.pool.size(); ++i) found.insert(scratch.pool[i].slot);
    EXPECT_EQ(found.size(), kCount - 1U);
    EXPECT_EQ(found.count(passed_over), 0U);
  }
}

TEST(GraphIndex, AFilteredWalkStillFindsTheMatches) {
  Fixture f(Metric::kL2, 4000, 32);
  f.Build(0, 4000);
  const auto each_tenth = [](Slot slot) { return slot % 10 == 3; };
  EXPECT_GE(f.Recall(f.graph_, 10, 64, 4000, each_tenth, 0.1), 0.95);
}

TEST(GraphIndex, AScanOfTheMatchesIsNearlyExact) {
  for (const size_t dim : {16U, 48U, 200U}) {
    Fixture f(Metric::kCosine, 3000, dim);
    f.Build(0, 3000);
    const auto each_third = [](Slot slot) { return slot % 3 == 0; };
    const auto queries = ClusteredVectors(50, dim, 40, 99);
    size_t found = 0;
    for (size_t q = 0; q < 50; ++q) {
      const auto query = f.space_.Prepare({&queries[q * dim], dim});
      Slot at = 0;
      const auto scanned = f.graph_.Scan(OpContext{}, query.data(), 10, [&](Slot& slot) {
        slot = at;
        at += 3;
        return slot < 3000;
      });
      ASSERT_TRUE(scanned.ok());
      ASSERT_EQ(scanned->hits.size(), 10U);
      const auto exact = f.Exact(query.data(), 10, 3000, each_third);
      const std::set<Neighbor> truth(exact.begin(), exact.end());
      for (const Neighbor& hit : scanned->hits) found += truth.count(hit);
    }
    EXPECT_GE(static_cast<double>(found) / 500, 0.98) << "dim " << dim;
  }
}

TEST(GraphIndex, AnEmptyIndexFindsNothingAndOneNodeFindsItself) {
  Fixture f(Metric::kL2, 1, 4);
  const std::vector<float> query(4, 0.0F);
  EXPECT_TRUE(f.graph_.Search(OpContext{}, query.data(), {.hits = 5}, All)->hits.empty());
  f.Build(0, 1);
  const auto found = f.graph_.Search(OpContext{}, query.data(), {.hits = 5}, All);
  ASSERT_EQ(found->hits.size(), 1U);
  EXPECT_EQ(found->hits[0].slot, 0U);
}

TEST(GraphIndex, ManyEqualVectorsAreAllReachable) {
  for (const size_t dim : {8U, 64U, 256U}) {
    Fixture f(Metric::kL2, 500, dim);
    const std::vector<float> same(dim, 1.0F);
    for (Slot i = 0; i < 500; ++i) f.arena_.Set(i, same.data());
    f.Build(0, 500);
    const auto found = f.graph_.Search(OpContext{}, same.data(), {.hits = 100, .ef = 100}, All);
    EXPECT_EQ(found->hits.size(), 100U) << "dim " << dim;
  }
}

TEST(GraphIndex, ASearchStopsAtItsLimitAndSaysSo) {
  Fixture f(Metric::kL2, 3000, 16);
  f.Build(0, 3000);
  const auto found =
      f.graph_.Search(OpContext{}, f.arena_.Row(0), {.ef = 1000, .most_distances = 500}, All);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->complete);
}

TEST(GraphIndex, ASearchEndsWhenTheCallerIsGone) {
  Fixture f(Metric::kL2, 6000, 16);
  f.Build(0, 6000);
  std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  const auto found = f.graph_.Search(context, f.arena_.Row(0), {.ef = 6000}, All);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kCancelled);
}

// Under TSan this is the proof of the header's memory-order argument.
TEST(GraphIndex, SearchesRunBesideParallelBuilders) {
  Fixture f(Metric::kCosine, 3000, 200);
  std::atomic<bool> built{false};
  std::jthread reader([&] {
    const auto query = f.space_.Prepare({f.arena_.Row(7), 200});
    while (!built) {
      const auto found = f.graph_.Search(OpContext{}, query.data(), {.hits = 32, .ef = 32}, All);
      ASSERT_TRUE(found.ok());
      ASSERT_TRUE(std::is_sorted(found->hits.begin(), found->hits.end()));
    }
  });
  f.BuildInParallel(0, 3000, 3);
  built = true;
}

TEST(GraphSnapshot, ReopensWithTheSameAnswersAndGrowsOn) {
  for (const size_t dim : {24U, 48U, 200U}) {
    Fixture f(Metric::kL2, 3000, dim);
    f.Build(0, 2000);
    const std::string path = TempPath("reopen.hnsw");
    ASSERT_TRUE(f.graph_.Save(path, 2000, "tag").ok());
    GraphIndex opened = f.Another();
    const auto loaded = opened.Load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded->slots, 2000U);
    EXPECT_EQ(loaded->tag, "tag");
    const SearchEffort effort{.hits = 20, .ef = 40};
    const auto before = f.graph_.Search(OpContext{}, f.arena_.Row(5), effort, All);
    const auto after = opened.Search(OpContext{}, f.arena_.Row(5), effort, All);
    EXPECT_EQ(before->hits, after->hits);
    ASSERT_TRUE(opened.Reserve(3000).ok());
    for (Slot i = 2000; i < 3000; ++i) Put(i, opened);
    EXPECT_GE(f.Recall(opened, 10, 64, 3000, All), 0.95);
    // The mapping is private: the file still holds the first 2,000.
    GraphIndex again = f.Another();
    EXPECT_TRUE(again.Load(path).ok());
  }
}

TEST(GraphSnapshot, FineCodesInItsFileGiveTheSameAnswersAndLaterSlotsFollow) {
  constexpr size_t kDim = 32;
  constexpr size_t kCount = kRowsPerSegment + 300;
  const auto vectors = ClusteredVectors(kCount, kDim, 40, 1);
  VectorArena arena(kDim);
  const VectorSpace space(Metric::kL2, arena);
  ASSERT_TRUE(arena.Reserve(kCount).ok());
  for (size_t i = 0; i < kCount; ++i) arena.Set(static_cast<Slot>(i), &vectors[i * kDim]);
  GraphCodes codes = BestGraphCodes(space);
  codes.fine_in_file = true;
  GraphIndex graph({.m = 4, .ef_construction = 16}, std::move(codes), space);
  ASSERT_TRUE(graph.Train(vectors.data(), 1000).ok());
  ASSERT_TRUE(graph.Reserve(kCount).ok());
  const auto scan = [&](size_t upto) {
    size_t at = 0;
    auto found = graph.Scan(OpContext{}, &vectors[77 * kDim], 10, [&](Slot& slot) {
      slot = static_cast<Slot>(at);
      return at++ < upto;
    });
    EXPECT_TRUE(found.ok());
    std::vector<Slot> slots;
    for (const Neighbor& hit : found->hits) slots.push_back(hit.slot);
    return slots;
  };
  for (size_t i = 0; i < kCount - 50; ++i) Put(static_cast<Slot>(i), graph);
  const auto before = scan(kCount - 50);
  const std::string path = TempPath("fine_in_file");
  ASSERT_TRUE(graph.Save(path, kCount - 50, "").ok());
  const auto in_file_bytes = [&] { return graph.Memory().at(2).in_file_bytes; };
  ASSERT_EQ(graph.Memory().at(2).name, "fine codes");
  EXPECT_EQ(in_file_bytes(), 0U);
  ASSERT_TRUE(graph.MoveToFile(path, kCount - 50).ok());
  // Whole segments go; a slot has its bytes and 16 more.
  EXPECT_EQ(in_file_bytes(), kRowsPerSegment * (64 + 16));
  std::remove(path.c_str());
  EXPECT_EQ(scan(kCount - 50), before);
  for (size_t i = kCount - 50; i < kCount; ++i) Put(static_cast<Slot>(i), graph);
  EXPECT_EQ(scan(kCount).front(), 77U);
  EXPECT_EQ(graph.MoveToFile(path, kCount).error().code, Code::kNotFound);
}

TEST(GraphSnapshot, EachDamagedOrCutFileIsDataLoss) {
  Fixture f(Metric::kL2, 300, 192);
  f.Build(0, 300);
  const std::string path = TempPath("damage.hnsw");
  ASSERT_TRUE(f.graph_.Save(path, 300, "").ok());
  std::ifstream in(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto code_of = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    GraphIndex opened = f.Another();
    const auto loaded = opened.Load(path);
    return loaded.ok() ? Code::kOk : loaded.error().code;
  };
  EXPECT_EQ(code_of(whole), Code::kOk);
  for (const size_t size : {size_t{0}, size_t{8}, size_t{4095}, size_t{4096}, size_t{50000},
                            whole.size() / 2, whole.size() - 1}) {
    EXPECT_EQ(code_of(whole.substr(0, size)), Code::kDataLoss) << "cut at " << size;
  }
  // Bytes of the header and of each section's used part (300 node words; 300 rows of 32 words).
  for (const size_t at :
       {size_t{0}, size_t{9}, size_t{40}, size_t{100}, size_t{4090}, size_t{4096},
        size_t{4096 + 1199}, size_t{4096 + 32768}, size_t{4096 + 32768 + 38399}}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_EQ(code_of(damaged), Code::kDataLoss) << "byte " << at;
  }
  GraphIndex absent = f.Another();
  EXPECT_EQ(absent.Load(TempPath("absent")).error().code, Code::kNotFound);
}

TEST(GraphSnapshot, OtherParametersAreRefused) {
  Fixture f(Metric::kL2, 50, 8);
  f.Build(0, 50);
  const std::string path = TempPath("parameters.hnsw");
  ASSERT_TRUE(f.graph_.Save(path, 50, "").ok());
  GraphIndex other = f.Another({.m = 24});
  const auto opened = other.Load(path);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kDataLoss);
}

TEST(VectorArena, ReopensBitForBitAndRefusesAnotherDimension) {
  Fixture f(Metric::kCosine, 9000, 12);
  const std::string path = TempPath("arena.vec");
  ASSERT_TRUE(f.arena_.Save(path, 9000, "at 7").ok());
  auto opened = VectorArena::Open(path, 12);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->slots, 9000U);
  EXPECT_EQ(opened->tag, "at 7");
  for (const Slot slot : {0U, 8191U, 8192U, 8999U}) {
    EXPECT_EQ(std::vector<float>(opened->arena->Row(slot), opened->arena->Row(slot) + 12),
              std::vector<float>(f.arena_.Row(slot), f.arena_.Row(slot) + 12));
    EXPECT_EQ(opened->arena->InverseNorm(slot), f.arena_.InverseNorm(slot));
  }
  EXPECT_EQ(VectorArena::Open(path, 13).error().code, Code::kDataLoss);
}

TEST(VectorSpace, CosineOfTheZeroVectorIsZeroAndOverflowIsFar) {
  VectorArena arena(2);
  ASSERT_TRUE(arena.Reserve(2).ok());
  const float zero[] = {0, 0};
  const float huge[] = {3e38F, -3e38F};
  arena.Set(0, zero);
  arena.Set(1, huge);
  const VectorSpace cosine(Metric::kCosine, arena);
  const float query[] = {1, 0};
  const Slot slots[] = {0, 1};
  float out[2];
  cosine.Distances(query, slots, 2, out);
  EXPECT_EQ(out[0], 0);
  EXPECT_NEAR(out[1], -0.70710678F, 1e-6F);
  const VectorSpace dot(Metric::kInnerProduct, arena);
  dot.Distances(huge, slots, 2, out);
  EXPECT_FALSE(std::isnan(out[1]));
}

}  // namespace
}  // namespace vecgate::index
