#include "kernels/bit_distance.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"

namespace vecgate::kernels {
namespace {

std::string RandomBits(Rng& rng, size_t size_bytes) {
  std::string out(size_bytes, '\0');
  for (char& byte : out) byte = static_cast<char>(rng.Below(256));
  return out;
}

bool BitAt(const std::string& bits, size_t i) { return (bits[i / 8] >> (i % 8) & 1) != 0; }

float HammingByDefinition(const std::string& a, const std::string& b) {
  int differing = 0;
  for (size_t i = 0; i < a.size() * 8; ++i) differing += BitAt(a, i) != BitAt(b, i) ? 1 : 0;
  return static_cast<float>(differing);
}

float JaccardByDefinition(const std::string& a, const std::string& b) {
  int common = 0;
  int either = 0;
  for (size_t i = 0; i < a.size() * 8; ++i) {
    common += BitAt(a, i) && BitAt(b, i) ? 1 : 0;
    either += BitAt(a, i) || BitAt(b, i) ? 1 : 0;
  }
  return either == 0 ? 0 : static_cast<float>(1 - static_cast<double>(common) / either);
}

TEST(BitDistance, EveryInstructionSetGivesWhatTheDefinitionSays) {
  Rng rng(20260101);
  ASSERT_EQ(SupportedBitDistanceKernels()[0]->isa, Isa::kScalar);
  for (const BitDistanceKernels* kernels : SupportedBitDistanceKernels()) {
    for (size_t size = 1; size <= 150; ++size) {
      const std::string query = RandomBits(rng, size);
      std::vector<std::string> data;
      std::vector<const char*> rows;
      for (int r = 0; r < 5; ++r) data.push_back(RandomBits(rng, size));
      data.push_back(query);
      for (const std::string& row : data) rows.push_back(row.data());
      std::vector<float> hamming(rows.size());
      std::vector<float> jaccard(rows.size());
      kernels->hamming(query.data(), rows.data(), rows.size(), size, hamming.data());
      kernels->jaccard(query.data(), rows.data(), rows.size(), size, jaccard.data());
      for (size_t r = 0; r < rows.size(); ++r) {
        ASSERT_EQ(hamming[r], HammingByDefinition(query, data[r])) << kernels->name << " " << size;
        ASSERT_EQ(jaccard[r], JaccardByDefinition(query, data[r])) << kernels->name << " " << size;
      }
    }
  }
}

TEST(BitDistance, VectorsWithoutBitsAreAtDistanceZeroAndOthersWithoutCommonBitsAtOne) {
  const std::string zero(16, '\0');
  const std::string low(16, '\x0f');
  const std::string high(16, '\xf0');
  for (const BitDistanceKernels* kernels : SupportedBitDistanceKernels()) {
    const char* rows[] = {zero.data(), low.data()};
    float out[2];
    kernels->jaccard(zero.data(), rows, 2, 16, out);
    EXPECT_EQ(out[0], 0) << kernels->name;
    EXPECT_EQ(out[1], 1) << kernels->name;
    kernels->jaccard(high.data(), rows, 2, 16, out);
    EXPECT_EQ(out[1], 1) << kernels->name;
    kernels->hamming(high.data(), rows, 2, 16, out);
    EXPECT_EQ(out[0], 64) << kernels->name;
    EXPECT_EQ(out[1], 128) << kernels->name;
  }
}

}  // namespace
}  // namespace vecgate::kernels
