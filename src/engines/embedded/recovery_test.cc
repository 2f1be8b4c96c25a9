// What the embedded engine brings back: after closing, after a crash (the engine is dropped with
// its store as it stands), after faults, and after damage to its snapshots.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <set>

#include "engines/embedded/engine_fixture.h"
#include "storage/fault_store.h"
#include "storage/memory_store.h"

namespace vecgate::embedded {
namespace {

namespace fs = std::filesystem;

class RecoveryTest : public testing::Test {
 protected:
  RecoveryTest() : folder_(testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  void Open() {
    engine_.reset();
    engine_ = OpenEngine({.directory = folder_.path(),
                          .warn = [this](const std::string& text) { warnings_.push_back(text); }});
  }
  void Create() {
    Open();
    ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
    ASSERT_TRUE(engine_
                    ->CreateIndex(OpContext{}, kCollection,
                                  {kVectorField, IndexType::kHnsw, Metric::kCosine, {}})
                    .ok());
  }
  void Put(const RowBatch& batch) {
    ASSERT_TRUE(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, batch).ok());
  }
  void Remove(int64_t key) {
    DeleteRequest request;
    request.keys = {PrimaryKey{key}};
    ASSERT_TRUE(engine_->Delete(OpContext{}, kCollection, request).ok());
  }
  void Settle() {
    ASSERT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
  }
  // A copy of the directory as a crash at this moment would leave it, opened in its place.
  void CrashAndReopen() {
    const std::string copy = folder_.path() + ".crashed";
    fs::remove_all(copy);
    fs::copy(folder_.path(), copy, fs::copy_options::recursive);
    engine_.reset();
    fs::remove_all(folder_.path());
    fs::rename(copy, folder_.path());
    Open();
  }
  std::vector<fs::path> SnapshotFiles() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() + "/views")) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  int64_t NearestKey(const std::vector<float>& query) {
    const auto hits = engine_->Search(OpContext{}, kCollection, Nearest(query, 1, Metric::kCosine));
    EXPECT_TRUE(hits.ok());
    return hits->keys.As<int64_t>().at(0);
  }

  TempFolder folder_;
  std::vector<std::string> warnings_;
  std::unique_ptr<EmbeddedEngine> engine_;
};

TEST_F(RecoveryTest, ACleanCloseReopensFromTheSnapshot) {
  Create();
  Put(Rows(0, 3000));
  Remove(5);
  Put(Rows(10, 12, 1));
  Settle();
  const std::string before = Contents(*engine_);
  Open();
  EXPECT_EQ(Contents(*engine_), before);
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
  EXPECT_TRUE(warnings_.empty());
  const auto stats = engine_->Stats(OpContext{}, kCollection);
  EXPECT_EQ(stats->rows, 2999U);
  ASSERT_EQ(stats->indexes.size(), 1U);
  EXPECT_EQ(stats->indexes[0].pending_rows, 0U);
  EXPECT_EQ(NearestKey(VectorOf(11, 1)), 11);
}

TEST_F(RecoveryTest, ACrashAfterASnapshotCatchesUpFromTheLog) {
  Create();
  Put(Rows(0, 2500));
  Settle();
  ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
  Put(Rows(2490, 2600, 1));
  Remove(0);
  Put(Rows(1, 2, 2));
  Remove(2599);
  const std::string before = Contents(*engine_);
  const uint64_t sequence =
      engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, Rows(3, 4, 3))->sequence;
  CrashAndReopen();
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
  Put(Rows(3, 4, 0));
  EXPECT_EQ(Contents(*engine_), before);
  EXPECT_EQ(NearestKey(VectorOf(2495, 1)), 2495);
  EXPECT_GT(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, Rows(3, 4))->sequence,
            sequence);
}

TEST_F(RecoveryTest, ACrashWithoutAnySnapshotRebuildsFromTheRows) {
  Create();
  Put(Rows(0, 300));
  Remove(7);
  const std::string before = Contents(*engine_);
  CrashAndReopen();
  EXPECT_EQ(Contents(*engine_), before);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(RecoveryTest, EachDamagedSnapshotFileIsRebuiltAndReported) {
  Create();
  Put(Rows(0, 2200));
  Settle();
  const std::string before = Contents(*engine_);
  engine_.reset();
  ASSERT_EQ(SnapshotFiles().size(), 4U);  // CURRENT, vectors, graph, scalars.
  for (size_t i = 0; i < 4; ++i) {
    const fs::path file = SnapshotFiles()[i];
    fs::resize_file(file, fs::file_size(file) / 2);
    warnings_.clear();
    Open();
    EXPECT_EQ(engine_->Counters().views_rebuilt, 1U) << file;
    EXPECT_EQ(warnings_.size(), 1U) << file;
    EXPECT_EQ(Contents(*engine_), before) << file;
    Settle();
    EXPECT_EQ(NearestKey(VectorOf(1234)), 1234);
    Put(Rows(0, 1));  // So that closing writes a new snapshot.
    engine_.reset();
  }
}

TEST_F(RecoveryTest, BackgroundSnapshotsFollowGrowthAndTrimTheLog) {
  engine_ = OpenEngine({.directory = folder_.path(), .snapshot_after_rows = 100});
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  for (int64_t i = 0; i < 10; ++i) {
    Put(Rows(i * 60, (i + 1) * 60));
    Settle();
  }
  EXPECT_GE(engine_->Counters().snapshots_written, 3U);
  const std::string before = Contents(*engine_);
  CrashAndReopen();
  EXPECT_EQ(Contents(*engine_), before);
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
}

// Load first, index after: no write comes after the snapshot that has no graph yet.
TEST_F(RecoveryTest, AnIndexThatIsMadeAfterTheLastWriteIsNotBuiltAgain) {
  Open();
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  Put(Rows(0, 2200));
  ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
  const IndexSpec index{kVectorField, IndexType::kHnsw, Metric::kCosine, {}};
  for (int made = 0; made < 2; ++made) {
    ASSERT_TRUE(engine_->CreateIndex(OpContext{}, kCollection, index).ok());
    Settle();
    ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
    CrashAndReopen();
    EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
    EXPECT_TRUE(warnings_.empty());
    EXPECT_EQ(NearestKey(VectorOf(1234)), 1234);
    ASSERT_TRUE(engine_->DropIndex(OpContext{}, kCollection, kVectorField).ok());
  }
}

TEST_F(RecoveryTest, TheBackgroundSnapshotsAnIndexThatWasMadeAfterTheLastWrite) {
  engine_ = OpenEngine({.directory = folder_.path(), .snapshot_after_rows = 100});
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  Put(Rows(0, 2200));
  Settle();
  ASSERT_TRUE(engine_
                  ->CreateIndex(OpContext{}, kCollection,
                                {kVectorField, IndexType::kHnsw, Metric::kCosine, {}})
                  .ok());
  Settle();
  CrashAndReopen();
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(RecoveryTest, AMissingSnapshotFolderIsOnlySlower) {
  Create();
  Put(Rows(0, 200));
  const std::string before = Contents(*engine_);
  engine_.reset();
  fs::remove_all(folder_.path() + "/views");
  Open();
  EXPECT_EQ(Contents(*engine_), before);
}

TEST_F(RecoveryTest, ASecondProcessIsRefused) {
  Create();
  const auto second = EmbeddedEngine::Open({.directory = folder_.path()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kFailedPrecondition);
  EXPECT_NE(second.error().message.find("another process"), std::string::npos);
}

TEST_F(RecoveryTest, ADroppedCollectionStaysGone) {
  Create();
  Put(Rows(0, 10));
  ASSERT_TRUE(engine_->DropCollection(OpContext{}, kCollection).ok());
  Open();
  EXPECT_TRUE(engine_->ListCollections(OpContext{})->empty());
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  EXPECT_EQ(Contents(*engine_), "");
}

TEST_F(RecoveryTest, DropIndexAndAnotherMetricAreKept) {
  Create();
  Put(Rows(0, 50));
  ASSERT_TRUE(engine_->DropIndex(OpContext{}, kCollection, kVectorField).ok());
  ASSERT_TRUE(
      engine_
          ->CreateIndex(OpContext{}, kCollection, {kVectorField, IndexType::kFlat, Metric::kL2, {}})
          .ok());
  Open();
  const auto stats = engine_->Stats(OpContext{}, kCollection);
  ASSERT_EQ(stats->indexes.size(), 1U);
  EXPECT_EQ(stats->indexes[0].spec.type, IndexType::kFlat);
  EXPECT_EQ(stats->indexes[0].spec.metric, Metric::kL2);
}

// At each write point: the write fails, nothing of it is seen, and the store reopened at that
// moment holds exactly the writes that were acknowledged.
TEST(FaultRecovery, AFailedWriteIsNeverSeenAndTheOthersAlwaysAre) {
  for (uint64_t point = 0; point < 12; ++point) {
    storage::MemoryStore disk;
    auto fault = std::make_unique<storage::FaultStore>(disk);
    storage::FaultStore* const faults = fault.get();
    auto engine = EmbeddedEngine::OpenOn(std::move(fault), {});
    ASSERT_TRUE(engine.ok());
    ASSERT_TRUE((*engine)->CreateCollection(OpContext{}, TestCollection()).ok());
    faults->FailFrom(point);
    std::string expected;
    for (int64_t i = 0; i < 12; ++i) {
      const auto written =
          (*engine)->Write(OpContext{}, kCollection, WriteMode::kUpsert, Rows(i, i + 1));
      EXPECT_EQ(written.ok(), static_cast<uint64_t>(i) < point);
      if (written.ok()) expected += std::to_string(i) + ":v0 ";
    }
    EXPECT_EQ(Contents(**engine), expected);
    engine->reset();
    auto reopened = EmbeddedEngine::OpenOn(std::make_unique<storage::FaultStore>(disk), {});
    ASSERT_TRUE(reopened.ok());
    EXPECT_EQ(Contents(**reopened), expected) << "fault at write " << point;
  }
}

}  // namespace
}  // namespace vecgate::embedded
