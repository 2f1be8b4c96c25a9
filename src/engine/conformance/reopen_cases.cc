// Closing and opening again: a durable engine has everything, one in memory has nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::ElementsAre;

void RowsDeletesAndIndexesSurvive(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 50);
  items[7].color = "red";
  items[7].tags = {{4, 5}};
  items[8].partition = 3;
  f.Write(items);
  const IndexSpec index{
      .field = kPoint, .type = IndexType::kHnsw, .metric = Metric::kL2, .params = {{"M", "8"}}};
  const bool has_index = f.engine().CreateIndex(f.context(), Fixture::kItems, index).ok();
  f.Delete({.keys = Keys({1, 2}), .selection = {}});
  const uint64_t sequence =
      f.Write({{.id = 3, .point = {500, 0}, .rank = 9}}, WriteMode::kUpsert).sequence;
  if (!f.ReopensWithRows()) return;

  EXPECT_EQ(f.Count(), 48U);
  EXPECT_EQ(f.Count({.partitions = {PartitionId{3}}, .filter = {}}), 1U);
  EXPECT_THAT(f.Hits(Near(2, 0, 3)), ElementsAre(0, 4, 5));
  EXPECT_THAT(f.Hits(Near(500, 0, 1)), ElementsAre(3));
  QueryRequest request;
  request.selection.filter = ItemFilter("color == 'red' and array_contains(tags, 5)");
  EXPECT_THAT(f.Ids(request), ElementsAre(7));
  const auto stats = f.engine().Stats(f.context(), Fixture::kItems);
  ASSERT_TRUE(stats.ok());
  ASSERT_EQ(stats->indexes.size(), has_index ? 1U : 0U);
  if (has_index) {
    EXPECT_EQ(stats->indexes[0].spec.params.at("M"), "8");
  }
  EXPECT_GT(f.Write({{.id = 1}}).sequence, sequence);
}

void FlushThenReopen(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 200));
  ASSERT_TRUE(f.engine().Flush(f.context(), Fixture::kItems).ok());
  f.Delete({.keys = {}, .selection = {.partitions = {}, .filter = ItemFilter("id < 100")}});
  f.Write(Line(300, 10));
  if (!f.ReopensWithRows()) return;
  EXPECT_EQ(f.Count(), 110U);
  EXPECT_THAT(f.Hits(Near(0, 0, 2)), ElementsAre(100, 101));
  f.Reopen();
  EXPECT_EQ(f.Count(), 110U);
}

void DroppedStaysDropped(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  ASSERT_TRUE(f.engine().CreateCollection(f.context(), {CollectionId{90}, TextKeySchema()}).ok());
  ASSERT_TRUE(f.engine().DropCollection(f.context(), Fixture::kItems).ok());
  if (!f.ReopensWithRows()) return;
  const auto listed = f.engine().ListCollections(f.context());
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(SchemaToJson((*listed)[0].schema), SchemaToJson(TextKeySchema()));
}

}  // namespace

std::vector<Case> ReopenCases() {
  return {{"RowsDeletesAndIndexesSurvive", RowsDeletesAndIndexesSurvive},
          {"FlushThenReopen", FlushThenReopen},
          {"DroppedStaysDropped", DroppedStaysDropped}};
}

}  // namespace vecgate::conformance
