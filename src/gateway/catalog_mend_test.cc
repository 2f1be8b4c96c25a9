// What Open mends after a crash, and partitions, indexes and ids across reopens.
#include "gateway/gateway_fixture.h"

namespace vecgate::gateway {
namespace {

class CatalogMendTest : public GatewayFixture {};

TEST_F(CatalogMendTest, ACollectionThatOnlyTheEngineKnowsIsDropped) {
  CreateReady("a");
  CollectionSchema orphan = Schema("orphan");
  ASSERT_TRUE(FinishSchema(orphan).ok());
  ASSERT_TRUE(engine_.CreateCollection(context_, {CollectionId{12345}, orphan}).ok());
  Reopen();
  const auto left = engine_.ListCollections(context_).value();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].id, Get("a")->id);
}

TEST_F(CatalogMendTest, ACollectionThatOnlyTheCatalogKnowsIsDataLoss) {
  CreateReady("a");
  ASSERT_TRUE(engine_.DropCollection(context_, Get("a")->id).ok());
  const Status status = TryReopen();
  EXPECT_REFUSED(status, Code::kDataLoss,
                 "collection a is in the catalog and not in the reference engine");
  EXPECT_EQ(status.error().subject, Subject::kStorage);
}

TEST_F(CatalogMendTest, AnAliasInTwoRecordsIsLeftInOne) {
  CreateReady("a");
  CreateReady("b");
  ASSERT_TRUE(catalog().CreateAlias("default", "a", "nick").ok());
  // The records as a crash in the middle of AlterAlias leaves them.
  CollectionInfo info = *Get("b");
  info.aliases.insert("nick");
  ASSERT_TRUE(SqlCatalogStore(*metadata_).PutCollection(info).ok());
  Reopen();
  EXPECT_EQ(Get("a")->aliases.size() + Get("b")->aliases.size(), 1U);
  ASSERT_TRUE(catalog().DropAlias("default", "nick").ok());
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "a").ok());
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "b").ok());
}

TEST_F(CatalogMendTest, RowsOfADroppedPartitionAreGone) {
  CreateReady("a");
  ASSERT_TRUE(catalog().CreatePartition("default", "a", "p").ok());
  Insert("a", 1, 4);
  Insert("a", 5, 7, "p");
  EXPECT_EQ(Count("a", "", {"p"}), 3U);
  EXPECT_REFUSED(catalog().DropPartition(context_, "default", "a", "p"), Code::kFailedPrecondition,
                 "partition is loaded, please release it first");
  ASSERT_TRUE(catalog().Release("default", "a").ok());
  ASSERT_TRUE(catalog().DropPartition(context_, "default", "a", "p").ok());
  EXPECT_TRUE(catalog().DropPartition(context_, "default", "a", "p").ok());
  EXPECT_TRUE(Get("a")->unpurged_partitions.empty());
  // A partition of the same name is a new one.
  ASSERT_TRUE(catalog().CreatePartition("default", "a", "p").ok());
  ASSERT_TRUE(catalog().Load("default", "a").ok());
  EXPECT_EQ(Count("a", "", {"p"}), 0U);
  EXPECT_EQ(Count("a"), 4U);
}

TEST_F(CatalogMendTest, APartitionThatWasNotPurgedIsPurgedAtTheNextStart) {
  CreateReady("a");
  ASSERT_TRUE(catalog().CreatePartition("default", "a", "p").ok());
  Insert("a", 1, 4);
  Insert("a", 5, 7, "p");
  // The record as a crash leaves it between the drop and the purge.
  CollectionInfo info = *Get("a");
  info.unpurged_partitions = {info.FindPartition("p")->id};
  info.partitions.pop_back();
  ASSERT_TRUE(SqlCatalogStore(*metadata_).PutCollection(info).ok());
  Reopen();
  EXPECT_TRUE(Get("a")->unpurged_partitions.empty());
  EXPECT_EQ(Count("a"), 4U);
  Reopen();
  EXPECT_EQ(Count("a"), 4U);
}

TEST_F(CatalogMendTest, PartitionStatementsRefuse) {
  ASSERT_TRUE(Create(Schema("a")).ok());
  EXPECT_REFUSED(catalog().CreatePartition("default", "a", "a b"), Code::kInvalidArgument,
                 "Invalid partition name: a b");
  EXPECT_REFUSED(catalog().DropPartition(context_, "default", "a", "_default"),
                 Code::kInvalidArgument, "default partition cannot be deleted");
  EXPECT_REFUSED(Create(Schema("b"), "default", 4), Code::kInvalidArgument,
                 "num_partitions should only be specified with partition key field enabled");
}

TEST_F(CatalogMendTest, APartitionKeySpreadsRowsOverItsPartitions) {
  CollectionSchema schema = Schema("a");
  schema.fields[1].is_partition_key = true;
  EXPECT_REFUSED(Create(schema, "default", 1025), Code::kInvalidArgument,
                 "partition number (1025) should be in range [1, 1024]");
  ASSERT_TRUE(Create(schema, "default", 8).ok());
  ASSERT_TRUE(Index("a").ok());
  ASSERT_TRUE(catalog().Load("default", "a").ok());
  ASSERT_EQ(Get("a")->partitions.size(), 8U);
  EXPECT_EQ(Get("a")->partitions[7].name, "_default_7");
  Insert("a", 1, 10);
  const auto stats = gateway_->Stats(context_, *Get("a")).value();
  const PartitionId red = HashPartition(*Get("a"), PrimaryKey(std::string("red")));
  const PartitionId blue = HashPartition(*Get("a"), PrimaryKey(std::string("blue")));
  ASSERT_NE(red, blue) << "the test needs two colors of different partitions";
  EXPECT_EQ(stats.rows_by_partition.at(ToNumber(red)), 5U);
  EXPECT_EQ(stats.rows_by_partition.at(ToNumber(blue)), 5U);

  const auto info = Get("a");
  EXPECT_REFUSED(
      gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, 1, 1), "_default_0"),
      Code::kInvalidArgument, "not support manually specifying the partition names");
  GatewaySearch search = Near(1, 1);
  search.partitions = {"_default_0"};
  EXPECT_REFUSED(gateway_->Search(context_, info, search), Code::kInvalidArgument,
                 "not support manually specifying the partition names");
  EXPECT_REFUSED(catalog().CreatePartition("default", "a", "p"), Code::kFailedPrecondition,
                 "disable create partition if partition key mode is used");
  EXPECT_REFUSED(catalog().DropPartition(context_, "default", "a", "_default_1"),
                 Code::kFailedPrecondition, "disable drop partition");
}

TEST_F(CatalogMendTest, ScalarIndexesAreKeptByTheNameThatWasAsked) {
  CreateReady("a");
  const auto create = [&](const std::string& field, const std::string& type) {
    return catalog().CreateIndex(context_, "default", "a", {field, "", {{"index_type", type}}});
  };
  EXPECT_REFUSED(create("color", "HNSW"), Code::kInvalidArgument,
                 "invalid index type: HNSW on field color (VarChar)");
  EXPECT_REFUSED(create("color", "STL_SORT"), Code::kInvalidArgument,
                 "STL_SORT cannot be built on field color (VarChar)");
  EXPECT_EQ(Get("a")->FindIndexByName("color"), nullptr);
  ASSERT_TRUE(create("color", "trie").ok());
  ASSERT_TRUE(create("id", "").ok());
  Reopen();
  using Params = std::map<std::string, std::string>;
  EXPECT_EQ(Get("a")->FindIndexByName("color")->given_params, (Params{{"index_type", "Trie"}}));
  EXPECT_EQ(Get("a")->FindIndexByName("id")->given_params, (Params{{"index_type", "AUTOINDEX"}}));
  ASSERT_TRUE(catalog().DropIndex(context_, "default", "a", "color").ok())
      << "while it is loaded, unlike the index of a vector field";
  EXPECT_EQ(Get("a")->FindIndexByName("color"), nullptr);
}

TEST_F(CatalogMendTest, IndexRules) {
  ASSERT_TRUE(Create(Schema("a")).ok());
  EXPECT_REFUSED(catalog().Load("default", "a"), Code::kNotFound, "index not found[collection=a]");
  const auto create = [&](const std::string& field, std::map<std::string, std::string> params,
                          const std::string& name = "") {
    return catalog().CreateIndex(context_, "default", "a", {field, name, std::move(params)});
  };
  EXPECT_REFUSED(create("none", {}), Code::kNotFound,
                 "cannot create index on non-exist field: none");
  EXPECT_REFUSED(create("v", {{"index_type", "DISKANN"}}), Code::kInvalidArgument,
                 "invalid index type: DISKANN on field v (FloatVector)");
  EXPECT_REFUSED(create("v", {{"metric_type", "HAMMING"}}), Code::kInvalidArgument,
                 "float vector index does not support metric type: HAMMING");
  EXPECT_REFUSED(create("v", {{"M", "1"}}), Code::kInvalidArgument,
                 "invalid index parameter M: 1 found, out of range: [2, 2048]");
  EXPECT_REFUSED(create("v", {{"efConstruction", "x"}}), Code::kInvalidArgument,
                 "invalid index parameter efConstruction: x found");
  ASSERT_TRUE(create("v", {{"metric_type", "L2"}}, "by_v").ok());
  EXPECT_TRUE(create("v", {{"metric_type", "L2"}}, "by_v").ok());
  EXPECT_REFUSED(create("v", {{"metric_type", "IP"}}, "by_v"), Code::kFailedPrecondition,
                 "at most one distinct index is allowed per field");
  EXPECT_EQ(Get("a")->FindIndexByName("by_v")->given_params.at("index_type"), "AUTOINDEX");
  ASSERT_TRUE(catalog().Load("default", "a").ok());
  EXPECT_REFUSED(catalog().DropIndex(context_, "default", "a", "by_v"), Code::kFailedPrecondition,
                 "index cannot be dropped, collection is loaded");
  ASSERT_TRUE(catalog().Release("default", "a").ok());
  ASSERT_TRUE(catalog().DropIndex(context_, "default", "a", "v").ok()) << "by the field's name";
  EXPECT_TRUE(catalog().DropIndex(context_, "default", "a", "by_v").ok());
  Reopen();
  EXPECT_TRUE(Get("a")->indexes.empty());
}

TEST_F(CatalogMendTest, IdsNeverRepeatAcrossReopens) {
  int64_t last = 0;
  for (int opened = 0; opened < 3; ++opened) {
    for (int i = 0; i < 3; ++i) {
      const int64_t first = catalog().ids().Take(1000).value();
      EXPECT_GT(first, last);
      last = first + 999;
    }
    // A block larger than those that are kept, and a clock that was set back.
    const int64_t first = catalog().ids().Take(3 << 20).value();
    EXPECT_GT(first, last);
    last = first + (3 << 20) - 1;
    clock_.millis -= 1'000'000;
    Reopen();
  }
}

}  // namespace
}  // namespace vecgate::gateway
