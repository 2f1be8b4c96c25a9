#include "engines/embedded/embedded_engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

std::unique_ptr<EmbeddedEngine> InMemory(EmbeddedOptions options = {}) {
  auto engine = OpenEngine(std::move(options));
  EXPECT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
  return engine;
}

void Put(Engine& engine, const RowBatch& batch) {
  const auto written = engine.Write(OpContext{}, kCollection, WriteMode::kUpsert, batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
}

void BuildHnsw(EmbeddedEngine& engine, Metric metric) {
  const IndexSpec index{kVectorField, IndexType::kHnsw, metric, {}};
  const Status created = engine.CreateIndex(OpContext{}, kCollection, index);
  ASSERT_TRUE(created.ok()) << created.error().message;
  ASSERT_TRUE(engine.WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
}

TEST(EmbeddedEngine, WritesAreReadBackAtOnceAndReplaceByKey) {
  auto engine = InMemory();
  Put(*engine, Rows(0, 3));
  RowBatch batch = Rows(2, 4, 1);
  AddRow(batch, 3, 2);  // The last row of a key wins.
  const auto written = engine->Write(OpContext{}, kCollection, WriteMode::kInsert, batch);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->replaced, 1U);
  EXPECT_EQ(Contents(*engine), "0:v0 1:v0 2:v1 3:v2 ");
  const auto hits = engine->Search(OpContext{}, kCollection, Nearest(VectorOf(3, 2), 10));
  ASSERT_TRUE(hits.ok());
  EXPECT_EQ(hits->hits_per_query, std::vector<uint32_t>{4});
  EXPECT_EQ(hits->keys.As<int64_t>()[0], 3);
  EXPECT_EQ(hits->scores[0], 0);
}

TEST(EmbeddedEngine, DeletesByKeyAndByFilterCountWhatWasThere) {
  auto engine = InMemory();
  Put(*engine, Rows(0, 10));
  DeleteRequest by_key;
  by_key.keys = {PrimaryKey{int64_t{1}}, PrimaryKey{int64_t{99}}};
  EXPECT_EQ(engine->Delete(OpContext{}, kCollection, by_key)->deleted, 1U);
  DeleteRequest by_filter;
  by_filter.selection.filter = FilterOf("id > 3");
  EXPECT_EQ(engine->Delete(OpContext{}, kCollection, by_filter)->deleted, 6U);
  EXPECT_EQ(Contents(*engine), "0:v0 2:v0 3:v0 ");
  EXPECT_EQ(engine->Stats(OpContext{}, kCollection)->rows, 3U);
}

TEST(EmbeddedEngine, PagesInOrderOfKey) {
  auto engine = InMemory();
  Put(*engine, Rows(0, 100));
  QueryRequest page;
  page.selection.filter = FilterOf("id >= 10");
  page.offset = 5;
  page.limit = 3;
  EXPECT_EQ(engine->Query(OpContext{}, kCollection, page)->keys.As<int64_t>(),
            (std::vector<int64_t>{15, 16, 17}));
  page.after_key = PrimaryKey{int64_t{50}};
  page.offset = 0;
  EXPECT_EQ(engine->Query(OpContext{}, kCollection, page)->keys.As<int64_t>(),
            (std::vector<int64_t>{51, 52, 53}));
  page.count_only = true;
  page.after_key.reset();
  EXPECT_EQ(engine->Query(OpContext{}, kCollection, page)->count, 90U);
}

TEST(EmbeddedEngine, VectorsComeBackBitForBitWithCosine) {
  auto engine = InMemory();
  Put(*engine, Rows(0, 5));
  SearchRequest request = Nearest(VectorOf(4), 1, Metric::kCosine);
  request.output_fields = {kVectorField};
  const auto hits = engine->Search(OpContext{}, kCollection, request);
  ASSERT_TRUE(hits.ok());
  EXPECT_EQ(hits->columns[0].As<float>(), VectorOf(4));
  EXPECT_NEAR(hits->scores[0], 1.0F, 1e-6F);
}

TEST(EmbeddedEngine, UnbuiltIndexTypesAreRefusedByName) {
  auto engine = InMemory();
  const auto refused = engine->CreateIndex(
      OpContext{}, kCollection, {kVectorField, IndexType::kSparseInverted, Metric::kL2, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kUnimplemented);
  EXPECT_EQ(refused.error().subject, Subject::kIndex);
  EXPECT_NE(refused.error().message.find("HNSW"), std::string::npos);
  const auto bad = engine->CreateIndex(OpContext{}, kCollection,
                                       {kVectorField, IndexType::kHnsw, Metric::kL2, {{"M", "1"}}});
  EXPECT_EQ(bad.error().code, Code::kInvalidArgument);
  EXPECT_NE(bad.error().message.find("2 to 2048"), std::string::npos);
}

// Recall against the exact answer of the same engine before it had an index, on each metric, after
// inserts, 30% deletes and 30% upserts.
TEST(EmbeddedEngine, RecallSurvivesChurn) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine}) {
    auto exact = InMemory();
    auto indexed = InMemory({.exact_below_rows = 0});  // The graph answers, however few rows.
    Put(*indexed, Rows(0, 3000));
    BuildHnsw(*indexed, metric);
    Put(*exact, Rows(0, 3000));
    for (Engine* engine :
         {static_cast<Engine*>(exact.get()), static_cast<Engine*>(indexed.get())}) {
      DeleteRequest third;
      third.selection.filter = FilterOf("id % 10 < 3");
      ASSERT_TRUE(engine->Delete(OpContext{}, kCollection, third).ok());
      Put(*engine, Rows(1500, 2400, 1));
    }
    ASSERT_TRUE(indexed->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
    size_t found = 0;
    for (int64_t q = 0; q < 100; ++q) {
      const auto truth =
          exact->Search(OpContext{}, kCollection, Nearest(VectorOf(1'000'000 + q), 10, metric));
      const auto hits =
          indexed->Search(OpContext{}, kCollection, Nearest(VectorOf(1'000'000 + q), 10, metric));
      const auto& keys = truth->keys.As<int64_t>();
      const std::set<int64_t> wanted(keys.begin(), keys.end());
      for (const int64_t key : hits->keys.As<int64_t>()) found += wanted.count(key);
    }
    EXPECT_GE(found, 950U) << MetricName(metric);
  }
}

TEST(EmbeddedEngine, AFilteredSearchFindsKWheneverKMatch) {
  auto engine = InMemory();
  Put(*engine, Rows(0, 7000));
  BuildHnsw(*engine, Metric::kL2);
  for (const std::string& text :
       {std::string("id % 1000 == 7"), std::string("id % 20 == 7"), std::string("id < 6900"),
        std::string("id % 2 == 1"), std::string("id in [5, 6, 7]")}) {
    SearchRequest request = Nearest(VectorOf(42), 50);
    request.selection.filter = FilterOf(text);
    QueryRequest count;
    count.selection = request.selection;
    count.count_only = true;
    const uint64_t matching = engine->Query(OpContext{}, kCollection, count)->count;
    const auto hits = engine->Search(OpContext{}, kCollection, request);
    ASSERT_TRUE(hits.ok());
    EXPECT_EQ(hits->hits_per_query[0], std::min<uint64_t>(50, matching)) << text;
    EXPECT_TRUE(std::is_sorted(hits->scores.begin(), hits->scores.end()));
  }
}

TEST(EmbeddedEngine, RangeAndCursorAndOffsetContinueEachOther) {
  auto engine = InMemory();
  Put(*engine, Rows(0, 5000));
  BuildHnsw(*engine, Metric::kL2);
  const auto all = engine->Search(OpContext{}, kCollection, Nearest(VectorOf(1), 30));
  SearchRequest rest = Nearest(VectorOf(1), 20);
  rest.offset = 10;
  EXPECT_EQ(engine->Search(OpContext{}, kCollection, rest)->scores,
            std::vector<float>(all->scores.begin() + 10, all->scores.end()));
  rest.offset = 0;
  rest.after = SearchCursor{all->scores[9], PrimaryKey{all->keys.As<int64_t>()[9]}};
  EXPECT_EQ(engine->Search(OpContext{}, kCollection, rest)->scores,
            std::vector<float>(all->scores.begin() + 10, all->scores.end()));
  SearchRequest range = Nearest(VectorOf(1), 100);
  range.range_filter = all->scores[5];
  range.radius = all->scores[15];
  EXPECT_EQ(engine->Search(OpContext{}, kCollection, range)->scores,
            std::vector<float>(all->scores.begin() + 5, all->scores.begin() + 15));
}

TEST(EmbeddedEngine, GroupsGiveTheirBestHits) {
  auto engine = InMemory();
  RowBatch batch = Rows(0, 0);
  for (int64_t id = 0; id < 60; ++id) AddRow(batch, id, id % 3);
  Put(*engine, batch);
  SearchRequest request = Nearest(VectorOf(5), 10);
  request.group_by = GroupBy{kTagField, 2};
  const auto hits = engine->Search(OpContext{}, kCollection, request);
  ASSERT_TRUE(hits.ok());
  EXPECT_EQ(hits->hits_per_query[0], 6U);
  std::map<std::string, int> sizes;
  for (const std::string& group : hits->groups->As<std::string>()) ++sizes[group];
  EXPECT_EQ(sizes, (std::map<std::string, int>{{"v0", 2}, {"v1", 2}, {"v2", 2}}));
}

// Each batch writes all of keys 0..9 with one version; a reader must always see ten rows of one
// version, and a search exactly ten hits, while the builder works.
void ReadersSeeWholeBatches(EmbeddedOptions options) {
  auto engine = InMemory(std::move(options));
  BuildHnsw(*engine, Metric::kL2);
  Put(*engine, Rows(0, 10, 0));
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (!done) {
        QueryRequest all;
        all.output_fields = {kTagField};
        const auto rows = engine->Query(OpContext{}, kCollection, all);
        ASSERT_EQ(rows->count, 10U);
        const auto& tags = rows->columns[0].As<std::string>();
        ASSERT_EQ(std::set<std::string>(tags.begin(), tags.end()).size(), 1U);
        SearchRequest request = Nearest(VectorOf(3), 20);
        request.output_fields = {kTagField};
        const auto hits = engine->Search(OpContext{}, kCollection, request);
        ASSERT_EQ(hits->hits_per_query[0], 10U);
        const auto& found = hits->columns[0].As<std::string>();
        ASSERT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 1U);
      }
    });
  }
  for (int64_t version = 1; version <= 300; ++version) Put(*engine, Rows(0, 10, version));
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(EmbeddedEngine, AReadSeesABatchWholeOrNotAtAll) { ReadersSeeWholeBatches({}); }

// The same through the graph, with compactions all the time.
TEST(EmbeddedEngine, AWalkSeesABatchWholeOrNotAtAll) {
  ReadersSeeWholeBatches({.compact_after_dead = 100, .exact_below_rows = 0});
}

TEST(EmbeddedEngine, ConcurrentWritersOfOneKeyLeaveOneRow) {
  auto engine = InMemory();
  std::vector<std::thread> writers;
  for (int64_t w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 50; ++i) Put(*engine, Rows(0, 3, w));
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(engine->Stats(OpContext{}, kCollection)->rows, 3U);
  QueryRequest all;
  EXPECT_EQ(engine->Query(OpContext{}, kCollection, all)->count, 3U);
}

TEST(EmbeddedEngine, CompactionKeepsEveryRow) {
  auto engine = InMemory({.compact_after_dead = 1000});
  BuildHnsw(*engine, Metric::kL2);
  for (int64_t version = 0; version < 8; ++version) Put(*engine, Rows(0, 600, version));
  ASSERT_TRUE(engine->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
  const auto stats = engine->Stats(OpContext{}, kCollection);
  EXPECT_EQ(stats->rows, 600U);
  // 4,800 versions were written; compaction leaves 600 living and fewer than 1,000 dead.
  EXPECT_LT(stats->memory.at("stamps"), 1'600 * sizeof(uint64_t));
  for (const int64_t id : {0, 300, 599}) {
    const auto hits = engine->Search(OpContext{}, kCollection, Nearest(VectorOf(id, 7), 1));
    ASSERT_EQ(hits->hits_per_query[0], 1U);
    EXPECT_EQ(hits->keys.As<int64_t>()[0], id);
    EXPECT_EQ(hits->scores[0], 0);
  }
}

TEST(EmbeddedEngine, UnknownCollectionsAndPastDeadlinesAreSaidSo) {
  auto engine = InMemory();
  const auto missing = engine->Stats(OpContext{}, CollectionId{99});
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().subject, Subject::kCollection);
  OpContext late;
  late.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(engine->Write(late, kCollection, WriteMode::kInsert, Rows(0, 1)).error().code,
            Code::kDeadlineExceeded);
  EXPECT_TRUE(engine->DropCollection(OpContext{}, kCollection).ok());
  EXPECT_TRUE(engine->DropCollection(OpContext{}, kCollection).ok());
  EXPECT_EQ(engine->Stats(OpContext{}, kCollection).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace vecgate::embedded
