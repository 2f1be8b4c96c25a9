// DDL: what each statement does, what it refuses, and that all of it survives a reopen.
#include "gateway/catalog.h"

#include "gateway/gateway_fixture.h"

namespace vecgate::gateway {
namespace {

class CatalogTest : public GatewayFixture {};

TEST_F(CatalogTest, ACollectionSurvivesAReopenWithAllItsRecords) {
  CollectionSchema schema = Schema("books");
  schema.enable_dynamic_field = true;
  schema.description = "shelf";
  ASSERT_TRUE(Create(schema).ok());
  ASSERT_TRUE(Index("books", "IP").ok());
  ASSERT_TRUE(catalog().CreatePartition("default", "books", "y2024").ok());
  ASSERT_TRUE(catalog().CreateAlias("default", "books", "shelf").ok());
  ASSERT_TRUE(catalog().AlterCollection("default", "books", {{"ttl", "5"}, {"x", "y"}}, {}).ok());
  ASSERT_TRUE(catalog().AlterCollection("default", "books", {}, {"x"}).ok());
  ASSERT_TRUE(catalog().Load("default", "books").ok());
  const std::string before = ToJson(*Get("books"));

  Reopen();
  EXPECT_EQ(ToJson(*Get("books")), before);
  const CollectionPtr info = Get("shelf");
  EXPECT_EQ(info->name, "books");
  EXPECT_TRUE(info->loaded);
  EXPECT_EQ(info->schema.fields.back().name, "$meta");
  EXPECT_EQ(info->properties, (std::map<std::string, std::string>{{"ttl", "5"}}));
  ASSERT_NE(info->FindPartition("y2024"), nullptr);
  ASSERT_EQ(info->indexes.size(), 1U);
  EXPECT_EQ(info->indexes[0].spec.metric, Metric::kInnerProduct);
  EXPECT_EQ(info->created_ms, clock_.millis);
  EXPECT_EQ(catalog().ResolveById(info->id).value()->name, "books");
}

TEST_F(CatalogTest, CreatingTwiceIsFineOnlyWithTheSameSchema) {
  ASSERT_TRUE(Create(Schema("a")).ok());
  const CollectionId id = Get("a")->id;
  EXPECT_TRUE(Create(Schema("a")).ok());
  EXPECT_EQ(Get("a")->id, id);
  CollectionSchema other = Schema("a");
  other.fields[2].dim = 3;
  EXPECT_REFUSED(Create(other), Code::kAlreadyExists,
                 "create duplicate collection with different parameters, collection: a");
  EXPECT_REFUSED(Create(Schema("1a")), Code::kInvalidArgument, "Invalid collection name: 1a");
  EXPECT_REFUSED(Create(Schema("b"), "nowhere"), Code::kNotFound,
                 "database not found[database=nowhere]");
}

TEST_F(CatalogTest, DroppingTakesTheRowsAndMayBeRepeated) {
  CreateReady("a");
  Insert("a", 1, 3);
  const CollectionId old_id = Get("a")->id;
  ASSERT_TRUE(catalog().DropCollection(context_, "default", "a").ok());
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "a").ok());
  EXPECT_REFUSED(catalog().Resolve("default", "a"), Code::kNotFound,
                 "collection not found[database=default][collection=a]");
  EXPECT_FALSE(catalog().ResolveById(old_id).ok());
  EXPECT_TRUE(engine_.ListCollections(context_).value().empty());
  CreateReady("a");
  EXPECT_EQ(Count("a"), 0U);
  EXPECT_NE(Get("a")->id, old_id);
  Reopen();
  EXPECT_EQ(catalog().ListCollections("default").value().size(), 1U);
}

TEST_F(CatalogTest, RenamingKeepsRowsAndAliasesAndSurvives) {
  CreateReady("a");
  Insert("a", 1, 3);
  ASSERT_TRUE(Create(Schema("taken")).ok());
  ASSERT_TRUE(catalog().CreateAlias("default", "a", "nick").ok());
  EXPECT_REFUSED(catalog().RenameCollection("default", "a", "default", "taken"),
                 Code::kAlreadyExists, "duplicated new collection name default:taken");
  EXPECT_REFUSED(catalog().RenameCollection("default", "a", "default", "nick"),
                 Code::kFailedPrecondition, "cannot rename collection to an existing alias: nick");
  EXPECT_REFUSED(catalog().RenameCollection("default", "nick", "default", "b"),
                 Code::kFailedPrecondition, "unsupported use an alias to rename collection");
  EXPECT_REFUSED(catalog().RenameCollection("default", "none", "default", "b"), Code::kNotFound,
                 "collection not found");
  ASSERT_TRUE(catalog().RenameCollection("default", "a", "default", "b").ok());
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_FALSE(catalog().Resolve("default", "a").ok());
    EXPECT_EQ(Count("b"), 3U);
    EXPECT_EQ(Get("nick")->name, "b");
    Reopen();
  }
}

TEST_F(CatalogTest, ACollectionMovesBetweenDatabases) {
  CreateReady("a");
  ASSERT_TRUE(catalog().CreateDatabase("other", {}).ok());
  ASSERT_TRUE(catalog().CreateAlias("default", "a", "nick").ok());
  EXPECT_REFUSED(catalog().RenameCollection("default", "a", "other", "a"),
                 Code::kFailedPrecondition, "has aliases");
  ASSERT_TRUE(catalog().DropAlias("default", "nick").ok());
  ASSERT_TRUE(catalog().RenameCollection("default", "a", "other", "a").ok());
  Reopen();
  EXPECT_EQ(Get("a", "other")->database, "other");
  EXPECT_FALSE(catalog().Resolve("default", "a").ok());
}

TEST_F(CatalogTest, DatabasesHoldTheirOwnNames) {
  ASSERT_TRUE(catalog().CreateDatabase("one", {{"owner", "me"}}).ok());
  EXPECT_REFUSED(catalog().CreateDatabase("one", {}), Code::kAlreadyExists,
                 "database already exist: one");
  EXPECT_REFUSED(catalog().CreateDatabase("a-b", {}), Code::kInvalidArgument,
                 "Invalid database name");
  ASSERT_TRUE(Create(Schema("c"), "one").ok());
  ASSERT_TRUE(Create(Schema("c")).ok());
  EXPECT_NE(Get("c", "one")->id, Get("c")->id);
  ASSERT_TRUE(catalog().AlterDatabase("one", {{"k", "v"}}, {"owner"}).ok());
  EXPECT_REFUSED(catalog().DropDatabase("one"), Code::kFailedPrecondition,
                 "database:one not empty, must drop all collections before drop database");
  EXPECT_REFUSED(catalog().DropDatabase("default"), Code::kInvalidArgument,
                 "can not drop default database");
  Reopen();
  EXPECT_EQ(catalog().ListDatabases().size(), 2U);
  EXPECT_EQ(catalog().DescribeDatabase("one").value().properties,
            (std::map<std::string, std::string>{{"k", "v"}}));
  ASSERT_TRUE(catalog().DropCollection(context_, "one", "c").ok());
  ASSERT_TRUE(catalog().DropDatabase("one").ok());
  Reopen();
  EXPECT_REFUSED(catalog().DescribeDatabase("one"), Code::kNotFound, "database not found");
}

TEST_F(CatalogTest, AliasesPointAtOneCollection) {
  ASSERT_TRUE(Create(Schema("a")).ok());
  ASSERT_TRUE(Create(Schema("b")).ok());
  ASSERT_TRUE(catalog().CreateAlias("default", "a", "x").ok());
  EXPECT_TRUE(catalog().CreateAlias("default", "a", "x").ok());
  EXPECT_REFUSED(catalog().CreateAlias("default", "b", "x"), Code::kAlreadyExists,
                 "x is alias to another collection: a");
  EXPECT_REFUSED(catalog().CreateAlias("default", "b", "a"), Code::kAlreadyExists,
                 "alias and collection name conflict");
  EXPECT_REFUSED(Create(Schema("x")), Code::kAlreadyExists, "create duplicate collection");
  EXPECT_REFUSED(catalog().DropCollection(context_, "default", "x"), Code::kFailedPrecondition,
                 "cannot drop the collection via alias = x");
  EXPECT_REFUSED(catalog().DropCollection(context_, "default", "a"), Code::kFailedPrecondition,
                 "associated aliases [x]");
  EXPECT_REFUSED(catalog().AlterAlias("default", "b", "none"), Code::kNotFound,
                 "alias not found[database=default][alias=none]");
  ASSERT_TRUE(catalog().AlterAlias("default", "b", "x").ok());
  Reopen();
  EXPECT_EQ(catalog().DescribeAlias("default", "x").value(), "b");
  EXPECT_TRUE(Get("a")->aliases.empty());
  ASSERT_TRUE(catalog().DropAlias("default", "x").ok());
  EXPECT_TRUE(catalog().DropAlias("default", "x").ok());
  Reopen();
  EXPECT_FALSE(catalog().DescribeAlias("default", "x").ok());
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "a").ok());
}

}  // namespace
}  // namespace vecgate::gateway
