// recall@10 of an HNSW index at its defaults against exact search, on embeddings of real sentences:
// after the build, after deletes and upserts, and after a reopen.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "base/rng.h"
#include "base/uuid.h"
#include "embed/embedder.h"
#include "engines/embedded/embedded_engine.h"
#include "sentences.h"

namespace vecgate {
namespace {

constexpr size_t kRows = 4000;
constexpr size_t kFewestRows = 3000;
constexpr size_t kQueries = 200;
constexpr uint32_t kTop = 10;
constexpr double kLeastRecall = 0.95;
constexpr uint64_t kSeed = 20240611;
constexpr CollectionId kCollection{1};
constexpr size_t kVectorField = 1;

using Vectors = std::map<int64_t, std::vector<float>>;

std::vector<std::string> Sentences() {
  std::vector<std::string> folders = {"/usr/share/doc"};
  if (const char* folder = std::getenv("VECGATE_RECALL_TEXTS")) folders = {folder};
  return recall::CollectSentences(folders, kRows + kQueries + kRows * 3 / 10);
}

CollectionSpec Spec(uint32_t dim) {
  CollectionSpec spec{kCollection, {}};
  spec.schema.name = "sentences";
  spec.schema.fields.resize(2);
  spec.schema.fields[0].name = "id";
  spec.schema.fields[0].type = DataType::kInt64;
  spec.schema.fields[0].is_primary_key = true;
  spec.schema.fields[1].name = "v";
  spec.schema.fields[1].type = DataType::kFloatVector;
  spec.schema.fields[1].dim = dim;
  EXPECT_TRUE(FinishSchema(spec.schema).ok());
  return spec;
}

class RecallTest : public ::testing::Test {
 protected:
  void TearDown() override {
    engine_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
    embedded::EmbeddedOptions options;
    options.directory = folder_;
    options.exact_below_rows = 0;  // The graph answers, however small the collection is.
    engine_ = embedded::EmbeddedEngine::Open(options).value();
  }

  void Write(const Vectors& vectors) {
    RowBatch batch = MakeBatch(Spec(dim_).schema);
    for (const auto& [id, vector] : vectors) {
      batch.columns[0].Append(id);
      batch.columns[1].AppendVector(vector);
      live_[id] = vector;
    }
    ASSERT_TRUE(engine_->Write(OpContext{}, kCollection, WriteMode::kUpsert, batch).ok());
  }

  void Delete(std::vector<PrimaryKey> keys) {
    for (const PrimaryKey& key : keys) live_.erase(std::get<int64_t>(key));
    DeleteRequest request;
    request.keys = std::move(keys);
    ASSERT_TRUE(engine_->Delete(OpContext{}, kCollection, request).ok());
  }

  /// The ten nearest by brute force over what this test wrote; vectors have length one, so the
  /// inner product is the cosine.
  std::set<int64_t> Exact(const std::vector<float>& query) const {
    std::vector<std::pair<double, int64_t>> scored;
    for (const auto& [id, vector] : live_) {
      double product = 0;
      for (size_t i = 0; i < dim_; ++i) product += double{query[i]} * double{vector[i]};
      scored.emplace_back(-product, id);
    }
    std::partial_sort(scored.begin(), scored.begin() + kTop, scored.end());
    std::set<int64_t> out;
    for (size_t i = 0; i < kTop; ++i) out.insert(scored[i].second);
    return out;
  }

  /// The share of the exact ten that the engine's ten hold, over all queries.
  double Recall(const char* when) {
    EXPECT_TRUE(engine_->WaitUntilIndexed(OpContext::WithTimeout(std::chrono::minutes(5))).ok());
    const auto stats = engine_->Stats(OpContext{}, kCollection).value();
    EXPECT_EQ(stats.rows, live_.size());
    EXPECT_EQ(stats.indexes.at(0).pending_rows, 0U) << "pending rows would be scanned exactly";
    size_t found = 0;
    for (const std::vector<float>& query : queries_) {
      SearchRequest request;
      request.field = kVectorField;
      request.queries = FloatVectors(static_cast<uint32_t>(query.size()), query);
      request.k = kTop;
      const auto hits = engine_->Search(OpContext{}, kCollection, request).value();
      const std::set<int64_t> exact = Exact(query);
      for (const int64_t id : hits.keys.As<int64_t>()) found += exact.count(id);
    }
    const double recall = static_cast<double>(found) / static_cast<double>(kTop * queries_.size());
    fmt::print("recall@{} {}: {:.4f} ({} rows, {} queries)\n", kTop, when, recall, live_.size(),
               queries_.size());
    return recall;
  }

  const std::string folder_ = std::filesystem::temp_directory_path() / ("vg-recall-" + NewUuid());
  std::unique_ptr<embedded::EmbeddedEngine> engine_;
  uint32_t dim_ = 0;
  Vectors live_;
  std::vector<std::vector<float>> queries_;
};

TEST_F(RecallTest, HnswAtItsDefaultsFindsWhatExactSearchFinds) {
  const std::vector<std::string> texts = Sentences();
  if (texts.size() < kFewestRows + kQueries) {
    FAIL() << "needs " << kFewestRows + kQueries << " sentences, found " << texts.size()
           << ": install git-doc or set VECGATE_RECALL_TEXTS to a folder of .txt files";
  }
  EmbedderOptions options;
  options.precision = EmbedderOptions::Precision::kAuto;
  const auto embedder = MakeEmbedder(options).value();
  dim_ = static_cast<uint32_t>(embedder->dimension());
  const std::vector<float> all = embedder->EmbedBatch(OpContext{}, texts).value();

  // In a seeded order, so that queries, rows and replacements come from all files.
  fmt::print("seed {}, {} sentences\n", kSeed, texts.size());
  std::vector<size_t> order(texts.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  Rng rng(kSeed);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.Below(i)]);
  size_t next = 0;
  const auto take = [&] {
    const float* begin = all.data() + order[next++] * dim_;
    return std::vector<float>(begin, begin + dim_);
  };
  for (size_t i = 0; i < kQueries; ++i) queries_.push_back(take());
  const size_t rows = (texts.size() - kQueries) * 10 / 13;
  Vectors first;
  for (size_t i = 0; i < rows; ++i) first[static_cast<int64_t>(i)] = take();

  Open();
  ASSERT_TRUE(engine_->CreateCollection(OpContext{}, Spec(dim_)).ok());
  IndexSpec index;
  index.field = kVectorField;
  index.type = IndexType::kHnsw;
  index.metric = Metric::kCosine;
  ASSERT_TRUE(engine_->CreateIndex(OpContext{}, kCollection, index).ok());
  Write(first);
  EXPECT_GE(Recall("after the build"), kLeastRecall);

  std::vector<PrimaryKey> gone;
  Vectors replaced;
  for (size_t i = 0; i < rows; ++i) {
    const auto id = static_cast<int64_t>(i);
    if (i % 10 < 3) gone.emplace_back(id);
    if (i % 10 >= 7 && next < texts.size()) replaced[id] = take();
  }
  Delete(std::move(gone));
  Write(replaced);
  EXPECT_GE(Recall("after deleting 30% and replacing 30%"), kLeastRecall);

  ASSERT_TRUE(engine_->Close().ok());
  engine_.reset();
  Open();
  EXPECT_GE(Recall("after a reopen"), kLeastRecall);
  EXPECT_EQ(engine_->Counters().views_rebuilt, 0U) << "the snapshot should have been taken up";
}

}  // namespace
}  // namespace vecgate
