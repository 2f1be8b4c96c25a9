// The life of a scalar index: built in the background, shown by Stats, used after reopening and
// compaction, and gone when it is dropped.
#include <gtest/gtest.h>

#include <chrono>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

class ScalarIndexTest : public testing::Test {
 protected:
  ScalarIndexTest() : folder_(testing::UnitTest::GetInstance()->current_test_info()->name()) {
    Open();
    EXPECT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  }

  void Open() {
    engine_.reset();
    engine_ = OpenEngine({.directory = folder_.path(), .compact_after_dead = 1000});
  }
  void Put(const RowBatch& batch) {
    ASSERT_TRUE(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, batch).ok());
  }
  void Create() {
    ASSERT_TRUE(
        engine_->CreateIndex(OpContext{}, kCollection, {kTagField, IndexType::kInverted, {}, {}})
            .ok());
  }
  void Settle() {
    ASSERT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
  }
  [[nodiscard]] CollectionStats Stats() const {
    auto stats = engine_->Stats(OpContext{}, kCollection);
    EXPECT_TRUE(stats.ok());
    return std::move(*stats);
  }
  [[nodiscard]] uint64_t IndexBytes() const { return Stats().memory["scalar indexes"]; }
  [[nodiscard]] uint64_t Count(const std::string& filter) const {
    QueryRequest request;
    request.count_only = true;
    request.selection.filter = FilterOf(filter);
    const auto counted = engine_->Query(OpContext{}, kCollection, request);
    EXPECT_TRUE(counted.ok());
    return counted->count;
  }

  TempFolder folder_;
  std::unique_ptr<EmbeddedEngine> engine_;
};

// 2 bytes a row at least. The last 500 rows are a chunk too small for an index, which needs none.
TEST_F(ScalarIndexTest, IsBuiltBehindTheWritesAndCounted) {
  Put(Rows(0, 8000));
  Create();
  Put(Rows(8000, 8500, 1));
  Settle();
  const CollectionStats stats = Stats();
  ASSERT_EQ(stats.indexes.size(), 1U);
  EXPECT_EQ(stats.indexes[0].indexed_rows, 8500U);
  EXPECT_EQ(stats.indexes[0].pending_rows, 0U);
  EXPECT_GE(IndexBytes(), 2 * 8000U);
  EXPECT_LT(IndexBytes(), 2 * 8000U + 6000U);
  EXPECT_EQ(Count("tag == 'v0'"), 8000U);
  EXPECT_EQ(Count("tag == 'v1'"), 500U);
}

TEST_F(ScalarIndexTest, IsThereAgainAfterReopening) {
  Put(Rows(0, 5000));
  Create();
  ASSERT_TRUE(engine_->Close().ok());
  Open();
  Settle();
  ASSERT_EQ(Stats().indexes.size(), 1U);
  EXPECT_EQ(Stats().indexes[0].spec.type, IndexType::kInverted);
  EXPECT_GE(IndexBytes(), 2 * 5000U);
  EXPECT_EQ(Count("tag in ['v0', 'v5']"), 5000U);
}

TEST_F(ScalarIndexTest, ComesOutOfACompactionWhole) {
  Create();
  Put(Rows(0, 9000));
  Settle();
  Put(Rows(3000, 9000, 1));  // 6,000 dead of 15,000, so a compaction is due.
  Settle();
  EXPECT_EQ(Stats().indexes[0].pending_rows, 0U);
  EXPECT_GE(IndexBytes(), 2 * 9000U);
  EXPECT_LT(IndexBytes(), 2 * 15'000U) << "the dead rows' parts are still there";
  EXPECT_EQ(Count("tag == 'v0'"), 3000U);
  EXPECT_EQ(Count("tag == 'v1'"), 6000U);
}

TEST_F(ScalarIndexTest, GivesItsMemoryBackWhenDropped) {
  Put(Rows(0, 5000));
  Create();
  Settle();
  ASSERT_GT(IndexBytes(), 0U);
  ASSERT_TRUE(engine_->DropIndex(OpContext{}, kCollection, kTagField).ok());
  Settle();
  EXPECT_TRUE(Stats().indexes.empty());
  EXPECT_EQ(IndexBytes(), 0U);
  EXPECT_EQ(Count("tag == 'v0'"), 5000U);
}

// Tenants filter by their key in every request, so it is indexed whether or not anybody asks; only
// an index that somebody made is shown.
TEST_F(ScalarIndexTest, ThePartitionKeyAlwaysHasOne) {
  ASSERT_TRUE(engine_->DropCollection(OpContext{}, kCollection).ok());
  CollectionSpec spec = TestCollection();
  spec.schema.fields[kTagField].is_partition_key = true;
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, spec).ok());
  Put(Rows(0, 5000));
  Settle();
  EXPECT_TRUE(Stats().indexes.empty());
  EXPECT_GE(IndexBytes(), 2 * 5000U);
  EXPECT_EQ(Count("tag == 'v0'"), 5000U);

  Create();
  EXPECT_EQ(Stats().indexes.size(), 1U);
  ASSERT_TRUE(engine_->DropIndex(OpContext{}, kCollection, kTagField).ok());
  EXPECT_TRUE(Stats().indexes.empty());
  EXPECT_GE(IndexBytes(), 2 * 5000U) << "the part was thrown away only to be built again";

  Put(Rows(0, 4000, 1));  // 4,000 dead of 9,000, so a compaction is due.
  Settle();
  EXPECT_GE(IndexBytes(), 2 * 5000U);
  EXPECT_LT(IndexBytes(), 2 * 9000U) << "the dead rows' parts are still there";
  EXPECT_EQ(Count("tag == 'v1'"), 4000U);
}

}  // namespace
}  // namespace vecgate::embedded
