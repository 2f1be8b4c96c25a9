// Halves, bfloat16 and signed bytes against their definitions, over every pattern there is.
#include "model/vector_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace vecgate {
namespace {

constexpr size_t kPatterns = 65536;

/// A number of 16 bits as its definition says, in double: sign, exponent, fraction.
double Defined(uint16_t bits, int fraction_bits) {
  const int exponent_bits = 15 - fraction_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
  const double fraction = std::ldexp(bits & ((1 << fraction_bits) - 1), -fraction_bits);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias);
  return sign * std::ldexp(1 + fraction, exponent - bias);
}

std::vector<uint16_t> AllPatterns() {
  std::vector<uint16_t> all(kPatterns);
  for (size_t i = 0; i < kPatterns; ++i) all[i] = static_cast<uint16_t>(i);
  return all;
}

template <typename Stored>
std::vector<float> Widened(DataType type, const std::vector<Stored>& stored) {
  std::vector<float> out(stored.size());
  ToFloats(type, reinterpret_cast<const char*>(stored.data()), stored.size(), out.data());
  return out;
}

template <typename Stored>
std::vector<Stored> Narrowed(DataType type, const std::vector<float>& values) {
  std::vector<Stored> out(values.size());
  FromFloats(type, values.data(), values.size(), reinterpret_cast<char*>(out.data()));
  return out;
}

struct SixteenBits {
  DataType type;
  int fraction_bits;
};

class SixteenBitsTest : public ::testing::TestWithParam<SixteenBits> {
 protected:
  DataType Type() const { return GetParam().type; }
  int FractionBits() const { return GetParam().fraction_bits; }
  uint16_t Infinity() const {
    return static_cast<uint16_t>(0x7fff >> FractionBits() << FractionBits());
  }
};

TEST_P(SixteenBitsTest, EveryPatternIsTheFloatThatItsDefinitionSays) {
  const std::vector<float> floats = Widened(Type(), AllPatterns());
  for (size_t i = 0; i < kPatterns; ++i) {
    const double expected = Defined(static_cast<uint16_t>(i), FractionBits());
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(floats[i])) << i;
      continue;
    }
    ASSERT_EQ(static_cast<double>(floats[i]), expected) << i;
    ASSERT_EQ(std::signbit(floats[i]), (i & 0x8000) != 0) << i;
  }
}

TEST_P(SixteenBitsTest, EveryNumberComesBackBitForBit) {
  const std::vector<uint16_t> all = AllPatterns();
  const std::vector<uint16_t> back = Narrowed<uint16_t>(Type(), Widened(Type(), all));
  for (size_t i = 0; i < kPatterns; ++i) {
    if (std::isnan(Defined(all[i], FractionBits()))) continue;
    ASSERT_EQ(back[i], all[i]);
  }
}

// Between each number and the next larger one: just below the middle, the middle, just above it.
// The pattern after the largest number stands for infinity, which its middle rounds to.
TEST_P(SixteenBitsTest, OtherFloatsBecomeTheNearestWithTiesToEven) {
  std::vector<float> values;
  std::vector<uint16_t> expected;
  for (uint16_t low = 0; low < Infinity(); ++low) {
    const auto high = static_cast<uint16_t>(low + 1);
    const uint16_t even = low % 2 == 0 ? low : high;
    const double step = Defined(low, FractionBits()) -
                        (low == 0 ? -Defined(1, FractionBits())
                                  : Defined(static_cast<uint16_t>(low - 1), FractionBits()));
    const double top =
        high == Infinity() ? Defined(low, FractionBits()) + step : Defined(high, FractionBits());
    const auto middle = static_cast<float>((Defined(low, FractionBits()) + top) / 2);
    for (const float sign : {1.0F, -1.0F}) {
      const uint16_t sign_bit = sign < 0 ? 0x8000 : 0;
      values.insert(values.end(),
                    {sign * std::nextafter(middle, 0.0F), sign * middle,
                     sign * std::nextafter(middle, std::numeric_limits<float>::infinity())});
      for (const uint16_t pattern : {low, even, high}) {
        expected.push_back(static_cast<uint16_t>(pattern | sign_bit));
      }
    }
  }
  const std::vector<uint16_t> narrowed = Narrowed<uint16_t>(Type(), values);
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(narrowed[i], expected[i]) << values[i];
}

TEST_P(SixteenBitsTest, WhatIsNotFiniteIsFound) {
  std::vector<uint16_t> values(8, 0x3f80);
  const auto bytes = [&] { return reinterpret_cast<const char*>(values.data()); };
  EXPECT_EQ(FirstNotFinite(Type(), bytes(), values.size()), values.size());
  for (const uint16_t bad :
       {Infinity(), static_cast<uint16_t>(Infinity() | 0x8000), static_cast<uint16_t>(0x7fff)}) {
    values[5] = bad;
    EXPECT_EQ(FirstNotFinite(Type(), bytes(), values.size()), 5U);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, SixteenBitsTest,
                         ::testing::Values(SixteenBits{DataType::kFloat16Vector, 10},
                                           SixteenBits{DataType::kBFloat16Vector, 7}),
                         [](const auto& tested) {
                           return std::string(DataTypeName(tested.param.type));
                         });

TEST(VectorValuesTest, FarTooLargeHalvesAreInfinite) {
  const float huge = std::numeric_limits<float>::max();
  EXPECT_EQ(Narrowed<uint16_t>(DataType::kFloat16Vector, {65520, huge, -huge, 1e-30F}),
            (std::vector<uint16_t>{0x7c00, 0x7c00, 0xfc00, 0}));
}

TEST(VectorValuesTest, SignedBytesRoundAndStopAtTheirBounds) {
  std::vector<int8_t> all;
  for (int i = -128; i < 128; ++i) all.push_back(static_cast<int8_t>(i));
  const std::vector<float> floats = Widened(DataType::kInt8Vector, all);
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(floats[i], static_cast<float>(i) - 128);
  EXPECT_EQ(Narrowed<int8_t>(DataType::kInt8Vector, floats), all);
  EXPECT_EQ(Narrowed<int8_t>(DataType::kInt8Vector, {0.5F, 1.5F, -0.6F, 127.6F, 1e9F, -1e9F}),
            (std::vector<int8_t>{0, 2, -1, 127, 127, -128}));
}

TEST(VectorValuesTest, SizesAreThoseOfTheValues) {
  EXPECT_EQ(VectorSizeBytes(DataType::kFloatVector, 3), 12U);
  EXPECT_EQ(VectorSizeBytes(DataType::kFloat16Vector, 3), 6U);
  EXPECT_EQ(VectorSizeBytes(DataType::kBFloat16Vector, 3), 6U);
  EXPECT_EQ(VectorSizeBytes(DataType::kInt8Vector, 3), 3U);
  EXPECT_EQ(VectorSizeBytes(DataType::kBinaryVector, 24), 3U);
}

}  // namespace
}  // namespace vecgate
