// The parts of Bitset that work on whole words, against the same done bit by bit.
#include "filter/bitset.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace vecgate::filter {
namespace {

Bitset RandomBits(Rng& rng, size_t size, double share) {
  Bitset out(size);
  for (size_t bit = 0; bit < size; ++bit) {
    if (rng.Chance(share)) out.Set(bit);
  }
  return out;
}

// Places at, before and behind the edges of words, up to the last bit.
TEST(BitsetTest, OrAtSetsTheSameBitsFurtherOn) {
  Rng rng(7);
  for (const size_t size : {1U, 63U, 64U, 65U, 200U}) {
    for (const size_t at : {0U, 1U, 63U, 64U, 65U, 130U}) {
      for (const size_t behind : {0U, 1U, 64U}) {
        const Bitset before = RandomBits(rng, at + size + behind, 0.2);
        const Bitset added = RandomBits(rng, size, 0.7);
        Bitset bits = before;
        bits.OrAt(at, added);
        for (size_t bit = 0; bit < bits.size(); ++bit) {
          const bool inside = bit >= at && bit < at + size;
          ASSERT_EQ(bits.Test(bit), before.Test(bit) || (inside && added.Test(bit - at)))
              << "bit " << bit << ", " << size << " bits at " << at;
        }
      }
    }
  }
}

TEST(BitsetTest, HasAtMostCountsNoFurtherThanItMust) {
  Bitset bits(1000);
  for (const size_t bit : {0U, 63U, 64U, 999U}) bits.Set(bit);
  EXPECT_FALSE(bits.HasAtMost(3));
  EXPECT_TRUE(bits.HasAtMost(4));
  EXPECT_TRUE(Bitset(0).HasAtMost(0));
}

TEST(BitsetTest, PackWordHoldsABitARow) {
  for (const size_t count : {1U, 8U, 63U, 64U}) {
    const uint64_t word = PackWord(100, count, [](size_t row) { return row % 3 == 1; });
    for (size_t i = 0; i < 64; ++i) {
      EXPECT_EQ((word >> i & 1) != 0, i < count && (100 + i) % 3 == 1)
          << count << " rows, bit " << i;
    }
  }
}

}  // namespace
}  // namespace vecgate::filter
