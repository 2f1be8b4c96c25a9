// Search: scores, order, ties, pages, several queries, output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;

const std::vector<Item>& Compass() {
  static const std::vector<Item> items = {{.id = 1, .point = {2, 0}},
                                          {.id = 2, .point = {0, 1}},
                                          {.id = 3, .point = {-3, 0}},
                                          {.id = 4, .point = {1, 1}}};
  return items;
}

void L2IsSquaredAndAscending(Fixture& f) {
  f.CreateItems();
  f.Write(Compass());
  const SearchResult result = f.Search(Near(1, 0, 4));
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(1, 4, 2, 3));
  EXPECT_THAT(result.scores, ElementsAre(1, 1, 2, 16));
  EXPECT_THAT(result.hits_per_query, ElementsAre(4));
}

void InnerProductIsDescending(Fixture& f) {
  f.CreateItems();
  f.Write(Compass());
  SearchRequest request = Near(1, 0.5F, 4);
  request.metric = Metric::kInnerProduct;
  const SearchResult result = f.Search(request);
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(1, 4, 2, 3));
  EXPECT_THAT(result.scores, ElementsAre(2, 1.5F, 0.5F, -3));
}

void CosineIgnoresLength(Fixture& f) {
  f.CreateItems();
  f.Write(Compass());
  SearchRequest request = Near(10, 0, 4);
  request.metric = Metric::kCosine;
  const SearchResult result = f.Search(request);
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(1, 4, 2, 3));
  EXPECT_THAT(result.scores, ElementsAre(FloatNear(1, 1e-6F), FloatNear(0.70710678F, 1e-6F),
                                         FloatNear(0, 1e-6F), FloatNear(-1, 1e-6F)));
}

void CosineOfAZeroVectorIsZero(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1, .point = {0, 0}}, {.id = 2, .point = {1, 0}}, {.id = 3, .point = {-1, 0}}});
  SearchRequest request = Near(1, 0, 3);
  request.metric = Metric::kCosine;
  const SearchResult result = f.Search(request);
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(2, 1, 3));
  ASSERT_EQ(result.scores.size(), 3U);
  EXPECT_EQ(result.scores[1], 0.0F);
}

void TiesAreByKey(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items;
  for (const int64_t id : {9, 3, 7, 1, 5}) items.push_back({.id = id, .point = {1, 1}});
  f.Write(items);
  EXPECT_THAT(f.Hits(Near(0, 0, 3)), ElementsAre(1, 3, 5));
  SearchRequest later = Near(0, 0, 3);
  later.offset = 2;
  EXPECT_THAT(f.Hits(later), ElementsAre(5, 7, 9));
}

void OffsetAndShortAnswers(Fixture& f) {
  f.CreateItems();
  EXPECT_THAT(f.Hits(Near(0, 0, 3)), IsEmpty());
  f.Write(Line(0, 5));
  EXPECT_THAT(f.Hits(Near(0, 0, 100)), ElementsAre(0, 1, 2, 3, 4));
  SearchRequest request = Near(0, 0, 2);
  request.offset = 4;
  EXPECT_THAT(f.Hits(request), ElementsAre(4));
  request.offset = 50;
  const SearchResult result = f.Search(request);
  EXPECT_THAT(result.hits_per_query, ElementsAre(0));
  EXPECT_THAT(result.scores, IsEmpty());
}

void SeveralQueriesAtOnce(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  SearchRequest request = Near(0, 0, 2);
  request.queries = FloatVectors(2, std::vector<float>{0, 0, 9, 0, 4, 0});
  request.selection.filter = ItemFilter("id != 5");
  const SearchResult result = f.Search(request);
  EXPECT_THAT(result.hits_per_query, ElementsAre(2, 2, 2));
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(0, 1, 9, 8, 4, 3));
}

void OutputFieldsComeWithTheHits(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1, .point = {1, 2}, .color = "red", .meta = R"({"x":1})"},
           {.id = 2, .point = {5, 5}}});
  SearchRequest request = Near(0, 0, 2);
  request.output_fields = {kColor, kPoint, kMeta, kId};
  const SearchResult result = f.Search(request);
  ASSERT_EQ(result.columns.size(), 4U);
  EXPECT_EQ(result.columns[0].ValueAt(0), Value{std::string("red")});
  EXPECT_TRUE(result.columns[0].IsNull(1));
  EXPECT_THAT(result.columns[1].VectorAt(1), ElementsAre(5, 5));
  EXPECT_EQ(result.columns[2].ValueAt(0), Value{std::string(R"({"x":1})")});
  EXPECT_EQ(result.columns[3].ValueAt(1), Value{int64_t{2}});
  EXPECT_FALSE(result.groups.has_value());
}

void CursorsWalkAllHitsOnce(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 30);
  // Ties across page borders: ten rows at one place.
  for (size_t i = 5; i < 15; ++i) items[i].point = {7, 0};
  f.Write(items);
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    SearchRequest whole = Near(3, 0, 100);
    whole.metric = metric;
    const std::vector<int64_t> expected = f.Hits(whole);
    SearchRequest page = whole;
    page.k = 4;
    std::vector<int64_t> walked;
    for (int pages = 0; pages < 20; ++pages) {
      const SearchResult result = f.Search(page);
      if (result.scores.empty()) break;
      const std::vector<int64_t> ids = IdsOf(result.keys);
      walked.insert(walked.end(), ids.begin(), ids.end());
      page.after = SearchCursor{.score = result.scores.back(), .key = ids.back()};
    }
    EXPECT_EQ(walked, expected) << MetricName(metric);
  }
}

void EveryIndexAnswersAlike(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 300));
  f.Delete({.keys = Keys({100, 101}), .selection = {}});
  const std::vector<int64_t> expected = f.Hits(Near(99.25F, 0, 5));
  EXPECT_THAT(expected, ElementsAre(99, 98, 97, 102, 96));
  for (const IndexType type : f.engine().GetCapabilities().vector_indexes) {
    const IndexSpec index{.field = kPoint, .type = type, .metric = Metric::kL2, .params = {}};
    ASSERT_TRUE(f.engine().CreateIndex(f.context(), Fixture::kItems, index).ok());
    EXPECT_EQ(f.Hits(Near(99.25F, 0, 5)), expected) << IndexTypeName(type);
    ASSERT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, kPoint).ok());
  }
}

}  // namespace

std::vector<Case> SearchCases() {
  return {{"L2IsSquaredAndAscending", L2IsSquaredAndAscending},
          {"InnerProductIsDescending", InnerProductIsDescending},
          {"CosineIgnoresLength", CosineIgnoresLength},
          {"CosineOfAZeroVectorIsZero", CosineOfAZeroVectorIsZero},
          {"TiesAreByKey", TiesAreByKey},
          {"OffsetAndShortAnswers", OffsetAndShortAnswers},
          {"SeveralQueriesAtOnce", SeveralQueriesAtOnce},
          {"OutputFieldsComeWithTheHits", OutputFieldsComeWithTheHits},
          {"CursorsWalkAllHitsOnce", CursorsWalkAllHitsOnce},
          {"EveryIndexAnswersAlike", EveryIndexAnswersAlike}};
}

}  // namespace vecgate::conformance
