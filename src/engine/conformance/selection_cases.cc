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

// A filter and what it means for an item.
struct Question {
  const char* text;
  bool (*matches)(const Item& item);
};

constexpr Question kQuestions[] = {
    {"color == 'c7'", [](const Item& item) { return item.color == "c7"; }},
    {"color != 'c7'", [](const Item& item) { return item.color && *item.color != "c7"; }},
    {"color like 'c1%'", [](const Item& item) { return item.color && item.color->at(1) == '1'; }},
    {"color is null", [](const Item& item) { return !item.color; }},
    {"rank >= 7 and color in ['c1', 'c2']",
     [](const Item& item) { return item.rank >= 7 && (item.color == "c1" || item.color == "c2"); }},
    {"not (2 <= rank < 9)", [](const Item& item) { return item.rank < 2 || item.rank >= 9; }},
    {"array_contains_any(tags, [3, 4]) or color == 'c5'",
     [](const Item& item) {
       const int64_t tag = item.tags->front();
       return tag == 3 || tag == 4 || item.color == "c5";
     }},
    {"id < 40", [](const Item& item) { return item.id < 40; }}};

// `items` by their id are all there is; an id below 0 is gone.
void ExpectAnswers(Fixture& f, const std::vector<Item>& items, const char* when) {
  for (const Question& question : kQuestions) {
    std::vector<int64_t> expected;
    for (const Item& item : items) {
      if (item.id >= 0 && question.matches(item)) expected.push_back(item.id);
    }
    QueryRequest request;
    request.selection.filter = ItemFilter(question.text);
    EXPECT_EQ(f.Ids(request), expected) << when << ": " << question.text;
    EXPECT_EQ(f.Count(request.selection), expected.size()) << when << ": " << question.text;
  }
}

Item Indexed(int64_t id, int64_t version) {
  const int64_t number = id * 7 + version * 3;
  Item item{.id = id, .rank = number % 12, .tags = {{number % 9, 8}}};
  if (number % 11 != 0) item.color = "c" + std::to_string(number % 20);
  return item;
}

// 3,000 rows, a third of them written again and some deleted: with indexes on every field that
// takes one, answers are those without, at every moment.
void ScalarIndexesChangeNoAnswer(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items;
  for (int64_t id = 0; id < 3000; ++id) items.push_back(Indexed(id, 0));
  f.Write({items.begin(), items.begin() + 2000});
  const std::vector<IndexType> known = f.engine().GetCapabilities().scalar_indexes;
  for (const size_t field : {kId, kColor, kRank, kTags}) {
    const IndexSpec index{
        .field = field, .type = IndexType::kInverted, .metric = Metric::kL2, .params = {}};
    const Status created = f.engine().CreateIndex(f.context(), Fixture::kItems, index);
    EXPECT_EQ(created.ok(), std::find(known.begin(), known.end(), index.type) != known.end());
  }
  f.Write({items.begin() + 2000, items.end()});
  ExpectAnswers(f, items, "after the indexes were created");
  for (size_t i = 500; i < 1500; ++i) items[i] = Indexed(static_cast<int64_t>(i), 1);
  f.Write({items.begin() + 500, items.begin() + 1500}, WriteMode::kUpsert);
  for (size_t i = 0; i < items.size(); i += 100) {
    std::vector<int64_t> doomed;
    for (size_t j = i; j < i + 100; j += 10) {
      doomed.push_back(items[j].id);
      items[j].id = -1;
    }
    f.Delete({.keys = Keys(doomed), .selection = {}});
  }
  ExpectAnswers(f, items, "after changes");
  if (f.engine().GetCapabilities().durable) {
    f.Reopen();
    ExpectAnswers(f, items, "after reopening");
  }
  for (const size_t field : {kId, kColor, kRank, kTags}) {
    EXPECT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, field).ok());
  }
  ExpectAnswers(f, items, "after the indexes were dropped");
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
          {"ScalarIndexesChangeNoAnswer", ScalarIndexesChangeNoAnswer},
          {"PartitionsAreSearchedAlone", PartitionsAreSearchedAlone},
          {"RangesOfDistances", RangesOfDistances},
          {"RangesOfProducts", RangesOfProducts},
          {"GroupsGiveTheirBestHits", GroupsGiveTheirBestHits},
          {"GroupsOfNumbersUnderAFilter", GroupsOfNumbersUnderAFilter}};
}

}  // namespace vecgate::conformance
