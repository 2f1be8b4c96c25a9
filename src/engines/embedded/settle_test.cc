// The codes of neighbours beside the nodes of a large graph, as a collection makes them by itself.
#include <gtest/gtest.h>

#include <chrono>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

constexpr uint32_t kWideDim = 192;
// So many links that few nodes already make a graph that is worth it.
constexpr char kM[] = "200";
constexpr int64_t kFrom = (8 << 20) / (64 + 2 * 200 * 4);
// The links in whole blocks of 32.
constexpr uint64_t kNodeBytes = 416 * (kWideDim / 8 + 4);

// Along a few directions, as embeddings are, so that neighbours are much nearer than others.
std::vector<float> WideVectorOf(int64_t id) {
  constexpr size_t kDirections = 8;
  static const std::vector<float> directions = [] {
    Rng rng(1);
    std::vector<float> out(kDirections * kWideDim);
    for (float& x : out) x = static_cast<float>(rng.Gaussian());
    return out;
  }();
  Rng rng(static_cast<uint64_t>(id) + 2);
  std::vector<float> out(kWideDim, 0.0F);
  for (size_t d = 0; d < kDirections; ++d) {
    const auto along = static_cast<float>(rng.Gaussian());
    for (size_t i = 0; i < kWideDim; ++i) out[i] += along * directions[d * kWideDim + i];
  }
  return out;
}

class SettleTest : public testing::Test {
 protected:
  SettleTest() : folder_(testing::UnitTest::GetInstance()->current_test_info()->name()) {
    spec_.schema.fields[kVectorField].dim = kWideDim;
  }

  void Open(size_t memory_budget_bytes = 0) {
    engine_ = OpenEngine({.directory = folder_.path(), .memory_budget_bytes = memory_budget_bytes});
  }
  void Create(const std::string& profile) {
    ASSERT_TRUE(engine_->CreateCollection(OpContext{}, spec_).ok());
    const std::map<std::string, std::string> params = {
        {"profile", profile}, {"M", kM}, {"efConstruction", "32"}};
    ASSERT_TRUE(engine_
                    ->CreateIndex(OpContext{}, kCollection,
                                  {kVectorField, IndexType::kAuto, Metric::kL2, params})
                    .ok());
  }
  void Write(int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += 1000) {
      RowBatch rows = MakeBatch(spec_.schema);
      for (int64_t id = at; id < std::min(end, at + 1000); ++id) {
        rows.columns[kIdField].Append(id);
        rows.columns[kTagField].Append(std::string());
        rows.columns[kVectorField].AppendVector(WideVectorOf(id));
      }
      ASSERT_TRUE(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, rows).ok());
    }
    Wait();
  }
  void Wait() {
    ASSERT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
  }
  [[nodiscard]] uint64_t CodeBytes() const {
    const auto stats = engine_->Stats(OpContext{}, kCollection);
    EXPECT_TRUE(stats.ok());
    const auto it = stats->memory.find("neighbor codes");
    return it != stats->memory.end() ? it->second : 0;
  }
  void ExpectFound(int64_t id) const {
    SearchRequest request = Nearest({}, 1);
    request.queries = FloatVectors(kWideDim, WideVectorOf(id));
    const auto hits = engine_->Search(OpContext{}, kCollection, request);
    ASSERT_TRUE(hits.ok()) << hits.error().message;
    ASSERT_EQ(hits->keys.As<int64_t>().size(), 1U);
    EXPECT_EQ(hits->keys.As<int64_t>()[0], id);
    EXPECT_EQ(hits->scores[0], 0);
  }

  TempFolder folder_;
  CollectionSpec spec_ = TestCollection();
  std::unique_ptr<EmbeddedEngine> engine_;
};

TEST_F(SettleTest, AFastGraphSettlesFromItsSizeOnAndAgainWhenItIsReopened) {
  Open();
  Create("fast");
  Write(0, kFrom - 10);
  EXPECT_EQ(CodeBytes(), 0U);
  Write(kFrom - 10, kFrom + 10);
  EXPECT_EQ(CodeBytes(), (kFrom + 10) * kNodeBytes);
  ExpectFound(3);
  engine_.reset();
  Open();
  Wait();
  EXPECT_EQ(CodeBytes(), (kFrom + 10) * kNodeBytes);
  ExpectFound(kFrom + 9);
}

TEST_F(SettleTest, OtherProfilesAndTightBudgetsDoWithout) {
  Open();
  Create("balanced");
  Write(0, kFrom + 10);
  EXPECT_EQ(CodeBytes(), 0U);
  ASSERT_TRUE(engine_->DropCollection(OpContext{}, kCollection).ok());
  engine_.reset();
  // Room for the rows and the graph, some 20 MB, and not for 12 KB a node beside them.
  Open(size_t{40} << 20);
  Create("fast");
  Write(0, kFrom + 10);
  EXPECT_EQ(CodeBytes(), 0U);
  ExpectFound(3);
  const auto more = engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, [&] {
    RowBatch rows = MakeBatch(spec_.schema);
    rows.columns[kIdField].Append(kFrom + 10);
    rows.columns[kTagField].Append(std::string());
    rows.columns[kVectorField].AppendVector(WideVectorOf(kFrom + 10));
    return rows;
  }());
  EXPECT_TRUE(more.ok()) << "what was refused to the codes was taken from the budget";
}

}  // namespace
}  // namespace vecgate::embedded
