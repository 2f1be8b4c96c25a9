// Each index type through the engine: built in the background, after deletes and replacements,
// filtered, and reopened from its snapshot.
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "engines/embedded/engine_fixture.h"
#include "engines/embedded/index_factory.h"

namespace vecgate::embedded {
namespace {

struct TypeCase {
  IndexType type;
  std::map<std::string, std::string> params;
};

const TypeCase kCases[] = {
    {IndexType::kFlat, {}},
    {IndexType::kAuto, {}},
    {IndexType::kAuto, {{"profile", "compact"}}},
    {IndexType::kHnsw, {{"M", "16"}, {"efConstruction", "100"}}},
    {IndexType::kHnswSq, {{"sq_type", "SQ8"}, {"refine", "true"}}},
    {IndexType::kHnswSq, {{"sq_type", "SQ4"}}},
    {IndexType::kHnswPq, {{"m", "8"}, {"nbits", "8"}}},
    {IndexType::kIvfFlat, {{"nlist", "16"}}},
    {IndexType::kIvfSq8, {{"nlist", "16"}}},
    {IndexType::kIvfPq, {{"nlist", "16"}, {"m", "8"}, {"nbits", "4"}}},
};

class IndexTypes : public testing::TestWithParam<TypeCase> {
 protected:
  IndexTypes() : folder_("index_types") {}

  void Open() {
    engine_.reset();
    // The index answers, however few rows there are.
    engine_ = OpenEngine({.directory = folder_.path(), .exact_below_rows = 0});
  }
  void Put(Engine& engine, const RowBatch& batch) {
    ASSERT_TRUE(engine.Write(OpContext{}, kCollection, WriteMode::kUpsert, batch).ok());
  }
  void Remove(Engine& engine, const std::string& filter) {
    DeleteRequest request;
    request.selection.filter = FilterOf(filter);
    ASSERT_TRUE(engine.Delete(OpContext{}, kCollection, request).ok());
  }
  void Settle() {
    ASSERT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
    const auto stats = engine_->Stats(OpContext{}, kCollection);
    ASSERT_TRUE(stats.ok());
    ASSERT_EQ(stats->indexes.size(), 1U);
    EXPECT_EQ(stats->indexes[0].pending_rows, 0U);
  }
  // Of the ten nearest that brute force finds, the share that the index finds.
  [[nodiscard]] double Recall(Engine& truth, const std::string& filter) const {
    size_t found = 0;
    for (int64_t q = 0; q < 50; ++q) {
      SearchRequest request = Nearest(VectorOf(1'000'000 + q), 10);
      request.ef = 200;
      request.nprobe = 12;
      if (!filter.empty()) request.selection.filter = FilterOf(filter);
      const auto wanted = truth.Search(OpContext{}, kCollection, request);
      const auto hits = engine_->Search(OpContext{}, kCollection, request);
      if (!wanted.ok() || !hits.ok()) return 0;
      EXPECT_EQ(hits->scores.size(), 10U);
      const auto& keys = wanted->keys.As<int64_t>();
      const std::set<int64_t> nearest(keys.begin(), keys.end());
      for (const int64_t key : hits->keys.As<int64_t>()) found += nearest.count(key);
    }
    return static_cast<double>(found) / 500;
  }

  TempFolder folder_;
  std::unique_ptr<EmbeddedEngine> engine_;
};

TEST_P(IndexTypes, FindsTheNearestThroughChangesAndReopening) {
  auto truth = OpenEngine({});
  Open();
  for (Engine* engine : {static_cast<Engine*>(truth.get()), static_cast<Engine*>(engine_.get())}) {
    ASSERT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
    Put(*engine, Rows(0, 3000));
  }
  ASSERT_TRUE(engine_
                  ->CreateIndex(OpContext{}, kCollection,
                                {kVectorField, GetParam().type, Metric::kL2, GetParam().params})
                  .ok());
  Settle();
  EXPECT_GE(Recall(*truth, ""), 0.95);
  for (Engine* engine : {static_cast<Engine*>(truth.get()), static_cast<Engine*>(engine_.get())}) {
    Remove(*engine, "id % 10 < 3");
    Put(*engine, Rows(2000, 3300, 1));
  }
  Settle();
  EXPECT_GE(Recall(*truth, ""), 0.95) << "after changes";
  EXPECT_GE(Recall(*truth, "id % 7 == 1"), 0.95) << "filtered";
  ASSERT_TRUE(engine_->Close().ok());
  Open();
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
  Settle();
  EXPECT_GE(Recall(*truth, ""), 0.95) << "after reopening";
}

INSTANTIATE_TEST_SUITE_P(Each, IndexTypes, testing::ValuesIn(kCases), [](const auto& test) {
  return std::string(IndexTypeName(test.param.type)) + "_" + std::to_string(test.index);
});

TEST(IndexFactory, RefusesParametersOutOfTheirLimitsByName) {
  const index::VectorArena arena(kDim);
  const index::VectorSpace space(index::Metric::kL2, arena);
  const auto message = [&](IndexType type, const std::string& name, const std::string& value) {
    const auto made = MakeIndex({kVectorField, type, Metric::kL2, {{name, value}}}, space);
    if (made.ok()) return std::string("accepted");
    EXPECT_EQ(made.error().code, Code::kInvalidArgument);
    EXPECT_EQ(made.error().subject, Subject::kIndex);
    EXPECT_NE(made.error().message.find(name), std::string::npos) << made.error().message;
    return made.error().message;
  };
  EXPECT_NE(message(IndexType::kIvfFlat, "nlist", "0").find("1 to 65536"), std::string::npos);
  EXPECT_NE(message(IndexType::kHnswSq, "sq_type", "SQ7").find("SQ8 or SQ4"), std::string::npos);
  EXPECT_NE(message(IndexType::kHnswPq, "m", "3"), "accepted");
  EXPECT_NE(message(IndexType::kIvfPq, "nbits", "9"), "accepted");
  EXPECT_NE(message(IndexType::kIvfSq8, "refine", "perhaps"), "accepted");
  EXPECT_NE(message(IndexType::kHnsw, "M", "1"), "accepted");
}

}  // namespace
}  // namespace vecgate::embedded
