#include "kernels/distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/rng.h"

namespace vecgate::kernels {
namespace {

std::vector<float> RandomVector(Rng& rng, size_t dim) {
  std::vector<float> out(dim);
  for (float& x : out) x = static_cast<float>(rng.Gaussian());
  return out;
}

// Sums of `dim` products rounded to float32 differ by at most about dim · epsilon times the sum of
// the absolute products, whatever the order of addition.
float Tolerance(const std::vector<float>& a, const std::vector<float>& b) {
  float magnitude = 1;
  for (size_t i = 0; i < a.size(); ++i) {
    magnitude += std::abs(a[i] * b[i]) + (a[i] - b[i]) * (a[i] - b[i]);
  }
  return 1e-5F * magnitude;
}

TEST(Distance, EveryInstructionSetEqualsScalarAtEachDim) {
  const DistanceKernels& scalar = *SupportedKernels()[0];
  ASSERT_EQ(scalar.isa, Isa::kScalar);
  Rng rng(20240601);
  for (const DistanceKernels* kernels : SupportedKernels()) {
    for (size_t dim = 1; dim <= 1025; ++dim) {
      const auto a = RandomVector(rng, dim);
      const auto b = RandomVector(rng, dim);
      const float tolerance = Tolerance(a, b);
      ASSERT_NEAR(kernels->l2_squared(a.data(), b.data(), dim),
                  scalar.l2_squared(a.data(), b.data(), dim), tolerance)
          << kernels->name << " dim " << dim;
      ASSERT_NEAR(kernels->inner_product(a.data(), b.data(), dim),
                  scalar.inner_product(a.data(), b.data(), dim), tolerance)
          << kernels->name << " dim " << dim;
    }
  }
}

TEST(Distance, ScalarIsTheDefinition) {
  const float a[] = {1, 2, 3};
  const float b[] = {4, -5, 6};
  EXPECT_FLOAT_EQ(SupportedKernels()[0]->l2_squared(a, b, 3), 9 + 49 + 9);
  EXPECT_FLOAT_EQ(SupportedKernels()[0]->inner_product(a, b, 3), 4 - 10 + 18);
  EXPECT_EQ(SupportedKernels()[0]->inner_product(a, b, 0), 0);
}

TEST(Distance, BatchGivesTheSameBitsAsOneByOne) {
  Rng rng(7);
  for (const DistanceKernels* kernels : SupportedKernels()) {
    for (const size_t dim : {1U, 7U, 16U, 31U, 33U, 384U, 1000U}) {
      const auto query = RandomVector(rng, dim);
      std::vector<std::vector<float>> stored;
      std::vector<const float*> rows;
      for (int r = 0; r < 11; ++r) stored.push_back(RandomVector(rng, dim));
      for (const auto& row : stored) rows.push_back(row.data());
      std::vector<float> l2(rows.size());
      std::vector<float> dot(rows.size());
      kernels->l2_squared_batch(query.data(), rows.data(), rows.size(), dim, l2.data());
      kernels->inner_product_batch(query.data(), rows.data(), rows.size(), dim, dot.data());
      for (size_t r = 0; r < rows.size(); ++r) {
        EXPECT_EQ(l2[r], kernels->l2_squared(query.data(), rows[r], dim)) << kernels->name;
        EXPECT_EQ(dot[r], kernels->inner_product(query.data(), rows[r], dim)) << kernels->name;
      }
    }
  }
}

TEST(Distance, ActiveIsTheLastSupported) { EXPECT_EQ(&ActiveKernels(), SupportedKernels().back()); }

}  // namespace
}  // namespace vecgate::kernels
