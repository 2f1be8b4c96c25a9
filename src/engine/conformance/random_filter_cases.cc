// Random filters over random rows: an engine finds the rows that an independent evaluator says,
// by query, by count, by search and by delete, without and with indexes. VECGATE_TEST_SEED replays.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "engine/conformance/fixture.h"
#include "filter/random_conditions.h"
#include "filter/test_rows.h"

namespace vecgate::conformance {
namespace {

using filter::random::Condition;
using filter::random::RandomConditions;
using filter::random::Row;

constexpr CollectionId kRandom{21};
constexpr int64_t kRows = 120;
constexpr int kExpressions = 120;

class RandomRows {
 public:
  RandomRows(Fixture& fixture, uint64_t seed) : fixture_(fixture), seed_(seed), random_(seed) {
    const Status created = engine().CreateCollection(fixture.context(), {kRandom, schema()});
    EXPECT_TRUE(created.ok()) << created.error().message;
    RowBatch batch = MakeBatch(schema());
    for (int64_t id = 0; id < kRows; ++id) {
      rows_.push_back(random_.MakeRow(id));
      filter::random::AppendRow(schema(), rows_.back(), batch);
    }
    const auto written = engine().Write(fixture.context(), kRandom, WriteMode::kInsert, batch);
    EXPECT_TRUE(written.ok()) << written.error().message;
  }

  /// One expression, asked in every way; false when something differs.
  [[nodiscard]] bool CheckOne() {
    const Condition condition = random_.Make(3);
    SCOPED_TRACE("VECGATE_TEST_SEED=" + std::to_string(seed_) + ", filter: " + condition.text);
    const std::vector<int64_t> expected = Matching(condition);
    const auto compiled = filter::Compile(condition.text, schema());
    EXPECT_TRUE(compiled.ok()) << compiled.error().message;
    if (!compiled.ok()) return false;
    QueryRequest query;
    query.selection.filter = *compiled;
    const auto queried = engine().Query(fixture_.context(), kRandom, query);
    EXPECT_TRUE(queried.ok()) << queried.error().message;
    // Points lie on a line from the query on, so hits come in order of id.
    SearchRequest search = Near(-1, 0, kRows);
    search.selection = query.selection;
    const auto found = engine().Search(fixture_.context(), kRandom, search);
    EXPECT_TRUE(found.ok()) << found.error().message;
    query.count_only = true;
    const auto counted = engine().Query(fixture_.context(), kRandom, query);
    EXPECT_TRUE(counted.ok()) << counted.error().message;
    if (!queried.ok() || !found.ok() || !counted.ok()) return false;
    EXPECT_EQ(IdsOf(queried->keys), expected);
    EXPECT_EQ(IdsOf(found->keys), expected);
    EXPECT_EQ(counted->count, expected.size());
    return IdsOf(queried->keys) == expected && IdsOf(found->keys) == expected &&
           counted->count == expected.size();
  }

  /// Deletes what one expression matches.
  void DeleteSome() {
    const Condition condition = random_.Make(2);
    SCOPED_TRACE("VECGATE_TEST_SEED=" + std::to_string(seed_) + ", filter: " + condition.text);
    const std::vector<int64_t> expected = Matching(condition);
    const auto compiled = filter::Compile(condition.text, schema());
    ASSERT_TRUE(compiled.ok()) << compiled.error().message;
    const auto deleted =
        engine().Delete(fixture_.context(), kRandom,
                        {.keys = {}, .selection = {.partitions = {}, .filter = *compiled}});
    ASSERT_TRUE(deleted.ok()) << deleted.error().message;
    EXPECT_EQ(deleted->deleted, expected.size());
    std::erase_if(rows_, [&](const Row& row) {
      return std::binary_search(expected.begin(), expected.end(), row.at("id").get<int64_t>());
    });
    const auto left = engine().Query(fixture_.context(), kRandom, {});
    ASSERT_TRUE(left.ok()) << left.error().message;
    EXPECT_EQ(left->count, rows_.size());
  }

  void CreateIndexes() {
    const std::vector<IndexType> known = engine().GetCapabilities().scalar_indexes;
    const bool has = std::find(known.begin(), known.end(), IndexType::kInverted) != known.end();
    for (const char* name : {"i8", "big", "f", "s", "b", "ai", "as"}) {
      const Status created = engine().CreateIndex(
          fixture_.context(), kRandom,
          {.field = *schema().FindField(name), .type = IndexType::kInverted, .params = {}});
      EXPECT_EQ(created.ok(), has) << name << ": " << created.error().message;
    }
  }

 private:
  static const CollectionSchema& schema() {
    static const filter::TestRows fixed;
    return fixed.schema();
  }
  Engine& engine() { return fixture_.engine(); }

  [[nodiscard]] std::vector<int64_t> Matching(const Condition& condition) const {
    std::vector<int64_t> out;
    for (const Row& row : rows_) {
      if (condition.truth(row).value_or(false)) out.push_back(row.at("id").get<int64_t>());
    }
    return out;
  }

  Fixture& fixture_;
  const uint64_t seed_;
  RandomConditions random_;
  std::vector<Row> rows_;
};

void RandomFiltersMatchTheRightRows(Fixture& f) {
  const char* given = std::getenv("VECGATE_TEST_SEED");
  RandomRows rows(f, given != nullptr ? std::strtoull(given, nullptr, 10) : 20250311);
  for (int i = 0; i < kExpressions; ++i) {
    if (i == kExpressions / 2) rows.CreateIndexes();
    if (!rows.CheckOne()) return;
  }
  rows.DeleteSome();
  rows.DeleteSome();
}

}  // namespace

std::vector<Case> RandomFilterCases() {
  return {{"RandomFiltersMatchTheRightRows", RandomFiltersMatchTheRightRows}};
}

}  // namespace vecgate::conformance
