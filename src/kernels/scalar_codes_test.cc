#include "kernels/scalar_codes.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/rng.h"

namespace vecgate::kernels {
namespace {

// The arrays of a CodeQuery with random words, zero beyond `codes` of each half.
struct Query {
  Query(Rng& rng, size_t codes, size_t halves) {
    const size_t padded = PaddedCodeQuery(codes);
    words.resize(padded * halves);
    high.resize(words.size());
    low.resize(words.size());
    for (size_t i = 0; i < words.size(); ++i) {
      if (i % padded >= codes) continue;
      // Extremes are frequent: they are what would overflow.
      const int64_t word = rng.Chance(0.3) ? kMostQueryWord * (rng.Chance(0.8) ? 1 : -1)
                                           : rng.Between(-kMostQueryWord, kMostQueryWord);
      words[i] = static_cast<int16_t>(word);
      SplitQueryWord(words[i], high[i], low[i]);
      EXPECT_EQ(128 * high[i] + low[i], words[i]);
    }
  }
  [[nodiscard]] CodeQuery View() const { return {words.data(), high.data(), low.data()}; }

  std::vector<int16_t> words;
  std::vector<int8_t> high;
  std::vector<int8_t> low;
};

TEST(ScalarCodes, EveryInstructionSetGivesTheSameIntegers) {
  constexpr size_t kRows = 7;
  const ScalarCodeKernels& scalar = *SupportedScalarCodeKernels()[0];
  ASSERT_EQ(scalar.isa, Isa::kScalar);
  Rng rng(20240607);
  for (const size_t bytes : {1U, 2U, 15U, 16U, 17U, 63U, 64U, 65U, 100U, 384U, 2049U, 32768U}) {
    const Query one(rng, bytes, 1);
    const Query two(rng, bytes, 2);
    std::vector<std::vector<uint8_t>> stored(kRows, std::vector<uint8_t>(bytes));
    std::vector<const uint8_t*> rows;
    for (auto& row : stored) {
      for (uint8_t& code : row) {
        code = rng.Chance(0.5) ? uint8_t{255} : static_cast<uint8_t>(rng.Below(256));
      }
      rows.push_back(row.data());
    }
    int64_t expected[kRows];
    int64_t found[kRows];
    for (const ScalarCodeKernels* kernels : SupportedScalarCodeKernels()) {
      scalar.dot_u8(one.View(), rows.data(), kRows, bytes, expected);
      kernels->dot_u8(one.View(), rows.data(), kRows, bytes, found);
      for (size_t r = 0; r < kRows; ++r) ASSERT_EQ(found[r], expected[r]) << kernels->name << bytes;
      scalar.dot_u4(two.View(), rows.data(), kRows, bytes, expected);
      kernels->dot_u4(two.View(), rows.data(), kRows, bytes, found);
      for (size_t r = 0; r < kRows; ++r) ASSERT_EQ(found[r], expected[r]) << kernels->name << bytes;
    }
  }
}

TEST(ScalarCodes, ScalarIsTheDefinition) {
  Rng rng(1);
  const Query query(rng, 2, 2);
  const uint8_t row[] = {0x21, 0xf3};
  const uint8_t* rows[] = {row};
  int64_t out = 0;
  SupportedScalarCodeKernels()[0]->dot_u8(query.View(), rows, 1, 2, &out);
  EXPECT_EQ(out, query.words[0] * 0x21 + query.words[1] * 0xf3);
  SupportedScalarCodeKernels()[0]->dot_u4(query.View(), rows, 1, 2, &out);
  EXPECT_EQ(out,
            query.words[0] * 1 + query.words[1] * 3 + query.words[64] * 2 + query.words[65] * 15);
}

}  // namespace
}  // namespace vecgate::kernels
