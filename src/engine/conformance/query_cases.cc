// Queries: rows in order of key, by keys, by filter, in pages, or counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void RowsComeInOrderOfKey(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 5}, {.id = -3}, {.id = 9}});
  f.Write({{.id = 0}, {.id = 7}});
  EXPECT_THAT(f.Ids({}), ElementsAre(-3, 0, 5, 7, 9));
  EXPECT_EQ(f.Query({}).count, 5U);
}

void PagesByOffsetAndLimit(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  QueryRequest request;
  request.limit = 3;
  EXPECT_THAT(f.Ids(request), ElementsAre(0, 1, 2));
  request.offset = 8;
  EXPECT_THAT(f.Ids(request), ElementsAre(8, 9));
  EXPECT_EQ(f.Query(request).count, 2U);
  request.offset = 80;
  EXPECT_THAT(f.Ids(request), IsEmpty());
  request = {};
  request.offset = 7;
  EXPECT_THAT(f.Ids(request), ElementsAre(7, 8, 9));
  request = {};
  request.limit = 0;
  EXPECT_THAT(f.Ids(request), IsEmpty());
}

void PagesAfterAKey(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  QueryRequest request;
  request.limit = 4;
  request.selection.filter = ItemFilter("id != 5");
  std::vector<int64_t> walked;
  for (int pages = 0; pages < 5; ++pages) {
    const std::vector<int64_t> ids = f.Ids(request);
    if (ids.empty()) break;
    walked.insert(walked.end(), ids.begin(), ids.end());
    request.after_key = ids.back();
  }
  EXPECT_THAT(walked, ElementsAre(0, 1, 2, 3, 4, 6, 7, 8, 9));
}

void ByKeys(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  QueryRequest request;
  request.keys = Keys({7, 2, 99, 2});
  EXPECT_THAT(f.Ids(request), ElementsAre(2, 7));
  request.selection.filter = ItemFilter("id > 5");
  EXPECT_THAT(f.Ids(request), ElementsAre(7));
  request.keys = Keys({});
  EXPECT_THAT(f.Ids(request), IsEmpty());
  request = {};
  request.keys = Keys({9, 1, 5});
  request.limit = 2;
  EXPECT_THAT(f.Ids(request), ElementsAre(1, 5));
}

void ByFilterAndPartition(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 10);
  for (Item& item : items) item.partition = item.id < 5 ? 0 : 1;
  f.Write(items);
  QueryRequest request;
  request.selection.filter = ItemFilter("3 <= id < 7");
  EXPECT_THAT(f.Ids(request), ElementsAre(3, 4, 5, 6));
  request.selection.partitions = {PartitionId{1}};
  EXPECT_THAT(f.Ids(request), ElementsAre(5, 6));
  request.selection.filter = ItemFilter("id in [1, 6, 8]");
  EXPECT_THAT(f.Ids(request), ElementsAre(6, 8));
}

void Counts(Fixture& f) {
  f.CreateItems();
  EXPECT_EQ(f.Count(), 0U);
  f.Write(Line(0, 10));
  f.Delete({.keys = Keys({3}), .selection = {}});
  EXPECT_EQ(f.Count(), 9U);
  EXPECT_EQ(f.Count({.partitions = {}, .filter = ItemFilter("id < 5")}), 4U);
  QueryRequest request;
  request.count_only = true;
  request.keys = Keys({1, 2, 3});
  request.limit = 1;
  // A count is of what matches; pages do not cut it.
  EXPECT_EQ(f.Query(request).count, 2U);
}

void DeletedRowsAreNotQueried(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 5));
  f.Delete({.keys = Keys({2}), .selection = {}});
  QueryRequest request;
  request.keys = Keys({1, 2, 3});
  EXPECT_THAT(f.Ids(request), ElementsAre(1, 3));
  f.Write({{.id = 2, .rank = 77}});
  request.output_fields = {kRank};
  const QueryResult result = f.Query(request);
  ASSERT_EQ(result.columns.size(), 1U);
  EXPECT_THAT(result.columns[0].As<int64_t>(), ElementsAre(1, 77, 3));
}

}  // namespace

std::vector<Case> QueryCases() {
  return {{"RowsComeInOrderOfKey", RowsComeInOrderOfKey},
          {"PagesByOffsetAndLimit", PagesByOffsetAndLimit},
          {"PagesAfterAKey", PagesAfterAKey},
          {"ByKeys", ByKeys},
          {"ByFilterAndPartition", ByFilterAndPartition},
          {"Counts", Counts},
          {"DeletedRowsAreNotQueried", DeletedRowsAreNotQueried}};
}

}  // namespace vecgate::conformance
