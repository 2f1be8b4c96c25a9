// Model test: seeded random operations on the embedded engine and on the brute-force reference,
// which must answer alike, with restarts in between. A failure prints the seed; set
// VECGATE_MODEL_SEED to replay it and VECGATE_MODEL_OPERATIONS for another length.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/clock.h"
#include "engine/reference/reference_engine.h"
#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : fallback;
}

class Model {
 public:
  Model(uint64_t seed, std::string directory) : rng_(seed), directory_(std::move(directory)) {
    Reopen();
    for (Engine* engine : Both()) {
      EXPECT_TRUE(engine->CreateCollection(OpContext{}, TestCollection()).ok());
    }
  }

  void Step() {
    const uint64_t dice = rng_.Below(1000);
    if (dice < 350) {
      Write();
    } else if (dice < 450) {
      Delete();
    } else if (dice < 700) {
      Search();
    } else if (dice < 990) {
      Query();
    } else if (dice < 994) {
      ChangeIndex();
    } else if (dice < 996) {
      ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
    } else if (dice == 996) {
      Reopen();
    }
  }

 private:
  static constexpr int64_t kKeys = 120;

  std::vector<Engine*> Both() { return {engine_.get(), &reference_}; }

  void Reopen() {
    engine_.reset();
    // Small thresholds, so that snapshots and compactions happen all the time.
    engine_ = OpenEngine({.directory = directory_,
                          .durability = storage::Durability::kAsync,
                          .snapshot_after_rows = 200,
                          .compact_after_dead = 100});
  }
  int64_t Key() { return rng_.Between(0, kKeys - 1); }
  RowSelection Selection() {
    RowSelection selection;
    switch (rng_.Below(5)) {
      case 0: selection.filter = FilterOf("id % 7 == " + std::to_string(rng_.Below(7))); break;
      case 1:
        selection.filter = FilterOf("tag in ['v1', 'v3'] or id < " + std::to_string(Key()));
        break;
      case 2: selection.filter = FilterOf("id in [" + std::to_string(Key()) + ", 5, 900]"); break;
      case 3:
        selection.partitions = {PartitionId{static_cast<uint32_t>(rng_.Below(3))}, PartitionId{9}};
        break;
      default: break;
    }
    return selection;
  }
  void Write() {
    RowBatch batch = MakeBatch(TestCollection().schema);
    const size_t rows = rng_.Below(6);
    for (size_t i = 0; i < rows; ++i) {
      AddRow(batch, Key(), rng_.Between(0, 4));
      batch.row_partitions.push_back(PartitionId{static_cast<uint32_t>(rng_.Below(3))});
    }
    const auto a = engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, batch);
    const auto b = reference_.Write(OpContext{}, kCollection, WriteMode::kUpsert, batch);
    ASSERT_TRUE(a.ok() && b.ok());
    ASSERT_EQ(a->replaced, b->replaced);
  }
  void Delete() {
    DeleteRequest request;
    if (rng_.Chance(0.9)) {
      request.keys = {PrimaryKey{Key()}, PrimaryKey{Key()}};
    } else {
      request.selection.filter = FilterOf("id % 11 == " + std::to_string(rng_.Below(11)));
    }
    const auto a = engine_->Delete(OpContext{}, kCollection, request);
    const auto b = reference_.Delete(OpContext{}, kCollection, request);
    ASSERT_TRUE(a.ok() && b.ok());
    ASSERT_EQ(a->deleted, b->deleted);
  }
  void Search() {
    const auto metric = static_cast<Metric>(rng_.Below(3));
    SearchRequest request =
        Nearest(VectorOf(Key(), 7), static_cast<uint32_t>(rng_.Below(20) + 1), metric);
    request.offset = static_cast<uint32_t>(rng_.Below(5));
    request.selection = Selection();
    request.output_fields = {kTagField, kVectorField};
    if (rng_.Chance(0.2)) request.group_by = GroupBy{kTagField, 2};
    if (rng_.Chance(0.2)) request.radius = metric == Metric::kL2 ? 30.0F : 0.1F;
    const auto a = engine_->Search(OpContext{}, kCollection, request);
    const auto b = reference_.Search(OpContext{}, kCollection, request);
    ASSERT_TRUE(a.ok() && b.ok());
    ASSERT_EQ(a->keys.As<int64_t>(), b->keys.As<int64_t>());
    ASSERT_EQ(a->columns[0].As<std::string>(), b->columns[0].As<std::string>());
    ASSERT_EQ(a->columns[1].As<float>(), b->columns[1].As<float>());
    for (size_t i = 0; i < a->scores.size(); ++i) ASSERT_NEAR(a->scores[i], b->scores[i], 1e-3);
  }
  void Query() {
    QueryRequest request;
    request.selection = Selection();
    request.offset = rng_.Below(4);
    if (rng_.Chance(0.5)) request.limit = rng_.Below(30);
    if (rng_.Chance(0.3)) request.after_key = PrimaryKey{Key()};
    if (rng_.Chance(0.2)) request.keys = {PrimaryKey{Key()}, PrimaryKey{Key()}, PrimaryKey{Key()}};
    request.count_only = rng_.Chance(0.3);
    request.output_fields = {kTagField};
    const auto a = engine_->Query(OpContext{}, kCollection, request);
    const auto b = reference_.Query(OpContext{}, kCollection, request);
    ASSERT_TRUE(a.ok() && b.ok());
    ASSERT_EQ(a->count, b->count);
    ASSERT_EQ(a->keys.As<int64_t>(), b->keys.As<int64_t>());
    if (request.count_only) return;
    ASSERT_EQ(a->columns[0].As<std::string>(), b->columns[0].As<std::string>());
  }
  void ChangeIndex() {
    if (rng_.Chance(0.3)) {
      ASSERT_TRUE(engine_->DropIndex(OpContext{}, kCollection, kVectorField).ok());
      return;
    }
    const IndexSpec index{kVectorField,
                          rng_.Chance(0.7) ? IndexType::kHnsw : IndexType::kFlat,
                          static_cast<Metric>(rng_.Below(3)),
                          {{"M", "4"}, {"efConstruction", "20"}}};
    ASSERT_TRUE(engine_->CreateIndex(OpContext{}, kCollection, index).ok());
  }

  Rng rng_;
  std::string directory_;
  std::unique_ptr<EmbeddedEngine> engine_;
  reference::ReferenceEngine reference_;
};

TEST(Model, RandomOperationsAnswerAsTheReferenceDoes) {
  const uint64_t seed =
      FromEnvironment("VECGATE_MODEL_SEED", static_cast<uint64_t>(SystemClock().UnixMillis()));
  const uint64_t operations = FromEnvironment("VECGATE_MODEL_OPERATIONS", 20'000);
  SCOPED_TRACE("VECGATE_MODEL_SEED=" + std::to_string(seed));
  const TempFolder folder("model");
  Model model(seed, folder.path());
  for (uint64_t i = 0; i < operations; ++i) {
    model.Step();
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << "operation " << i;
  }
}

}  // namespace
}  // namespace vecgate::embedded
