#include "index/neighbor_codes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/rng.h"
#include "index/bit_code_space.h"
#include "index/clustered_vectors.h"

namespace vecgate::index {
namespace {

constexpr Slot kCount = 600;
constexpr size_t kLinks = 40;  // more than one block holds
constexpr float kFar = std::numeric_limits<float>::max();

// How far estimates are off, of the distances by the codes that they were made from.
struct Errors {
  double sum = 0;
  double squared = 0;
  size_t count = 0;

  void Add(double error) {
    sum += error;
    squared += error * error;
    ++count;
  }
  [[nodiscard]] double Deviation() const { return std::sqrt(squared / static_cast<double>(count)); }
};

// Rows of ten tight clusters, and neighbours from the node's own.
class Case {
 public:
  Case(Metric metric, size_t dim)
      : dim_(dim),
        arena_(dim),
        space_(metric, arena_),
        fine_(metric, dim),
        bits_(metric, dim),
        codes_(fine_, kLinks) {
    EXPECT_TRUE(arena_.Reserve(kCount).ok());
    Rng rng(4);
    const auto centres = ClusteredVectors(10, dim, 10, 3);
    std::vector<float> rows(kCount * dim);
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i] = centres[i / dim % 10 * dim + i % dim] + static_cast<float>(0.2 * rng.Gaussian());
    }
    rows_ = PreparedRows(space_, rows);
    EXPECT_TRUE(fine_.Train(rows_.data(), kCount).ok() && bits_.Train(rows_.data(), kCount).ok());
    EXPECT_TRUE(fine_.Reserve(kCount).ok() && bits_.Reserve(kCount).ok());
    for (Slot i = 0; i < kCount; ++i) {
      fine_.Encode(i, &rows_[i * dim]);
      bits_.Encode(i, &rows_[i * dim]);
    }
    EXPECT_TRUE(codes_.Reserve(kCount).ok());
    for (Slot node = 0; node < kCount; ++node) codes_.Set(node, NeighborsOf(node));
  }

  // Fewer of some nodes than of others; of one none.
  static std::vector<Slot> NeighborsOf(Slot node) {
    std::vector<Slot> out;
    for (size_t i = 0; i < node % (kLinks + 1); ++i) {
      out.push_back(static_cast<Slot>((node + 10 * (i + 1)) % kCount));
    }
    return out;
  }

  // Of neighbours of nodes around the queries, which are rows moved a little.
  void Measure(Errors& beside, Errors& alone) const {
    Rng rng(5);
    FramedQuery framed;
    PreparedQuery by_fine;
    PreparedQuery by_bits;
    PreparedQuery by_neighbors;
    std::vector<uint16_t> places(codes_.room());
    std::vector<float> estimates(codes_.room());
    for (Slot near = 0; near < kCount; near += 7) {
      std::vector<float> query(&rows_[near * dim_], &rows_[near * dim_] + dim_);
      for (float& x : query) x += static_cast<float>(0.1 * rng.Gaussian() * std::abs(x));
      query = space_.Prepare(query);
      fine_.ToFrame(query.data(), framed);
      fine_.PrepareFramed(framed.values.data(), framed.add, by_fine);
      bits_.Prepare(query.data(), by_bits);
      codes_.Prepare(framed, by_neighbors);
      for (Slot node = near % 10; node < kCount; node += 10) {
        const std::vector<Slot> neighbors = NeighborsOf(node);
        float distance = 0;
        fine_.Distances(by_fine, &node, 1, &distance);
        ASSERT_EQ(codes_.Near(by_neighbors, node, distance, kFar, places.data(), estimates.data()),
                  codes_.room());
        std::vector<float> exact(neighbors.size());
        std::vector<float> by_own(neighbors.size());
        fine_.Distances(by_fine, neighbors.data(), neighbors.size(), exact.data());
        bits_.Distances(by_bits, neighbors.data(), neighbors.size(), by_own.data());
        for (size_t i = 0; i < neighbors.size(); ++i) {
          beside.Add(estimates[i] - exact[i]);
          alone.Add(by_own[i] - exact[i]);
        }
      }
    }
  }

 private:
  size_t dim_;
  VectorArena arena_;
  VectorSpace space_;
  Int8CodeSpace fine_;
  BitCodeSpace bits_;
  std::vector<float> rows_;
  NeighborCodes codes_;
};

// 2,048 dimensions are more than sums of 16 bits hold in entries of 8.
TEST(NeighborCodes, EstimatesAreUnbiasedAndFinerThanThoseOfCodesAlone) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct, Metric::kCosine}) {
    for (const size_t dim : {200U, 384U, 2048U}) {
      const Case c(metric, dim);
      Errors beside;
      Errors alone;
      c.Measure(beside, alone);
      SCOPED_TRACE(std::to_string(static_cast<int>(metric)) + " dim " + std::to_string(dim));
      ASSERT_GT(beside.count, 10'000U);
      // Neighbours of one cluster lie a fifth as far from each other as from the mean.
      EXPECT_LT(beside.Deviation(), alone.Deviation() / 2);
      EXPECT_GT(beside.Deviation(), 0);
      EXPECT_LT(std::abs(beside.sum / static_cast<double>(beside.count)), 0.2 * beside.Deviation());
    }
  }
}

TEST(NeighborCodes, ANodeTakesWholeBlocksOfLinks) {
  const Int8CodeSpace fine(Metric::kL2, 192);
  // A block of 32 codes of 24 bytes, and two factors of two bytes for each.
  EXPECT_EQ(NeighborCodes(fine, 1).node_bytes(), 32U * (24 + 4));
  EXPECT_EQ(NeighborCodes(fine, 32).node_bytes(), 32U * (24 + 4));
  EXPECT_EQ(NeighborCodes(fine, 33).node_bytes(), 2 * 32U * (24 + 4));
}

// Copies of a vector have no direction from each other.
TEST(NeighborCodes, ACopyOfTheNodeIsAsFarAsTheNode) {
  Int8CodeSpace fine(Metric::kL2, 192);
  ASSERT_TRUE(fine.Reserve(2).ok());
  const std::vector<float> row(192, 1.0F);
  for (Slot i = 0; i < 2; ++i) fine.Encode(i, row.data());
  NeighborCodes codes(fine, 32);
  ASSERT_TRUE(codes.Reserve(2).ok());
  const std::vector<Slot> neighbors = {1};
  codes.Set(0, neighbors);
  FramedQuery framed;
  const std::vector<float> query(192, 0.5F);
  fine.ToFrame(query.data(), framed);
  PreparedQuery prepared;
  codes.Prepare(framed, prepared);
  std::vector<uint16_t> places(codes.room());
  std::vector<float> out(codes.room());
  ASSERT_GE(codes.Near(prepared, 0, 7.5F, kFar, places.data(), out.data()), 1U);
  EXPECT_EQ(places[0], 0);
  EXPECT_NEAR(out[0], 7.5F, 1e-4);
  EXPECT_EQ(codes.Near(prepared, 0, 7.5F, 7.4F, places.data(), out.data()), 0U);
}

}  // namespace
}  // namespace vecgate::index
