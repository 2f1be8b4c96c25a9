// Looking at an index and building it anew while it serves.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <numeric>
#include <set>
#include <string>
#include <thread>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

OpContext Minutes() { return OpContext::WithTimeout(std::chrono::minutes(2)); }

std::unique_ptr<EmbeddedEngine> Built(int64_t rows, const IndexSpec& index) {
  auto engine = OpenEngine({});
  EXPECT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
  EXPECT_TRUE(engine->CreateIndex(OpContext{}, kCollection, index).ok());
  EXPECT_TRUE(engine->Write(OpContext{}, kCollection, WriteMode::kInsert, Rows(0, rows)).ok());
  EXPECT_TRUE(engine->WaitUntilIndexed(Minutes()).ok());
  return engine;
}

IndexInspection Inspect(EmbeddedEngine& engine, std::vector<uint32_t> efforts) {
  const InspectRequest request{
      .field = kVectorField, .k = 10, .sample = 50, .efforts = std::move(efforts)};
  auto inspection = engine.InspectIndex(OpContext{}, kCollection, request);
  EXPECT_TRUE(inspection.ok()) << (inspection.ok() ? "" : inspection.error().message);
  return std::move(*inspection);
}

TEST(IndexUpkeep, AnInspectionTellsMakeUpAndRecall) {
  auto engine = Built(20'000, {kVectorField, IndexType::kHnsw, Metric::kL2, {{"M", "6"}}});
  const IndexInspection found = Inspect(*engine, {1, 150});
  EXPECT_EQ(found.stats.indexed_rows, 20'000U);
  EXPECT_EQ(found.stats.pending_rows, 0U);
  EXPECT_EQ(found.facts.at("nodes"), 20'000);
  // With so few links a handful of nodes loses all that led to them.
  const double unreachable = found.facts.at("unreachable nodes");
  EXPECT_LT(unreachable, 40);
  const auto& links = found.histograms.at("links of a node");
  EXPECT_EQ(links.size(), 13U);  // 0 to 2·M
  EXPECT_EQ(static_cast<double>(std::accumulate(links.begin(), links.end(), uint64_t{0})),
            20'000 - unreachable);
  EXPECT_EQ(found.sampled, 50U);
  ASSERT_EQ(found.efforts.size(), 2U);
  EXPECT_LT(found.efforts[0].recall, found.efforts[1].recall);
  EXPECT_GE(found.efforts[1].recall, 0.95);
  EXPECT_LE(found.efforts[1].recall, 1.0);
  EXPECT_GT(found.efforts[0].mean_us, 0);
}

TEST(IndexUpkeep, AnInspectionOfListsCountsThem) {
  auto engine = Built(3000, {kVectorField, IndexType::kIvfFlat, Metric::kL2, {{"nlist", "20"}}});
  const IndexInspection found = Inspect(*engine, {20});
  EXPECT_EQ(found.facts.at("lists"), 20);
  const auto& lists = found.histograms.at("rows of a list, by powers of two");
  EXPECT_EQ(std::accumulate(lists.begin(), lists.end(), uint64_t{0}), 20U);
  EXPECT_EQ(found.efforts[0].recall, 1.0);
}

TEST(IndexUpkeep, ARebuildLeavesTheDeadOutAndServesMeanwhile) {
  auto engine = Built(4000, {kVectorField, IndexType::kHnsw, Metric::kL2, {}});
  DeleteRequest gone;
  gone.selection.filter = FilterOf("id < 500");
  ASSERT_TRUE(engine->Delete(OpContext{}, kCollection, gone).ok());
  EXPECT_EQ(Inspect(*engine, {}).facts.at("nodes"), 4000);
  EXPECT_FALSE(engine->Stats(OpContext{}, kCollection)->rebuild.has_value());

  ASSERT_TRUE(engine->RebuildIndexes(OpContext{}, kCollection).ok());
  while (engine->Stats(OpContext{}, kCollection)->rebuild.has_value()) {
    const auto hits = engine->Search(OpContext{}, kCollection, Nearest(VectorOf(700), 1));
    ASSERT_TRUE(hits.ok());
    ASSERT_EQ(hits->keys.As<int64_t>(), std::vector<int64_t>{700});
  }
  const IndexInspection after = Inspect(*engine, {64});
  EXPECT_EQ(after.facts.at("nodes"), 3500);
  EXPECT_EQ(after.stats.indexed_rows, 3500U);
  EXPECT_GE(after.efforts[0].recall, 0.95);
}

// By a compaction that nobody asked for.
TEST(IndexUpkeep, ACompactionRepairsTheGraph) {
  constexpr int64_t kRows = 4000;
  auto engine = OpenEngine({.compact_after_dead = 500, .exact_below_rows = 0});
  ASSERT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
  const IndexSpec index{kVectorField, IndexType::kHnsw, Metric::kL2, {}};
  ASSERT_TRUE(engine->CreateIndex(OpContext{}, kCollection, index).ok());
  const auto upsert = [&](int64_t begin, int64_t end, int64_t version) {
    const RowBatch rows = Rows(begin, end, version);
    ASSERT_TRUE(engine->Write(OpContext{}, kCollection, WriteMode::kUpsert, rows).ok());
    ASSERT_TRUE(engine->WaitUntilIndexed(Minutes()).ok());
  };
  upsert(0, kRows, 0);
  EXPECT_EQ(engine->Counters().graphs_repaired, 0U);
  for (int64_t version = 1; version <= 3; ++version) {
    upsert(0, kRows / 2 + 100, version);  // More than a third of all versions is dead then.
    const auto repaired = static_cast<uint64_t>(version);
    EXPECT_EQ(engine->Counters().graphs_repaired, repaired);
    const IndexInspection after = Inspect(*engine, {64});
    EXPECT_EQ(after.facts.at("nodes"), kRows);
    EXPECT_LE(after.facts.at("unreachable nodes"), 4);
    EXPECT_GE(after.efforts[0].recall, 0.95);
    const auto hits = engine->Search(OpContext{}, kCollection, Nearest(VectorOf(7, version), 1));
    ASSERT_TRUE(hits.ok());
    EXPECT_EQ(hits->keys.As<int64_t>(), std::vector<int64_t>{7});
  }
  // What is asked for is a graph that is built anew.
  ASSERT_TRUE(engine->RebuildIndexes(OpContext{}, kCollection).ok());
  ASSERT_TRUE(engine->WaitUntilIndexed(Minutes()).ok());
  EXPECT_EQ(engine->Counters().graphs_repaired, 3U);
}

// The threads of this process that give way to this one.
std::set<std::string> NiceThreads() {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  std::set<std::string> out;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const std::string id = task.path().filename();
    if (::getpriority(PRIO_PROCESS, static_cast<id_t>(std::stoul(id))) > own) out.insert(id);
  }
  return out;
}

// Threads take a moment to appear there, and to go.
size_t NiceThreadsOnceThereAre(size_t expected) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (NiceThreads().size() != expected && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  return NiceThreads().size();
}

TEST(IndexUpkeep, BuildersGiveWayAndNobodyElseDoes) {
  ASSERT_EQ(NiceThreadsOnceThereAre(0), 0U);
  const auto engine = OpenEngine({.builder_threads = 3});
  ASSERT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
  EXPECT_EQ(NiceThreadsOnceThereAre(3), 3U);
}

TEST(IndexUpkeep, WhatCannotBeInspectedIsSaidSo) {
  auto engine = OpenEngine({});
  ASSERT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
  const auto none = engine->InspectIndex(OpContext{}, kCollection, {.field = kVectorField});
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_EQ(none.error().subject, Subject::kIndex);
  const auto scalar = engine->InspectIndex(OpContext{}, kCollection, {.field = kTagField});
  EXPECT_EQ(scalar.error().code, Code::kInvalidArgument);
  EXPECT_EQ(engine->RebuildIndexes(OpContext{}, CollectionId{99}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace vecgate::embedded
