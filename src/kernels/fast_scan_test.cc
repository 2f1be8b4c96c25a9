#include "kernels/fast_scan.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace vecgate::kernels
