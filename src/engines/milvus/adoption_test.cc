// Collections that others made: adopted as they are, never altered in their rows' shape, never
// dropped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/conformance/fixture.h"
#include "engines/milvus/layout.h"
#include "engines/milvus/server.h"
#include "engines/milvus/server_fixture.h"

namespace vecgate::milvus_engine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kForeign = "foreign_chunks";
constexpr CollectionId kId{12};

CollectionSchema ChunkSchema() {
  CollectionSchema schema;
  schema.name = "chunks";
  schema.fields.resize(3);
  schema.fields[0].name = "chunk_id";
  schema.fields[0].type = DataType::kInt64;
  schema.fields[0].is_primary_key = true;
  schema.fields[1].name = "text";
  schema.fields[1].type = DataType::kVarChar;
  schema.fields[1].max_length = 100;
  schema.fields[2].name = "embedding";
  schema.fields[2].type = DataType::kFloatVector;
  schema.fields[2].dim = 2;
  EXPECT_TRUE(FinishSchema(schema).ok());
  return schema;
}

CollectionSpec Adopting(const CollectionSchema& schema) {
  return {.id = kId, .schema = schema, .properties = {{kCollectionProperty, kForeign}}};
}

class MilvusAdoptionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::Open(TestOptions("adoption"));
    ASSERT_TRUE(server.ok());
    server_ = std::move(*server);
    // As a client of Milvus would have made it.
    auto layout = LayOut(Adopting(ChunkSchema()), "ignored_");
    ASSERT_TRUE(layout.ok());
    ASSERT_TRUE(server_->Create(context_, StoredSchema(*layout, "by others"), {}).ok());
    Reopen();
  }
  void TearDown() override {
    EXPECT_TRUE(engine_->DropCollection(context_, kId).ok());
    EXPECT_TRUE(server_->Drop(context_, kForeign).ok());
  }
  void Reopen() {
    auto engine = MilvusEngine::Open(TestOptions("adoption"));
    ASSERT_TRUE(engine.ok());
    engine_ = std::move(*engine);
  }

  const OpContext context_ = OpContext::WithTimeout(std::chrono::minutes(2));
  std::unique_ptr<Server> server_;
  std::unique_ptr<MilvusEngine> engine_;
};

TEST_F(MilvusAdoptionTest, IsServedInPlaceAndForgottenNotDropped) {
  ASSERT_TRUE(
      server_
          ->CreateIndex(context_, kForeign, "embedding",
                        {{"index_type", "IVF_FLAT"}, {"metric_type", "IP"}, {"nlist", "16"}})
          .ok());
  ASSERT_TRUE(engine_->CreateCollection(context_, Adopting(ChunkSchema())).ok());
  RowBatch batch = MakeBatch(ChunkSchema());
  for (int64_t id = 0; id < 5; ++id) {
    batch.columns[0].Append(id);
    batch.columns[1].Append("text " + std::to_string(id));
    batch.columns[2].AppendVector(std::vector<float>{static_cast<float>(id), 1});
  }
  const auto written = engine_->Write(context_, kId, WriteMode::kInsert, batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  batch.partition = PartitionId{4};
  EXPECT_EQ(engine_->Write(context_, kId, WriteMode::kInsert, batch).error().code,
            Code::kUnimplemented);

  Reopen();
  const auto listed = engine_->ListCollections(context_);
  ASSERT_TRUE(listed.ok()) << listed.error().message;
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(SchemaToJson((*listed)[0].schema), SchemaToJson(ChunkSchema()));
  EXPECT_EQ((*listed)[0].properties.at(kCollectionProperty), kForeign);
  SearchRequest search;
  search.field = 2;
  search.queries = FloatVectors(2, std::vector<float>{1, 0});
  search.metric = Metric::kInnerProduct;
  search.k = 2;
  search.output_fields = {1};
  const auto found = engine_->Search(context_, kId, search);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(found->keys.As<int64_t>(), (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(found->columns[0].ValueAt(0), Value{std::string("text 4")});

  EXPECT_TRUE(
      engine_->CreateIndex(context_, kId, {2, IndexType::kIvfFlat, Metric::kInnerProduct, {}})
          .ok());
  const Status other =
      engine_->CreateIndex(context_, kId, {2, IndexType::kHnsw, Metric::kCosine, {}});
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message,
              AllOf(HasSubstr("IVF_FLAT by IP"), HasSubstr("HNSW by COSINE")));

  ASSERT_TRUE(engine_->DropCollection(context_, kId).ok());
  EXPECT_TRUE(engine_->ListCollections(context_)->empty());
  EXPECT_EQ(engine_->Query(context_, kId, {}).error().code, Code::kNotFound);
  EXPECT_TRUE(server_->Describe(context_, kForeign).ok());
}

TEST_F(MilvusAdoptionTest, OneErrorListsAllThatDiffers) {
  CollectionSchema wanted = ChunkSchema();
  wanted.fields[1].max_length = 200;
  wanted.fields[2].dim = 384;
  FieldSchema more;
  more.name = "page";
  more.type = DataType::kInt32;
  wanted.fields.push_back(more);
  const Status adopted = engine_->CreateCollection(context_, Adopting(wanted));
  ASSERT_FALSE(adopted.ok());
  EXPECT_EQ(adopted.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(
      adopted.error().message,
      AllOf(HasSubstr(kForeign), HasSubstr("max_length=200"), HasSubstr("max_length=100"),
            HasSubstr("dim=384"), HasSubstr("dim=2"), HasSubstr("'page' (Int32) is missing")));
}

TEST_F(MilvusAdoptionTest, WithoutAnIndexItSaysWhatIsMissing) {
  ASSERT_TRUE(engine_->CreateCollection(context_, Adopting(ChunkSchema())).ok());
  const auto queried = engine_->Query(context_, kId, {});
  ASSERT_FALSE(queried.ok());
  EXPECT_EQ(queried.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(queried.error().message, AllOf(HasSubstr(kForeign), HasSubstr("no index")));
}

TEST_F(MilvusAdoptionTest, NamesOfTheEngineAreRefusedAsFields) {
  CollectionSchema schema = ChunkSchema();
  schema.fields[1].name = "_vg_partition";
  const Status created = engine_->CreateCollection(context_, {.id = kId, .schema = schema});
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().code, Code::kInvalidArgument);
  EXPECT_THAT(created.error().message, HasSubstr("'_vg_partition'"));
}

}  // namespace
}  // namespace vecgate::milvus_engine
