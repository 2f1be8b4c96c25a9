// Where the vectors of a collection lie: in memory, or in the file of the last snapshot.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

// Two whole segments of 8,192 rows and a part of one, which stays in memory.
constexpr int64_t kRows = 2 * 8192 + 1000;

class MemoryTest : public testing::Test {
 protected:
  MemoryTest() : folder_(testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  void Build(IndexType type, const std::map<std::string, std::string>& params) {
    engine_ = OpenEngine({.directory = folder_.path()});
    Fill(type, params);
  }
  void Fill(IndexType type, const std::map<std::string, std::string>& params) {
    ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
    ASSERT_TRUE(
        engine_->CreateIndex(OpContext{}, kCollection, {kVectorField, type, Metric::kL2, params})
            .ok());
    for (int64_t at = 0; at < kRows; at += 1000) {
      ASSERT_TRUE(engine_
                      ->Write(OpContext{}, kCollection, WriteMode::kUpsert,
                              Rows(at, std::min(kRows, at + 1000)))
                      .ok());
    }
    ASSERT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
  }
  [[nodiscard]] uint64_t BytesInFile() const {
    const auto stats = engine_->Stats(OpContext{}, kCollection);
    EXPECT_TRUE(stats.ok());
    const auto it = stats->memory.find("vectors in a file");
    return it != stats->memory.end() ? it->second : 0;
  }
  // The row whose vector is asked for is the nearest, at distance 0.
  void ExpectFound(int64_t id) const {
    const SearchRequest request = Nearest(VectorOf(id), 1);
    const auto hits = engine_->Search(OpContext{}, kCollection, request);
    ASSERT_TRUE(hits.ok()) << hits.error().message;
    ASSERT_EQ(hits->keys.As<int64_t>().size(), 1U);
    EXPECT_EQ(hits->keys.As<int64_t>()[0], id);
    EXPECT_EQ(hits->scores[0], 0);
  }

  TempFolder folder_;
  std::unique_ptr<EmbeddedEngine> engine_;
};

TEST_F(MemoryTest, ASnapshotTakesVectorsOutOfMemoryWhileSearchesRun) {
  Build(IndexType::kAuto, {});
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    for (int64_t id = 0; !done; id = (id + 977) % kRows) ExpectFound(id);
  });
  ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
  // And into the next snapshot's file, after which the first one's is gone.
  ASSERT_TRUE(
      engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, Rows(kRows, kRows + 10)).ok());
  ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
  done = true;
  reader.join();
  EXPECT_EQ(BytesInFile(), 2 * 8192 * (kDim + 1) * sizeof(float));
  for (const int64_t id : {int64_t{0}, int64_t{8191}, int64_t{8192}, kRows - 1, kRows + 9}) {
    ExpectFound(id);
  }
}

// Whether this process has a file of that name mapped.
bool IsMapped(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with("/" + name)) return true;
  }
  return false;
}

// Vectors have eight-bit codes from 32 dimensions on.
TEST_F(MemoryTest, OfTheCompactProfileASnapshotTakesEightBitCodesOutOfMemoryToo) {
  constexpr uint32_t kWide = 32;
  constexpr int64_t kWideRows = 8192 + 500;
  CollectionSpec spec = TestCollection();
  spec.schema.fields[kVectorField].dim = kWide;
  const auto vector_of = [](int64_t id) {
    std::vector<float> vector = VectorOf(id);
    const std::vector<float> more = VectorOf(id, 1);
    vector.insert(vector.end(), more.begin(), more.end());
    return vector;
  };
  for (const char* profile : {"balanced", "compact"}) {
    SCOPED_TRACE(profile);
    const TempFolder folder(std::string("codes_") + profile);
    const auto engine = OpenEngine({.directory = folder.path(), .snapshot_after_rows = 100'000});
    ASSERT_TRUE(engine->CreateCollection(OpContext{}, spec).ok());
    ASSERT_TRUE(engine
                    ->CreateIndex(OpContext{}, kCollection,
                                  {kVectorField,
                                   IndexType::kAuto,
                                   Metric::kL2,
                                   {{"profile", profile}, {"M", "4"}, {"efConstruction", "16"}}})
                    .ok());
    for (int64_t at = 0; at < kWideRows; at += 1000) {
      RowBatch batch = MakeBatch(spec.schema);
      for (int64_t id = at; id < std::min(kWideRows, at + 1000); ++id) {
        batch.columns[kIdField].Append(id);
        batch.columns[kTagField].Append(std::string("v"));
        batch.columns[kVectorField].AppendVector(vector_of(id));
      }
      ASSERT_TRUE(engine->Write(OpContext{}, kCollection, WriteMode::kUpsert, batch).ok());
    }
    ASSERT_TRUE(engine->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
    const auto search = [&](int64_t id) {
      SearchRequest request;
      request.field = kVectorField;
      request.queries = FloatVectors(kWide, vector_of(id));
      request.metric = Metric::kL2;
      request.k = 5;
      const auto hits = engine->Search(OpContext{}, kCollection, request);
      EXPECT_TRUE(hits.ok());
      return std::make_pair(hits->keys.As<int64_t>(), hits->scores);
    };
    const auto before = search(17);
    EXPECT_FALSE(IsMapped("2.hnsw"));
    ASSERT_TRUE(engine->Flush(OpContext{}, kCollection).ok());
    EXPECT_EQ(IsMapped("2.hnsw"), std::string(profile) == "compact");
    EXPECT_EQ(search(17), before);
  }
}

TEST_F(MemoryTest, TheFastProfileAndHnswKeepVectorsInMemory) {
  Build(IndexType::kAuto, {{"profile", "fast"}});
  ASSERT_TRUE(engine_->Flush(OpContext{}, kCollection).ok());
  EXPECT_EQ(BytesInFile(), 0U);
  ExpectFound(5);
}

TEST_F(MemoryTest, AProfileThatDoesNotExistIsRefusedByName) {
  engine_ = OpenEngine({});
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  const auto create = [&](IndexType type, const std::string& profile) {
    return engine_->CreateIndex(OpContext{}, kCollection,
                                {kVectorField, type, Metric::kL2, {{"profile", profile}}});
  };
  const Status tiny = create(IndexType::kAuto, "tiny");
  ASSERT_FALSE(tiny.ok());
  EXPECT_EQ(tiny.error().code, Code::kInvalidArgument);
  EXPECT_NE(tiny.error().message.find("\"tiny\"; balanced or fast or compact"), std::string::npos);
  EXPECT_FALSE(create(IndexType::kHnsw, "fast").ok());
}

// 17,384 rows of 16 floats with all that belongs to them come to some 7 MB, of which 1 MB is
// vectors.
TEST_F(MemoryTest, AWriteBeyondTheBudgetIsRefusedAndDeletingACollectionMakesRoom) {
  engine_ = OpenEngine({.memory_budget_bytes = size_t{2} << 20});
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  Status written;
  int64_t rows = 0;
  for (; written.ok() && rows < 100'000; rows += 500) {
    const auto result =
        engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, Rows(rows, rows + 500));
    if (!result.ok()) written = result.error();
  }
  ASSERT_FALSE(written.ok()) << "nothing was refused";
  EXPECT_EQ(written.error().code, Code::kResourceExhausted);
  EXPECT_NE(written.error().message.find("the memory budget of 2.0 MB"), std::string::npos);
  EXPECT_NE(written.error().message.find("engine.memory_budget_mb"), std::string::npos);
  // What was acknowledged is there, and what was refused is not.
  QueryRequest count;
  count.count_only = true;
  EXPECT_EQ(engine_->Query(OpContext{}, kCollection, count)->count,
            static_cast<uint64_t>(rows - 500));
  ASSERT_TRUE(engine_->DropCollection(OpContext{}, kCollection).ok());
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, TestCollection()).ok());
  EXPECT_TRUE(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, Rows(0, 500)).ok());
}

TEST_F(MemoryTest, WhenMemoryGetsTightVectorsGoToAFileByThemselves) {
  engine_ = OpenEngine({.directory = folder_.path(), .memory_budget_bytes = size_t{6} << 20});
  Fill(IndexType::kAuto, {});
  EXPECT_GT(BytesInFile(), 0U);
  ExpectFound(kRows - 1);
}

}  // namespace
}  // namespace vecgate::embedded
