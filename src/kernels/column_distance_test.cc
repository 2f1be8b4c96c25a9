#include "kernels/column_distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"

namespace vecgate::kernels {
namespace {

std::vector<float> RandomFloats(Rng& rng, size_t count) {
  std::vector<float> out(count);
  for (float& x : out) x = static_cast<float>(rng.Gaussian());
  return out;
}

struct Case {
  Case(Rng& rng, size_t point_count, size_t block_count, size_t dim)
      : values(RandomFloats(rng, point_count * dim)),
        blocks(RandomFloats(rng, block_count * dim * kColumns)),
        l2(point_count * block_count * kColumns),
        dot(l2.size()) {
    for (size_t p = 0; p < point_count; ++p) points.push_back(&values[p * dim]);
  }
  void Run(const ColumnKernels& kernels, size_t block_count, size_t dim) {
    kernels.l2_squared(points.data(), points.size(), blocks.data(), block_count, dim, l2.data());
    kernels.inner_product(points.data(), points.size(), blocks.data(), block_count, dim,
                          dot.data());
  }

  std::vector<float> values;
  std::vector<float> blocks;
  std::vector<const float*> points;
  std::vector<float> l2;
  std::vector<float> dot;
};

// `dim` terms of a few units each, rounded to float32 in each addition.
TEST(ColumnDistance, EveryInstructionSetEqualsScalar) {
  Rng rng(20240608);
  for (const ColumnKernels* kernels : SupportedColumnKernels()) {
    for (const size_t dim : {1U, 2U, 3U, 8U, 17U, 384U}) {
      for (const size_t point_count : {1U, 2U, 3U, 4U, 9U}) {
        for (const size_t block_count : {1U, 2U, 3U, 4U, 7U}) {
          Case c(rng, point_count, block_count, dim);
          c.Run(*SupportedColumnKernels()[0], block_count, dim);
          const auto l2 = c.l2;
          const auto dot = c.dot;
          c.Run(*kernels, block_count, dim);
          const float tolerance = 1e-5F * static_cast<float>(dim + 4);
          for (size_t i = 0; i < l2.size(); ++i) {
            ASSERT_NEAR(c.l2[i], l2[i], tolerance) << kernels->name << " dim " << dim;
            ASSERT_NEAR(c.dot[i], dot[i], tolerance) << kernels->name << " dim " << dim;
          }
        }
      }
    }
  }
}

TEST(ColumnDistance, APointGivesTheSameBitsAloneAndAmongOthers) {
  Rng rng(3);
  for (const ColumnKernels* kernels : SupportedColumnKernels()) {
    Case c(rng, 9, 7, 33);
    c.Run(*kernels, 7, 33);
    const size_t stride = 7 * kColumns;
    std::vector<float> alone(stride);
    for (size_t p = 0; p < 9; ++p) {
      kernels->l2_squared(&c.points[p], 1, c.blocks.data(), 7, 33, alone.data());
      EXPECT_EQ(alone, std::vector<float>(&c.l2[p * stride], &c.l2[p * stride] + stride));
    }
  }
}

// Small integers are often equal: the first must be found. What is not a number never is.
TEST(ColumnDistance, TheSmallestIsTheFirstOfItsEquals) {
  Rng rng(4);
  for (const ColumnKernels* kernels : SupportedColumnKernels()) {
    for (size_t block_count = 1; block_count < 40; ++block_count) {
      std::vector<float> distances(block_count * kColumns);
      for (float& x : distances) x = static_cast<float>(rng.Below(60));
      distances[rng.Below(distances.size())] = std::nanf("");
      uint32_t expected = 0;
      uint32_t place = 0;
      float least = 0;
      float distance = 0;
      SupportedColumnKernels()[0]->smallest(distances.data(), block_count, &expected, &least);
      kernels->smallest(distances.data(), block_count, &place, &distance);
      ASSERT_EQ(place, expected) << kernels->name;
      ASSERT_EQ(distance, least) << kernels->name;
    }
    const std::vector<float> far(kColumns, std::numeric_limits<float>::infinity());
    uint32_t place = 9;
    float distance = 0;
    kernels->smallest(far.data(), 1, &place, &distance);
    EXPECT_EQ(place, 0U);
    EXPECT_EQ(distance, far[0]);
  }
}

TEST(ColumnDistance, ScalarIsTheDefinition) {
  std::vector<float> block(2 * kColumns, 0.0F);
  block[3] = 4;              // element 0 of centroid 3
  block[kColumns + 3] = -1;  // element 1 of centroid 3
  const float point[] = {1, 2};
  const float* points[] = {point};
  float out[kColumns];
  SupportedColumnKernels()[0]->l2_squared(points, 1, block.data(), 1, 2, out);
  EXPECT_EQ(out[3], 9 + 9);
  EXPECT_EQ(out[0], 1 + 4);
  SupportedColumnKernels()[0]->inner_product(points, 1, block.data(), 1, 2, out);
  EXPECT_EQ(out[3], 4 - 2);
}

}  // namespace
}  // namespace vecgate::kernels
