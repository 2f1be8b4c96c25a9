// Indexes on vectors of every type: what they find beside an exact search, through changes,
// compaction and reopening, and the memory that the vectors take.
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "engines/embedded/engine_fixture.h"

namespace vecgate::embedded {
namespace {

constexpr uint32_t kTypedDim = 128;

struct TypeCase {
  DataType type;
  IndexType index;
  Metric metric;
};

const TypeCase kCases[] = {
    {DataType::kFloat16Vector, IndexType::kAuto, Metric::kCosine},
    {DataType::kBFloat16Vector, IndexType::kIvfFlat, Metric::kL2},
    {DataType::kInt8Vector, IndexType::kHnsw, Metric::kInnerProduct},
    {DataType::kBinaryVector, IndexType::kBinFlat, Metric::kHamming},
    {DataType::kBinaryVector, IndexType::kAuto, Metric::kHamming},
    {DataType::kBinaryVector, IndexType::kHnsw, Metric::kJaccard},
};

CollectionSpec SpecOf(DataType type) {
  CollectionSpec spec = TestCollection();
  spec.schema.fields[kVectorField].type = type;
  spec.schema.fields[kVectorField].dim = kTypedDim;
  return spec;
}

/// Near one of 40 centres that the seed chooses, as embeddings are.
void AppendClustered(uint64_t seed, Column& vectors) {
  Rng centre(1000 + seed % 40);
  Rng own(seed);
  if (vectors.type() == DataType::kBinaryVector) {
    std::string bits(kTypedDim / 8, '\0');
    for (char& byte : bits) {
      for (int bit = 0; bit < 8; ++bit) {
        const bool set = centre.Chance(0.5) != own.Chance(0.15);
        byte = static_cast<char>(byte | (set ? 1 << bit : 0));
      }
    }
    vectors.AppendVectorBytes(bits);
    return;
  }
  std::vector<float> numbers(kTypedDim);
  for (float& x : numbers) {
    x = static_cast<float>(std::clamp(20 * centre.Gaussian() + 12 * own.Gaussian(), -120., 120.));
  }
  vectors.AppendVector(numbers);
}

class VectorTypes : public testing::TestWithParam<TypeCase> {
 protected:
  VectorTypes() : folder_("vector_types") {}

  void Open() {
    engine_.reset();
    // The index answers, however few rows there are.
    engine_ =
        OpenEngine({.directory = folder_.path(), .compact_after_dead = 500, .exact_below_rows = 0});
  }
  void Put(int64_t begin, int64_t end, uint64_t version) {
    RowBatch batch = MakeBatch(SpecOf(GetParam().type).schema);
    for (int64_t id = begin; id < end; ++id) {
      batch.columns[kIdField].Append(id);
      batch.columns[kTagField].Append(std::string("t"));
      AppendClustered(static_cast<uint64_t>(id) * 7 + version * 100'000,
                      batch.columns[kVectorField]);
    }
    for (Engine* engine :
         {static_cast<Engine*>(truth_.get()), static_cast<Engine*>(engine_.get())}) {
      ASSERT_TRUE(engine->Write(OpContext{}, kCollection, WriteMode::kUpsert, batch).ok());
    }
  }
  void Settle() {
    ASSERT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(2))).ok());
    const auto stats = engine_->Stats(OpContext{}, kCollection);
    ASSERT_TRUE(stats.ok());
    ASSERT_EQ(stats->indexes.size(), 1U);
    EXPECT_EQ(stats->indexes[0].pending_rows, 0U);
  }
  /// By scores, because many bits lie equally far: of the ten best scores, those that were found.
  [[nodiscard]] double Recall() const {
    size_t found = 0;
    for (uint64_t q = 0; q < 50; ++q) {
      SearchRequest request;
      request.field = kVectorField;
      request.metric = GetParam().metric;
      request.k = 10;
      request.ef = 100;
      request.nprobe = 32;
      request.queries = SpecOf(GetParam().type).schema.fields[kVectorField].MakeColumn();
      AppendClustered(50'000'000 + q, request.queries);
      const auto wanted = truth_->Search(OpContext{}, kCollection, request);
      const auto hits = engine_->Search(OpContext{}, kCollection, request);
      if (!wanted.ok() || !hits.ok() || hits->scores.size() != 10) return 0;
      const float worst = wanted->scores.back();
      for (const float score : hits->scores)
        found += IsBetter(request.metric, worst, score) ? 0 : 1;
    }
    return static_cast<double>(found) / 500;
  }

  TempFolder folder_;
  std::unique_ptr<EmbeddedEngine> truth_ = OpenEngine({});
  std::unique_ptr<EmbeddedEngine> engine_;
};

TEST_P(VectorTypes, FindsTheNearestThroughChangesAndReopening) {
  Open();
  for (Engine* engine : {static_cast<Engine*>(truth_.get()), static_cast<Engine*>(engine_.get())}) {
    ASSERT_TRUE(engine->CreateCollection(OpContext{}, SpecOf(GetParam().type)).ok());
  }
  Put(0, 2000, 0);
  const IndexSpec index{kVectorField, GetParam().index, GetParam().metric, {}};
  ASSERT_TRUE(engine_->CreateIndex(OpContext{}, kCollection, index).ok());
  Put(2000, 5200, 0);
  Settle();
  EXPECT_GE(Recall(), 0.98);
  for (uint64_t version = 1; version <= 2; ++version) Put(0, 1500, version);
  Settle();
  EXPECT_GE(Recall(), 0.98) << "after changes";
  ASSERT_TRUE(engine_->Close().ok());
  Open();
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U);
  Settle();
  EXPECT_GE(Recall(), 0.98) << "after reopening";
}

INSTANTIATE_TEST_SUITE_P(Each, VectorTypes, testing::ValuesIn(kCases), [](const auto& test) {
  return std::string(DataTypeName(test.param.type)) + "_" +
         std::string(IndexTypeName(test.param.index)) + "_" +
         std::string(MetricName(test.param.metric));
});

TEST(VectorMemory, NumbersTakeAFloatEachAndBitsABit) {
  for (const auto& [type, bytes_per_row] : {std::pair{DataType::kFloatVector, kTypedDim * 4 + 4},
                                            std::pair{DataType::kInt8Vector, kTypedDim * 4 + 4},
                                            std::pair{DataType::kBinaryVector, kTypedDim / 8}}) {
    auto engine = OpenEngine({});
    ASSERT_TRUE(engine->CreateCollection(OpContext{}, SpecOf(type)).ok());
    RowBatch batch = MakeBatch(SpecOf(type).schema);
    for (int64_t id = 0; id < 100; ++id) {
      batch.columns[kIdField].Append(id);
      batch.columns[kTagField].Append(std::string("t"));
      AppendClustered(static_cast<uint64_t>(id), batch.columns[kVectorField]);
    }
    ASSERT_TRUE(engine->Write(OpContext{}, kCollection, WriteMode::kInsert, batch).ok());
    const auto stats = engine->Stats(OpContext{}, kCollection);
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->memory.at("vectors"), 100U * bytes_per_row) << DataTypeName(type);
  }
}

}  // namespace
}  // namespace vecgate::embedded
