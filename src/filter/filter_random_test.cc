// Random expressions over random rows, against an independent evaluator (random_conditions.h).
// VECGATE_TEST_SEED replays a failure.
#include <gtest/gtest.h>

#include <cstdlib>

#include "filter/filter.h"
#include "filter/random_conditions.h"
#include "filter/test_rows.h"

namespace vecgate::filter {
namespace {

TEST(FilterRandomTest, AgreesWithAnIndependentEvaluator) {
  const char* given = std::getenv("VECGATE_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20240607;
  constexpr int kRounds = 40;
  constexpr int kExpressions = 150;
  const TestRows fixed;  // For the schema alone.
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t round_seed = given != nullptr ? seed : seed + static_cast<uint64_t>(round);
    random::RandomConditions generator(round_seed);
    RowBatch batch = MakeBatch(fixed.schema());
    std::vector<random::Row> rows;
    for (int64_t id = 0; id < 150; ++id) {
      rows.push_back(generator.MakeRow(id));
      random::AppendRow(fixed.schema(), rows.back(), batch);
    }
    std::vector<const Column*> columns;
    for (const Column& column : batch.columns) columns.push_back(&column);
    for (int i = 0; i < kExpressions; ++i) {
      const random::Condition condition = generator.Make(3);
      const auto filter = Compile(condition.text, fixed.schema());
      ASSERT_TRUE(filter.ok()) << "seed " << round_seed << ": " << filter.error().message;
      const size_t begin = static_cast<size_t>(i) % 70;
      const Bitset bits = EvaluateRange(**filter, columns, begin, rows.size());
      for (size_t row = 0; row < rows.size(); ++row) {
        const bool expected = condition.truth(rows[row]).value_or(false);
        if (row >= begin) {
          ASSERT_EQ(bits.Test(row - begin), expected)
              << "seed " << round_seed << ", row " << row << ": " << condition.text;
        }
        ASSERT_EQ(Matches(**filter, columns, row), expected)
            << "seed " << round_seed << ", row " << row << ": " << condition.text;
      }
    }
  }
}

}  // namespace
}  // namespace vecgate::filter
