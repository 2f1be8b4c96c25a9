// Searches of parts: filters, partitions, ranges, groups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// 3,000 rows, of which one in a hundred matches, far from the query: k hits must come all the
// same, whatever the index.
void AFilteredSearchReturnsKHits(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 3000);
  for (Item& item : items) {
    item.color = item.id % 100 == 99 ? "rare" : "common";
    item.point[1] = static_cast<float>(item.id % 7);
  }
  f.Write(items);
  for (const IndexType type : f.engine().GetCapabilities().vector_indexes) {
    const IndexSpec index{.field = kPoint, .type = type, .metric = Metric::kL2, .params = {}};
    ASSERT_TRUE(f.engine().CreateIndex(f.context(), Fixture::kItems, index).ok());
    for (const auto& [text, matching] :
         {std::pair{"color == 'rare'", 30U}, std::pair{"id >= 2990", 10U},
          std::pair{"color == 'rare' and id > 2900", 1U}, std::pair{"rank == 5", 300U},
          std::pair{"color == 'none'", 0U}}) {
      SearchRequest request = Near(-50, 0, 20);
      request.selection.filter = ItemFilter(text);
      EXPECT_EQ(f.Hits(request).size(), std::min(20U, matching))
          << IndexTypeName(type) << " " << text;
    }
    ASSERT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, kPoint).ok());
  }
}

void FiltersReadEveryKindOfField(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1,
            .color = "red",
            .rank = 1,
            .tags = {{1, 2}},
            .info = R"({"a":{"b":1}})",
            .meta = R"({"k":"x"})"},
           {.id = 2,
            .color = "blue",
            .rank = 2,
            .tags = {{3}},
            .info = R"({"a":{"b":"1"}})",
            .meta = R"({"k":5})"},
           {.id = 3}});
  const auto ids = [&](std::string_view text) {
    SearchRequest request = Near(0, 0, 10);
    request.selection.filter = ItemFilter(text);
    return f.Hits(request);
  };
  EXPECT_THAT(ids("color like 're%'"), ElementsAre(1));
  EXPECT_THAT(ids("rank in [2, 3]"), ElementsAre(2));
  EXPECT_THAT(ids("rank is null"), ElementsAre(3));
  EXPECT_THAT(ids("rank != 1"), ElementsAre(2));
  EXPECT_THAT(ids("array_contains(tags, 2)"), ElementsAre(1));
  EXPECT_THAT(ids("info['a']['b'] == 1"), ElementsAre(1));
  EXPECT_THAT(ids("k == 5 or k == 'x'"), ElementsAre(1, 2));
  EXPECT_THAT(ids("not exists k"), ElementsAre(3));
}

void PartitionsAreSearchedAlone(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 9);
  for (Item& item : items) item.partition = static_cast<uint32_t>(item.id % 3);
  f.Write(items);
  SearchRequest request = Near(0, 0, 10);
  request.selection.partitions = {PartitionId{1}};
  EXPECT_THAT(f.Hits(request), ElementsAre(1, 4, 7));
  request.selection.partitions = {PartitionId{2}, PartitionId{0}};
  EXPECT_THAT(f.Hits(request), ElementsAre(0, 2, 3, 5, 6, 8));
  request.selection.filter = ItemFilter("id > 4");
  EXPECT_THAT(f.Hits(request), ElementsAre(5, 6, 8));
  request.selection.partitions = {PartitionId{77}};
  EXPECT_THAT(f.Hits(request), IsEmpty());
}

void RangesOfDistances(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 6));  // Squared distances from the origin: 0, 1, 4, 9, 16, 25.
  SearchRequest request = Near(0, 0, 10);
  request.radius = 9.0F;
  EXPECT_THAT(f.Hits(request), ElementsAre(0, 1, 2));
  request.range_filter = 1.0F;
  EXPECT_THAT(f.Hits(request), ElementsAre(1, 2));
  request.radius.reset();
  EXPECT_THAT(f.Hits(request), ElementsAre(1, 2, 3, 4, 5));
}

void RangesOfProducts(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 6));
  SearchRequest request = Near(1, 0, 10);
  request.metric = Metric::kInnerProduct;
  request.radius = 2.0F;
  EXPECT_THAT(f.Hits(request), ElementsAre(5, 4, 3));
  request.range_filter = 4.0F;
  EXPECT_THAT(f.Hits(request), ElementsAre(4, 3));
}

std::vector<Item> Grouped() {
  std::vector<Item> items = Line(0, 8);
  const char* colors[] = {"a", "a", "b", "a", "", "c", "b", ""};
  for (size_t i = 0; i < items.size(); ++i) {
    if (colors[i][0] != '\0') items[i].color = colors[i];
  }
  return items;
}

void GroupsGiveTheirBestHits(Fixture& f) {
  f.CreateItems();
  f.Write(Grouped());
  SearchRequest request = Near(0, 0, 3);
  request.group_by = GroupBy{.field = kColor, .group_size = 1};
  const SearchResult result = f.Search(request);
  // a, b and the nulls, which are one group.
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(0, 2, 4));
  ASSERT_TRUE(result.groups.has_value());
  EXPECT_EQ(result.groups->ValueAt(1), Value{std::string("b")});
  EXPECT_TRUE(result.groups->IsNull(2));
  request.group_by->group_size = 2;
  EXPECT_THAT(f.Hits(request), ElementsAre(0, 1, 2, 4, 6, 7));
  request.offset = 1;
  request.k = 2;
  EXPECT_THAT(f.Hits(request), ElementsAre(2, 4, 6, 7));
  request.offset = 0;
  request.k = 100;
  EXPECT_THAT(f.Hits(request), ElementsAre(0, 1, 2, 4, 5, 6, 7));
}

void GroupsOfNumbersUnderAFilter(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 100));
  SearchRequest request = Near(0, 0, 4);
  request.selection.filter = ItemFilter("id >= 15");
  request.group_by = GroupBy{.field = kRank, .group_size = 1};
  EXPECT_THAT(f.Hits(request), ElementsAre(15, 16, 17, 18));
  request.k = 20;
  EXPECT_EQ(f.Hits(request).size(), 10U);
}

}  // namespace

std::vector<Case> SelectionCases() {
  return {{"AFilteredSearchReturnsKHits", AFilteredSearchReturnsKHits},
          {"FiltersReadEveryKindOfField", FiltersReadEveryKindOfField},
          {"PartitionsAreSearchedAlone", PartitionsAreSearchedAlone},
          {"RangesOfDistances", RangesOfDistances},
          {"RangesOfProducts", RangesOfProducts},
          {"GroupsGiveTheirBestHits", GroupsGiveTheirBestHits},
          {"GroupsOfNumbersUnderAFilter", GroupsOfNumbersUnderAFilter}};
}

}  // namespace vecgate::conformance
