// What the codes of the RotatedFrame promise: estimates without bias, and errors within the bound
// of their paper (J. Gao, C. Long, "RaBitQ", SIGMOD 2024, theorem 3.2).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "index/bit_code_space.h"
#include "index/int8_code_space.h"

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
