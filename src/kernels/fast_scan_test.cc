#include "kernels/fast_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"

namespace vecgate::kernels {
namespace {

std::vector<uint8_t> RandomBytes(Rng& rng, size_t count) {
  std::vector<uint8_t> out(count);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(rng.Below(256));
  return out;
}

TEST(FastScan, EveryInstructionSetGivesTheSameSums) {
  const FastScanKernels& scalar = *SupportedFastScanKernels()[0];
  ASSERT_EQ(scalar.isa, Isa::kScalar);
  Rng rng(20240609);
  for (const FastScanKernels* kernels : SupportedFastScanKernels()) {
    for (size_t pairs = 1; pairs <= 130; ++pairs) {
      const auto tables = RandomBytes(rng, pairs * 2 * kFastScanEntries);
      const auto block = RandomBytes(rng, pairs * kFastScanCodes);
      std::vector<uint16_t> expected(kFastScanCodes);
      std::vector<uint16_t> found(kFastScanCodes);
      scalar.sum(tables.data(), block.data(), pairs, expected.data());
      kernels->sum(tables.data(), block.data(), pairs, found.data());
      ASSERT_EQ(found, expected) << kernels->name << " pairs " << pairs;
    }
  }
}

TEST(FastScan, ScalarIsTheDefinition) {
  std::vector<uint8_t> tables(2 * kFastScanEntries, 0);
  tables[5] = 7;                      // code 5 of sub-quantizer 0
  tables[kFastScanEntries + 9] = 11;  // code 9 of sub-quantizer 1
  std::vector<uint8_t> block(kFastScanCodes, 0);
  block[4] = 0x95;
  block[6] = 0x05;
  std::vector<uint16_t> out(kFastScanCodes);
  SupportedFastScanKernels()[0]->sum(tables.data(), block.data(), 1, out.data());
  EXPECT_EQ(out[4], 18);
  EXPECT_EQ(out[6], 7);
  EXPECT_EQ(out[0], 0);
}

TEST(FastScan, NearPicksTheLanesBelowOnEachInstructionSet) {
  Rng rng(11);
  std::vector<uint16_t> sums(kFastScanCodes);
  std::vector<uint16_t> add(kFastScanCodes);
  std::vector<uint16_t> mul(kFastScanCodes);
  const auto upper_half = [](float value) {
    return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
  };
  for (size_t i = 0; i < kFastScanCodes; ++i) {
    sums[i] = static_cast<uint16_t>(rng.Below(65'536));
    add[i] = upper_half(static_cast<float>(rng.Gaussian()));
    mul[i] = upper_half(static_cast<float>(rng.Gaussian()));
  }
  add[5] = upper_half(std::numeric_limits<float>::quiet_NaN());
  const SumEstimates estimates{add.data(), mul.data(), -1.5F, 1.0F / 20'000, 0.25F};
  for (const FastScanKernels* kernels : SupportedFastScanKernels()) {
    for (const float below : {-100.0F, -0.5F, 0.5F, 100.0F}) {
      std::vector<uint16_t> lanes(kFastScanCodes + 1, 77);
      std::vector<float> out(kFastScanCodes + 1, 77);
      const size_t count =
          kernels->near(sums.data(), estimates, below, 1000, lanes.data(), out.data());
      size_t expected = 0;
      for (size_t i = 0; i < kFastScanCodes; ++i) {
        const float a = std::bit_cast<float>(uint32_t{add[i]} << 16);
        const float m = std::bit_cast<float>(uint32_t{mul[i]} << 16);
        const float estimate = 0.25F + a + m * (-1.5F + static_cast<float>(sums[i]) / 20'000);
        if (!(estimate < below)) continue;
        ASSERT_LT(expected, count) << kernels->name;
        EXPECT_EQ(lanes[expected], 1000 + i) << kernels->name;
        EXPECT_NEAR(out[expected], estimate, 1e-4) << kernels->name;
        ++expected;
      }
      EXPECT_EQ(count, expected) << kernels->name;
      EXPECT_EQ(lanes.back(), 77) << "wrote behind its end";
      EXPECT_EQ(out.back(), 77) << "wrote behind its end";
    }
  }
}

TEST(FastScan, SignTablesAreTheirDefinitionOnEachInstructionSet) {
  Rng rng(7);
  constexpr size_t kDim = 192;
  std::vector<float> query(kDim);
  for (float& value : query) value = static_cast<float>(rng.Gaussian());
  query[9] = 0;
  query[20] = 40;  // beyond the highest entry
  constexpr float kInverseStep = 17.3F;
  for (const FastScanKernels* kernels : SupportedFastScanKernels()) {
    std::vector<uint8_t> tables(4 * kDim + 1, 77);
    kernels->sign_tables(query.data(), kDim, kInverseStep, tables.data());
    EXPECT_EQ(tables.back(), 77) << "wrote behind its end";
    for (size_t j = 0; j < kDim / 4; ++j) {
      for (size_t c = 0; c < kFastScanEntries; ++c) {
        double sum = 0;
        for (size_t b = 0; b < 4; ++b) {
          const double q = query[4 * j + b];
          sum += std::abs(q) + (((c >> b) & 1) != 0 ? q : -q);
        }
        // A tie of rounding may fall to either side.
        EXPECT_NEAR(tables[kFastScanEntries * j + c], std::min(255.0, kInverseStep * sum), 0.501)
            << kernels->name << " table " << j << " entry " << c;
      }
    }
  }
}

}  // namespace
}  // namespace vecgate::kernels
