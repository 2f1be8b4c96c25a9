// What the codes of the RotatedFrame promise: estimates without bias, and errors within the bound
// of their paper (J. Gao, C. Long, "RaBitQ", SIGMOD 2024, theorem 3.2).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "index/bit_code_space.h"
#include "index/int8_code_space.h"
#include "index/multi_bit_code_space.h"

namespace vecgate::index {
namespace {

constexpr size_t kCount = 2000;
constexpr size_t kQueries = 10;

std::vector<float> UnitVectors(size_t count, size_t dim, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> out(count * dim);
  for (size_t i = 0; i < count; ++i) {
    double squares = 0;
    for (size_t d = 0; d < dim; ++d) {
      // Few dimensions carry most of the length: the rotation has to spread it.
      const double size = d < dim / 8 ? 4.0 : 0.5;
      out[i * dim + d] = static_cast<float>(size * rng.Gaussian());
      squares += static_cast<double>(out[i * dim + d]) * out[i * dim + d];
    }
    const auto inverse = static_cast<float>(1 / std::sqrt(squares));
    for (size_t d = 0; d < dim; ++d) out[i * dim + d] *= inverse;
  }
  return out;
}

double Dot(const float* a, const float* b, size_t dim) {
  double sum = 0;
  for (size_t d = 0; d < dim; ++d) sum += static_cast<double>(a[d]) * b[d];
  return sum;
}

// Inner products of unit vectors with unit queries, and how far their estimates are off.
struct Products {
  std::vector<double> exact;
  std::vector<double> errors;
};

Products Estimate(RotatedCodeSpace& codes, size_t dim) {
  const auto vectors = UnitVectors(kCount, dim, 1);
  const auto queries = UnitVectors(kQueries, dim, 2);
  EXPECT_TRUE(codes.Reserve(kCount).ok());
  // Not trained: the mean is the origin, so that the bound holds as it is written.
  std::vector<Slot> slots(kCount);
  for (Slot i = 0; i < kCount; ++i) {
    codes.Encode(i, &vectors[i * dim]);
    slots[i] = i;
  }
  Products products;
  PreparedQuery query;
  std::vector<float> distances(kCount);
  for (size_t q = 0; q < kQueries; ++q) {
    codes.Prepare(&queries[q * dim], query);
    codes.Distances(query, slots.data(), kCount, distances.data());
    for (Slot i = 0; i < kCount; ++i) {
      products.exact.push_back(Dot(&queries[q * dim], &vectors[i * dim], dim));
      products.errors.push_back(-distances[i] - products.exact.back());
    }
  }
  return products;
}

double Deviation(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// Neither an offset nor a factor: errors have no mean, and do not go with what they are errors of.
void ExpectUnbiased(const Products& products) {
  double sum = 0;
  double with_exact = 0;
  double exact_squares = 0;
  for (size_t i = 0; i < products.errors.size(); ++i) {
    sum += products.errors[i];
    with_exact += products.errors[i] * products.exact[i];
    exact_squares += products.exact[i] * products.exact[i];
  }
  // Errors of one query share its rotation, hence some room.
  const double root = std::sqrt(static_cast<double>(products.errors.size()));
  const double deviation = Deviation(products.errors);
  EXPECT_LT(std::abs(sum), 6 * deviation * root);
  EXPECT_LT(std::abs(with_exact / exact_squares), 0.02);
}

TEST(BitCodeSpace, EstimatesAreUnbiasedAndWithinTheBound) {
  for (const size_t dim : {192U, 384U, 784U}) {
    BitCodeSpace codes(Metric::kInnerProduct, dim);
    SCOPED_TRACE(dim);
    const Products products = Estimate(codes, dim);
    ExpectUnbiased(products);
    // A code's cosine with its vector is about 0.8, which makes the bound eps · 0.75 / √(dim - 1);
    // eps = 1.9 is the paper's choice. Rounding the query to 4 bits adds a little.
    const double bound = 1.9 * 0.75 / std::sqrt(static_cast<double>(dim - 1));
    const auto beyond = std::count_if(products.errors.begin(), products.errors.end(),
                                      [&](double error) { return std::abs(error) > bound; });
    EXPECT_LT(beyond, 0.08 * kCount * kQueries);
    EXPECT_GT(Deviation(products.errors), bound / 10);  // One bit cannot be exact.
  }
}

TEST(MultiBitCodeSpace, EstimatesAreUnbiasedAndTheirErrorIsWithinItsPapersBound) {
  for (const size_t bits : {2U, 4U, 8U}) {
    for (const size_t dim : {100U, 384U, 784U}) {
      MultiBitCodeSpace codes(Metric::kInnerProduct, dim, bits);
      SCOPED_TRACE(std::to_string(bits) + " bits, " + std::to_string(dim));
      const Products products = Estimate(codes, dim);
      ExpectUnbiased(products);
      // The bound that the paper found to hold for all but one in a thousand. Here it is passed by
      // up to four, by vectors whose largest value stands far out and widens the grid for all.
      const double bound = 5.75 / (1U << bits) / std::sqrt(static_cast<double>(dim));
      const auto beyond = std::count_if(products.errors.begin(), products.errors.end(),
                                        [&](double error) { return std::abs(error) > bound; });
      EXPECT_LT(beyond, 0.005 * kCount * kQueries);
      EXPECT_GT(Deviation(products.errors), bound / 50);
    }
  }
}

TEST(MultiBitCodeSpace, EachDoublingOfTheBitsTakesTheErrorDown) {
  constexpr size_t kDim = 384;
  BitCodeSpace one(Metric::kInnerProduct, kDim);
  double before = Deviation(Estimate(one, kDim).errors);
  for (const size_t bits : {2U, 4U, 8U}) {
    MultiBitCodeSpace codes(Metric::kInnerProduct, kDim, bits);
    const double now = Deviation(Estimate(codes, kDim).errors);
    EXPECT_LT(now, before / (bits == 2 ? 1.5 : 3)) << bits;
    before = now;
  }
}

// Every length at which a value passes to the next number of the grid, as the paper goes through.
double BestCosine(const std::vector<float>& x, size_t bits) {
  const int most = 1 << (bits - 1);
  std::vector<double> lengths;
  for (const float value : x) {
    for (int step = 1; step < most; ++step) {
      if (value != 0) lengths.push_back(step / std::abs(static_cast<double>(value)) * (1 + 1e-9));
    }
  }
  lengths.push_back(1e-9);
  double best = 0;
  for (const double length : lengths) {
    double product = 0;
    double squares = 0;
    double own = 0;
    for (const float value : x) {
      const double size = std::abs(static_cast<double>(value));
      const double grid = std::min(std::floor(size * length), most - 1.0) + 0.5;
      product += grid * size;
      squares += grid * grid;
      own += size * size;
    }
    best = std::max(best, product / std::sqrt(squares * own));
  }
  return best;
}

TEST(MultiBitCodeSpace, ADirectionIsFoundAsNearAsAnyOnTheGrid) {
  constexpr size_t kDim = 192;
  constexpr size_t kVectors = 5;
  const auto vectors = UnitVectors(kVectors, kDim, 3);
  for (const size_t bits : {2U, 4U}) {
    MultiBitCodeSpace codes(Metric::kInnerProduct, kDim, bits);
    ASSERT_TRUE(codes.Reserve(kVectors).ok());
    for (Slot slot = 0; slot < kVectors; ++slot) {
      const float* vector = &vectors[slot * kDim];
      codes.Encode(slot, vector);
      std::vector<float> x(codes.frame().padded_dim());
      std::vector<float> y(x.size());
      codes.frame().ToFrame(vector, x.data());
      codes.Decode(slot, y.data());
      const double cosine =
          Dot(x.data(), y.data(), x.size()) /
          std::sqrt(Dot(y.data(), y.data(), y.size()) * Dot(x.data(), x.data(), x.size()));
      const double best = BestCosine(x, bits);
      EXPECT_LE(cosine, best + 1e-6);
      // Of what any code of so many bits loses, a twentieth more at most.
      EXPECT_LT(1 - cosine, 1.05 * (1 - best)) << bits << " bits, vector " << slot;
    }
  }
}

TEST(MultiBitCodeSpace, SavedCodesGiveTheSameDistancesInAnotherSpace) {
  constexpr size_t kDim = 100;
  constexpr size_t kRows = 50;
  const auto vectors = UnitVectors(kRows, kDim, 4);
  for (const size_t bits : {2U, 4U, 8U}) {
    for (const Metric metric : {Metric::kL2, Metric::kCosine}) {
      MultiBitCodeSpace from(metric, kDim, bits);
      MultiBitCodeSpace again(metric, kDim, bits);
      MultiBitCodeSpace to(metric, kDim, bits);
      for (MultiBitCodeSpace* codes : {&from, &again}) {
        ASSERT_TRUE(codes->Train(vectors.data(), kRows).ok());
        ASSERT_TRUE(codes->Reserve(kRows).ok());
        for (Slot slot = 0; slot < kRows; ++slot) codes->Encode(slot, &vectors[slot * kDim]);
      }
      ASSERT_TRUE(to.SetLearnt(from.Learnt()).ok());
      ASSERT_TRUE(to.Reserve(kRows).ok());
      const size_t width = from.codes()->width();
      EXPECT_EQ(width, 128 * bits / 8 + 8);
      std::vector<Slot> slots(kRows);
      for (Slot slot = 0; slot < kRows; ++slot) {
        slots[slot] = slot;
        EXPECT_EQ(std::string(from.codes()->Row(slot), width),
                  std::string(again.codes()->Row(slot), width));
        std::copy_n(from.codes()->Row(slot), width, to.codes()->Row(slot));
      }
      PreparedQuery query;
      std::vector<float> first(kRows);
      std::vector<float> second(kRows);
      from.Prepare(&vectors[kDim], query);
      from.Distances(query, slots.data(), kRows, first.data());
      to.Prepare(&vectors[kDim], query);
      to.Distances(query, slots.data(), kRows, second.data());
      EXPECT_EQ(first, second);
      EXPECT_EQ(std::min_element(first.begin(), first.end()) - first.begin(), 1);
      EXPECT_EQ(to.SetLearnt("damaged").error().code, Code::kDataLoss);
    }
  }
}

TEST(RotatedCodes, AStoredVectorAsAQueryIsNearlyTheVectorItself) {
  constexpr size_t kDim = 384;
  constexpr size_t kRows = 100;
  const auto vectors = UnitVectors(kRows, kDim, 5);
  std::vector<Slot> slots(kRows);
  for (Slot slot = 0; slot < kRows; ++slot) slots[slot] = slot;
  const auto worst = [&](RotatedCodeSpace& codes) {
    EXPECT_TRUE(codes.Reserve(kRows).ok());
    for (Slot slot = 0; slot < kRows; ++slot) codes.Encode(slot, &vectors[slot * kDim]);
    PreparedQuery query;
    std::vector<float> by_vector(kRows);
    std::vector<float> by_slot(kRows);
    codes.Prepare(&vectors[0], query);
    codes.Distances(query, slots.data(), kRows, by_vector.data());
    codes.PrepareStored(0, query);
    codes.Distances(query, slots.data(), kRows, by_slot.data());
    float most = 0;
    for (size_t i = 1; i < kRows; ++i) most = std::max(most, std::abs(by_slot[i] - by_vector[i]));
    return most;
  };
  BitCodeSpace one(Metric::kL2, kDim);
  MultiBitCodeSpace four(Metric::kL2, kDim, 4);
  MultiBitCodeSpace eight(Metric::kL2, kDim, 8);
  // Squared distances here are about 2.
  EXPECT_LT(worst(one), 0.5F);
  EXPECT_LT(worst(four), 0.06F);
  EXPECT_LT(worst(eight), 0.005F);
}

TEST(MultiBitCodeSpace, VectorsWithoutADirectionAreAtTheDistanceOfTheMean) {
  constexpr size_t kDim = 64;
  const std::vector<float> zero(kDim, 0.0F);
  std::vector<float> query(kDim, 0.0F);
  query[3] = 2;
  for (const size_t bits : {2U, 4U, 8U}) {
    MultiBitCodeSpace codes(Metric::kL2, kDim, bits);
    ASSERT_TRUE(codes.Reserve(1).ok());
    codes.Encode(0, zero.data());
    PreparedQuery prepared;
    const Slot slot = 0;
    float distance = -1;
    codes.Prepare(query.data(), prepared);
    codes.Distances(prepared, &slot, 1, &distance);
    EXPECT_FLOAT_EQ(distance, 4);
    codes.Prepare(zero.data(), prepared);
    codes.Distances(prepared, &slot, 1, &distance);
    EXPECT_FLOAT_EQ(distance, 0);
  }
}

TEST(Int8CodeSpace, EstimatesAreUnbiasedAndAHundredTimesFiner) {
  for (const size_t dim : {48U, 384U}) {
    Int8CodeSpace codes(Metric::kInnerProduct, dim);
    SCOPED_TRACE(dim);
    const Products products = Estimate(codes, dim);
    ExpectUnbiased(products);
    EXPECT_LT(Deviation(products.errors), 0.01 / std::sqrt(static_cast<double>(dim)));
  }
}

}  // namespace
}  // namespace vecgate::index
