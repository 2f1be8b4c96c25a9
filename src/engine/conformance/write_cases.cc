// Writes and deletes: keys are unique, the last row wins, what was written comes back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::ElementsAre;

/// Capabilities::counts_replaced.
void ExpectReplaced(Fixture& f, const WriteResult& written, uint64_t replaced) {
  EXPECT_EQ(written.replaced, f.engine().GetCapabilities().counts_replaced ? replaced : 0U);
}

std::vector<int64_t> Ranks(Fixture& f) {
  QueryRequest request;
  request.output_fields = {kRank};
  const QueryResult result = f.Query(request);
  return result.columns.empty() ? std::vector<int64_t>{} : result.columns[0].As<int64_t>();
}

void InsertsAndUpsertsReplaceByKey(Fixture& f) {
  f.CreateItems();
  ExpectReplaced(f, f.Write({{.id = 1, .rank = 10}, {.id = 2, .rank = 20}}), 0);
  ExpectReplaced(f, f.Write({{.id = 2, .rank = 21}, {.id = 3, .rank = 30}}), 1);
  ExpectReplaced(f, f.Write({{.id = 3, .rank = 31}, {.id = 1, .rank = 11}}, WriteMode::kUpsert), 2);
  EXPECT_EQ(f.Ids({}), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_THAT(Ranks(f), ElementsAre(11, 21, 31));
}

void ReplacedVectorsAreNotFoundAgain(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1, .point = {0, 0}}, {.id = 2, .point = {5, 0}}});
  f.Write({{.id = 1, .point = {100, 0}}}, WriteMode::kUpsert);
  const SearchResult result = f.Search(Near(0, 0, 10));
  EXPECT_THAT(IdsOf(result.keys), ElementsAre(2, 1));
  EXPECT_THAT(result.scores, ElementsAre(25, 10000));
}

void LastRowOfAKeyInABatchWins(Fixture& f) {
  f.CreateItems();
  ExpectReplaced(f, f.Write({{.id = 1, .rank = 1}, {.id = 2, .rank = 2}, {.id = 1, .rank = 3}}), 0);
  EXPECT_THAT(Ranks(f), ElementsAre(3, 2));
  EXPECT_EQ(f.Count(), 2U);
  f.Write({{.id = 2, .rank = 4}, {.id = 2, .rank = 5}}, WriteMode::kUpsert);
  EXPECT_THAT(Ranks(f), ElementsAre(3, 5));
  EXPECT_THAT(f.Hits(Near(0, 0, 10)), ElementsAre(1, 2));
}

void DeletesByKey(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 5));
  EXPECT_EQ(f.Delete({.keys = Keys({1, 3, 3, 99}), .selection = {}}), 2U);
  EXPECT_EQ(f.Ids({}), (std::vector<int64_t>{0, 2, 4}));
  EXPECT_EQ(f.Delete({.keys = Keys({1}), .selection = {}}), 0U);
  EXPECT_THAT(f.Hits(Near(1, 0, 2)), ElementsAre(0, 2));
  f.Write({{.id = 1, .point = {1, 0}}});
  EXPECT_THAT(f.Hits(Near(1, 0, 1)), ElementsAre(1));
}

void DeletesByFilterAndPartition(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 20);
  for (Item& item : items) item.partition = item.id < 10 ? 0 : 5;
  f.Write(items);
  EXPECT_EQ(
      f.Delete({.keys = {}, .selection = {.partitions = {}, .filter = ItemFilter("rank == 3")}}),
      2U);
  EXPECT_EQ(
      f.Delete({.keys = {},
                .selection = {.partitions = {PartitionId{5}}, .filter = ItemFilter("rank < 2")}}),
      2U);
  EXPECT_EQ(f.Delete({.keys = Keys({4, 14}),
                      .selection = {.partitions = {PartitionId{5}}, .filter = {}}}),
            1U);
  EXPECT_EQ(f.Ids({}), (std::vector<int64_t>{0, 1, 2, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 18, 19}));
  EXPECT_EQ(f.Delete({.keys = {}, .selection = {.partitions = {PartitionId{5}}, .filter = {}}}),
            6U);
  EXPECT_EQ(f.Count(), 9U);
}

void DeletingNothingDeletesNothing(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 5));
  EXPECT_EQ(f.Delete({}), 0U);
  EXPECT_EQ(f.Count(), 5U);
}

void SequencesGrow(Fixture& f) {
  f.CreateItems();
  const uint64_t first = f.Write(Line(0, 3)).sequence;
  const uint64_t second = f.Write(Line(0, 3)).sequence;
  EXPECT_GT(second, first);
  const auto deleted =
      f.engine().Delete(f.context(), Fixture::kItems, {.keys = Keys({1}), .selection = {}});
  ASSERT_TRUE(deleted.ok());
  EXPECT_GT(deleted->sequence, second);
}

void EveryTypeComesBack(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1,
            .point = {1.5F, -2},
            .color = "grün",
            .rank = -7,
            .tags = {{1, 2, 3}},
            .info = R"({"a":[1,null]})",
            .meta = R"({"k":"v"})"},
           {.id = 2, .point = {0, 0}, .tags = {std::vector<int64_t>{}}, .info = "3"},
           {.id = 3, .point = {-1, 1}}});
  QueryRequest request;
  request.output_fields = {kMeta, kPoint, kColor, kRank, kTags, kInfo, kId};
  const QueryResult result = f.Query(request);
  ASSERT_EQ(result.count, 3U);
  ASSERT_EQ(result.columns.size(), 7U);
  EXPECT_EQ(result.columns[0].ValueAt(0), Value{std::string(R"({"k":"v"})")});
  EXPECT_THAT(result.columns[1].VectorAt(0), ElementsAre(1.5F, -2));
  EXPECT_THAT(result.columns[1].VectorAt(2), ElementsAre(-1, 1));
  EXPECT_EQ(result.columns[2].ValueAt(0), Value{std::string("grün")});
  EXPECT_TRUE(result.columns[2].IsNull(1));
  EXPECT_EQ(result.columns[3].ValueAt(0), Value{int64_t{-7}});
  EXPECT_TRUE(result.columns[3].IsNull(2));
  EXPECT_EQ(result.columns[4].ValueAt(0), (Value{Array{std::vector<int64_t>{1, 2, 3}}}));
  EXPECT_EQ(result.columns[4].ValueAt(1), (Value{Array{std::vector<int64_t>{}}}));
  EXPECT_TRUE(result.columns[4].IsNull(2));
  EXPECT_EQ(result.columns[5].ValueAt(0), Value{std::string(R"({"a":[1,null]})")});
  EXPECT_EQ(result.columns[5].ValueAt(1), Value{std::string("3")});
  EXPECT_TRUE(result.columns[5].IsNull(2));
  EXPECT_EQ(result.columns[6].ValueAt(2), Value{int64_t{3}});
}

// Capabilities::keeps_json_text. Where the text is not kept, its value is.
void JsonComesBackAsItWasGiven(Fixture& f) {
  constexpr const char* kText =
      R"({ "long key": 1.50, "b": "a, b: \"c\" \u00e9",  "list": [1 , {"x": null}, -0.25, true], "e": 1e2})";
  f.CreateItems();
  f.Write({{.id = 1, .info = kText, .meta = kText}});
  QueryRequest request;
  request.output_fields = {kInfo, kMeta};
  const QueryResult result = f.Query(request);
  ASSERT_EQ(result.count, 1U);
  for (const Column& column : result.columns) {
    const std::string& text = column.As<std::string>()[0];
    if (f.engine().GetCapabilities().keeps_json_text) {
      EXPECT_EQ(text, kText);
    } else {
      EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(kText)) << text;
    }
  }
}

void NullsAreReplacedAndReplace(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1, .color = "red"}, {.id = 2}});
  f.Write({{.id = 1}, {.id = 2, .color = "blue"}}, WriteMode::kUpsert);
  QueryRequest request;
  request.output_fields = {kColor};
  const QueryResult result = f.Query(request);
  ASSERT_EQ(result.count, 2U);
  EXPECT_TRUE(result.columns[0].IsNull(0));
  EXPECT_EQ(result.columns[0].ValueAt(1), Value{std::string("blue")});
}

void ReplacingMovesARowToItsNewPartition(Fixture& f) {
  f.CreateItems();
  f.Write({{.id = 1, .partition = 1}, {.id = 2, .partition = 1}});
  f.Write({{.id = 1, .partition = 2}}, WriteMode::kUpsert);
  EXPECT_EQ(f.Count({.partitions = {PartitionId{1}}, .filter = {}}), 1U);
  EXPECT_EQ(f.Count({.partitions = {PartitionId{2}}, .filter = {}}), 1U);
  EXPECT_EQ(f.Count(), 2U);
}

void TextKeysAreOrderedAsBytes(Fixture& f) {
  constexpr CollectionId kTexts{8};
  ASSERT_TRUE(f.engine().CreateCollection(f.context(), {kTexts, TextKeySchema()}).ok());
  RowBatch batch = MakeBatch(TextKeySchema());
  for (const char* key : {"b", "a", "ä", "B", "ab", "b"}) {
    batch.columns[0].Append(std::string(key));
    batch.columns[1].AppendVector(std::vector<float>{1, 1});
  }
  ASSERT_TRUE(f.engine().Write(f.context(), kTexts, WriteMode::kInsert, batch).ok());
  const auto rows = f.engine().Query(f.context(), kTexts, {});
  ASSERT_TRUE(rows.ok());
  EXPECT_THAT(rows->keys.As<std::string>(), ElementsAre("B", "a", "ab", "b", "ä"));
  SearchRequest search = Near(0, 0, 3);
  const auto hits = f.engine().Search(f.context(), kTexts, search);
  ASSERT_TRUE(hits.ok());
  EXPECT_THAT(hits->keys.As<std::string>(), ElementsAre("B", "a", "ab"));
  const auto deleted = f.engine().Delete(
      f.context(), kTexts, {.keys = {std::string("a"), std::string("zz")}, .selection = {}});
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->deleted, 1U);
}

}  // namespace

std::vector<Case> WriteCases() {
  return {{"InsertsAndUpsertsReplaceByKey", InsertsAndUpsertsReplaceByKey},
          {"ReplacedVectorsAreNotFoundAgain", ReplacedVectorsAreNotFoundAgain},
          {"LastRowOfAKeyInABatchWins", LastRowOfAKeyInABatchWins},
          {"DeletesByKey", DeletesByKey},
          {"DeletesByFilterAndPartition", DeletesByFilterAndPartition},
          {"DeletingNothingDeletesNothing", DeletingNothingDeletesNothing},
          {"SequencesGrow", SequencesGrow},
          {"EveryTypeComesBack", EveryTypeComesBack},
          {"JsonComesBackAsItWasGiven", JsonComesBackAsItWasGiven},
          {"NullsAreReplacedAndReplace", NullsAreReplacedAndReplace},
          {"ReplacingMovesARowToItsNewPartition", ReplacingMovesARowToItsNewPartition},
          {"TextKeysAreOrderedAsBytes", TextKeysAreOrderedAsBytes}};
}

}  // namespace vecgate::conformance
