#include "chunks/gateway_chunk_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chunks/reference_chunk_index.h"
#include "engine/reference/reference_engine.h"
#include "gateway/sql_catalog_store.h"
#include "model/collection_templates.h"

namespace vecgate {
namespace {

using ::testing::ElementsAre;

constexpr uint32_t kDim = 4;

// The contract of ChunkIndex, on the real thing and on the one that other tests stand upon.
class ChunkIndexTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    metadata_ = MetadataStore::Open(":memory:").value();
    gateway_ = gateway::Gateway::Open(std::make_unique<gateway::SqlCatalogStore>(*metadata_),
                                      gateway::EngineSet(engine_), SystemClock(), {})
                   .value();
    if (GetParam()) {
      index_ = std::make_unique<GatewayChunkIndex>(
          *gateway_, GatewayChunkIndex::Options{.embedder = "hash", .dimension = kDim});
    } else {
      index_ = std::make_unique<ReferenceChunkIndex>();
    }
    ASSERT_TRUE(index_->EnsureCollection({}).ok());
    ASSERT_TRUE(index_->EnsureCollection({}).ok());
  }

  // A version of document "doc" with `count` chunks, replacing `hidden`.
  void Switch(const std::string& ingestion, int count, std::vector<std::string> hidden = {}) {
    std::vector<ChunkRow> rows;
    std::vector<float> vectors;
    for (int i = 0; i < count; ++i) {
      rows.push_back({.chunk_id = ingestion + "-" + std::to_string(i),
                      .ingestion_id = ingestion,
                      .document_id = "doc",
                      .document = "a.txt",
                      .chunk_index = i,
                      .chunk_strategy = "fixed",
                      .chunk_text = "text",
                      .source_metadata = "{\"lang\":\"en\"}",
                      .page = 2,
                      .byte_begin = 10,
                      .byte_end = 14});
      for (uint32_t d = 0; d < kDim; ++d)
        vectors.push_back(d == static_cast<uint32_t>(i) ? 1 : 0.1F);
    }
    const Status status = index_->Switch({}, rows, vectors, hidden);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  std::vector<std::string> Visible() {
    const std::vector<float> query{1, 0.5, 0.2, 0};
    const auto hits = index_->Search({}, query, 10, "");
    EXPECT_TRUE(hits.ok()) << hits.error().message;
    std::vector<std::string> ids;
    if (hits.ok()) {
      for (const ChunkHit& hit : *hits) ids.push_back(hit.row.chunk_id);
    }
    return ids;
  }

  reference::ReferenceEngine engine_;
  std::unique_ptr<MetadataStore> metadata_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<ChunkIndex> index_;
};

TEST_P(ChunkIndexTest, ANewVersionReplacesTheOldOneWhole) {
  Switch("v1", 3);
  EXPECT_THAT(Visible(), ElementsAre("v1-0", "v1-1", "v1-2"));
  Switch("v2", 2, {"v1-0", "v1-1", "v1-2"});
  EXPECT_THAT(Visible(), ElementsAre("v2-0", "v2-1"));
  Switch("v2", 2, {"v1-0", "v1-1", "v1-2"});  // As after a crash.
  EXPECT_THAT(Visible(), ElementsAre("v2-0", "v2-1"));
  ASSERT_TRUE(index_->DeleteIngestion({}, "v1").ok());
  EXPECT_THAT(Visible(), ElementsAre("v2-0", "v2-1"));
  ASSERT_TRUE(index_->DeleteDocument({}, "doc").ok());
  EXPECT_THAT(Visible(), ElementsAre());
}

TEST_P(ChunkIndexTest, RowsComeBackAsTheyWentIn) {
  Switch("v1", 1);
  const std::vector<float> query{1, 0.1F, 0.1F, 0.1F};
  const auto hits = index_->Search({}, query, 1, "").value();
  ASSERT_EQ(hits.size(), 1U);
  const ChunkRow& row = hits[0].row;
  EXPECT_EQ(row.document, "a.txt");
  EXPECT_EQ(row.ingestion_id, "v1");
  EXPECT_EQ(row.chunk_strategy, "fixed");
  EXPECT_EQ(row.chunk_text, "text");
  EXPECT_EQ(row.page, 2);
  EXPECT_EQ(row.byte_begin, 10);
  EXPECT_EQ(row.byte_end, 14);
  EXPECT_NEAR(hits[0].score, 1.0F, 0.05F);
}

TEST_P(ChunkIndexTest, SingleChunksCanBeDeleted) {
  Switch("v1", 3);
  const std::vector<std::string> ids{"v1-0", "v1-2", "unknown"};
  ASSERT_TRUE(index_->DeleteChunks({}, ids).ok());
  EXPECT_THAT(Visible(), ElementsAre("v1-1"));
}

INSTANTIATE_TEST_SUITE_P(All, ChunkIndexTest, ::testing::Values(false, true),
                         [](const auto& test) { return test.param ? "Gateway" : "Reference"; });

class GatewayChunkIndexTest : public ChunkIndexTest {};

TEST_P(GatewayChunkIndexTest, FiltersNarrowButNeverShowHiddenRows) {
  Switch("v1", 3);
  Switch("v2", 2, {"v1-0", "v1-1", "v1-2"});
  const std::vector<float> query{1, 0, 0, 0};
  EXPECT_EQ(index_->Search({}, query, 10, "chunk_index == 1").value().size(), 1U);
  EXPECT_EQ(index_->Search({}, query, 10, "source_metadata[\"lang\"] == \"de\"").value().size(),
            0U);
  EXPECT_EQ(index_->Search({}, query, 10, "page == 2) or (page < 9").value().size(), 2U);
  EXPECT_EQ(index_->Search({}, query, 10, "nonsense ==").error().code, Code::kInvalidArgument);
}

TEST_P(GatewayChunkIndexTest, ACollectionThatWasDroppedIsMadeAgain) {
  Switch("v1", 1);
  ASSERT_TRUE(gateway_->catalog().DropCollection({}, "default", "document_chunks_hash").ok());
  EXPECT_TRUE(index_->DeleteDocument({}, "doc").ok());
  Switch("v2", 1);
  EXPECT_THAT(Visible(), ElementsAre("v2-0"));
}

INSTANTIATE_TEST_SUITE_P(All, GatewayChunkIndexTest, ::testing::Values(true));

TEST(ChunkTemplateTest, IsTheCollectionThatIngestionMakes) {
  const auto made = FindCollectionTemplate("document_chunks_minilm");
  ASSERT_TRUE(made.ok());
  const auto metadata = MetadataStore::Open(":memory:").value();
  reference::ReferenceEngine engine;
  const auto gateway = gateway::Gateway::Open(std::make_unique<gateway::SqlCatalogStore>(*metadata),
                                              gateway::EngineSet(engine), SystemClock(), {})
                           .value();
  GatewayChunkIndex index(*gateway, {.embedder = "minilm"});
  EXPECT_EQ(index.collection_name(), made->schema.name);
  ASSERT_TRUE(index.EnsureCollection({}).ok());
  const auto info =
      gateway->catalog().Resolve(std::string(gateway::kDefaultDatabase), made->schema.name);
  ASSERT_TRUE(info.ok());
  CollectionSchema wanted = made->schema;
  ASSERT_TRUE(FinishSchema(wanted).ok());
  EXPECT_TRUE(SameSchema((*info)->schema, wanted));
}

}  // namespace
}  // namespace vecgate
