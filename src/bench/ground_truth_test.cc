// Ground truth against examples worked by hand, and recall where neighbours are equally near.
#include "bench/ground_truth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "bench/data_file_fixture.h"
#include "bench/recall.h"

namespace vecgate::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<uint32_t> AllRows(const VectorFile& base) {
  std::vector<uint32_t> rows(base.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

class GroundTruthTest : public testing::Test {
 protected:
  DataFiles files_;
  // Row 0 is long and off the axis, row 1 short and on it, row 2 opposite, row 3 has no length.
  VectorFile base_ = files_.Vectors("base", 2, {3, 3, 1, 0, -1, 0, 0, 0});
  VectorFile query_ = files_.Vectors("query", 2, {2, 0});

  GroundTruth Find(Metric metric, size_t k) {
    return FindExact(base_, query_, AllRows(base_), {.metric = metric, .k = k, .threads = 3});
  }
};

TEST_F(GroundTruthTest, EachMetricHasItsOwnOrder) {
  // Squared distances 10, 1, 9, 4; products 6, 2, -2, 0; cosines 0.71, 1, -1, 0.
  EXPECT_THAT(Find(Metric::kL2, 4), ElementsAre(ElementsAre(1, 3, 2, 0)));
  EXPECT_THAT(Find(Metric::kInnerProduct, 4), ElementsAre(ElementsAre(0, 1, 3, 2)));
  EXPECT_THAT(Find(Metric::kCosine, 2), ElementsAre(ElementsAre(1, 0)));
  // Fewer rows than k: all of them.
  EXPECT_EQ(Find(Metric::kL2, 9)[0].size(), 4U);
}

TEST_F(GroundTruthTest, OnlyRowsThatAreNamedAreFound) {
  const auto truth =
      FindExact(base_, query_, std::vector<uint32_t>{0, 2}, {.metric = Metric::kL2, .k = 1});
  EXPECT_THAT(truth, ElementsAre(ElementsAre(2)));
}

TEST_F(GroundTruthTest, ScoresInDoublePrecision) {
  EXPECT_EQ(ExactScore(Metric::kL2, query_.RowSpan(0), base_.RowSpan(0)), -10);
  EXPECT_EQ(ExactScore(Metric::kInnerProduct, query_.RowSpan(0), base_.RowSpan(0)), 6);
  EXPECT_NEAR(ExactScore(Metric::kCosine, query_.RowSpan(0), base_.RowSpan(0)), std::sqrt(0.5),
              1e-12);
  EXPECT_EQ(ExactScore(Metric::kCosine, query_.RowSpan(0), base_.RowSpan(3)), 0);
}

TEST_F(GroundTruthTest, ManyRowsAgreeWithSorting) {
  // More rows than a tile, so that tiles meet and the last one is short.
  Rng rng(5);
  std::vector<float> values(1000 * 8);
  for (float& x : values) x = static_cast<float>(rng.Gaussian());
  const VectorFile base = files_.Vectors("many", 8, values);
  const VectorFile query = files_.Vectors("few", 8, {values.begin(), values.begin() + 5 * 8});
  const auto truth = FindExact(base, query, AllRows(base), {.metric = Metric::kL2, .k = 7});
  for (size_t q = 0; q < query.rows(); ++q) {
    std::vector<uint32_t> order = AllRows(base);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return ExactScore(Metric::kL2, query.RowSpan(q), base.RowSpan(a)) >
             ExactScore(Metric::kL2, query.RowSpan(q), base.RowSpan(b));
    });
    order.resize(7);
    EXPECT_EQ(truth[q], order);
  }
}

TEST_F(GroundTruthTest, AGivenFileMustFit) {
  const auto truth = [&](uint32_t rows, uint32_t columns, const std::vector<int32_t>& ids) {
    const auto file = OpenIds(files_.Write("gt.ibin", BinFile(rows, columns, ids)));
    return TruthFromIds(*file, 1, 4, 2);
  };
  EXPECT_THAT(*truth(1, 3, {1, 0, 2}), ElementsAre(ElementsAre(1, 0)));
  EXPECT_THAT(truth(2, 2, {1, 0, 2, 3}).error().message, HasSubstr("2 rows of 2 ids"));
  EXPECT_THAT(truth(1, 1, {1}).error().message, HasSubstr("1 rows of 1 ids"));
  EXPECT_THAT(truth(1, 2, {1, 4}).error().message, HasSubstr("the id 4 in row 0"));
  EXPECT_THAT(truth(1, 2, {1, -1}).error().message, HasSubstr("the id -1"));
}

class RecallTest : public testing::Test {
 protected:
  size_t Hits(const std::vector<int64_t>& keys, const std::vector<uint8_t>& matches = {}) {
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < base_.rows(); ++row) {
      if (matches.empty() || matches[row] != 0) rows.push_back(row);
    }
    const auto truth = FindExact(base_, query_, rows, {.metric = Metric::kL2, .k = 2});
    const RecallJudge judge({base_, query_, Metric::kL2, matches}, truth);
    wanted_ = judge.wanted();
    return judge.CountHits(0, keys);
  }

  DataFiles files_;
  // One row at distance 1, three at distance 4, one at 9.
  VectorFile base_ = files_.Vectors("base", 1, {1, 2, 2, -2, 3});
  VectorFile query_ = files_.Vectors("query", 1, {0});
  size_t wanted_ = 0;
};

TEST_F(RecallTest, AnyOfEquallyNearRowsCounts) {
  EXPECT_EQ(Hits({0, 1}), 2U);
  EXPECT_EQ(Hits({0, 3}), 2U);
  EXPECT_EQ(Hits({2, 3}), 2U);
  EXPECT_EQ(Hits({0, 4}), 1U);
  EXPECT_EQ(Hits({}), 0U);
  EXPECT_EQ(wanted_, 2U);
}

TEST_F(RecallTest, NeverMoreThanWanted) { EXPECT_EQ(Hits({0, 1, 2, 3}), 2U); }

TEST_F(RecallTest, TheSameRowTwiceIsOneHit) { EXPECT_EQ(Hits({1, 1}), 1U); }

TEST_F(RecallTest, RowsOutsideTheFilterOrTheBaseAreNone) {
  EXPECT_EQ(Hits({0, 4}, {0, 0, 0, 1, 1}), 1U);
  EXPECT_EQ(Hits({3, 4}, {0, 0, 0, 1, 1}), 2U);
  EXPECT_EQ(Hits({-1, 5}), 0U);
  // One row matches: it is all that is wanted.
  EXPECT_EQ(Hits({4}, {0, 0, 0, 0, 1}), 1U);
  EXPECT_EQ(wanted_, 1U);
}

}  // namespace
}  // namespace vecgate::bench
