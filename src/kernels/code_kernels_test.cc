#include "kernels/code_kernels.h"

#include <gtest/gtest.h>

#include <bit>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/rng.h"

namespace vecgate::kernels {
namespace {

// Memory whose first byte lies on a line.
class Lines {
 public:
  explicit Lines(size_t lines) : memory_((lines + 1) * kLineBytes) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    data_ = memory_.data() + (kLineBytes - address % kLineBytes) % kLineBytes;
  }
  [[nodiscard]] char* data() const { return data_; }

 private:
  std::vector<char> memory_;
  char* data_;
};

// A random query and random rows of `dim` bits, and what they stand for.
struct BitCase {
  static constexpr size_t kRows = 21;

  BitCase(size_t bits, uint64_t seed)
      : dim(bits),
        lines((bits / 8 + 8 + kLineBytes - 1) / kLineBytes),
        planes(kQueryPlanes * lines),
        mask(lines),
        rows_memory(kRows * lines) {
    Rng rng(seed);
    const size_t row_bytes = lines * kLineBytes;
    std::memset(planes.data(), 0, kQueryPlanes * row_bytes);
    std::memset(mask.data(), 0, row_bytes);
    for (size_t i = 0; i < dim; ++i) {
      const auto bit = static_cast<char>(1U << (i % 8));
      mask.data()[i / 8] |= bit;
      values.push_back(static_cast<int>(rng.Below(16)));
      for (size_t b = 0; b < kQueryPlanes; ++b) {
        if ((values[i] >> b) & 1) planes.data()[b * row_bytes + i / 8] |= bit;
      }
    }
    for (size_t r = 0; r < kRows; ++r) {
      char* row = rows_memory.data() + r * row_bytes;
      for (size_t i = 0; i < row_bytes; ++i) row[i] = static_cast<char>(rng.Next());
      const float factors[] = {static_cast<float>(rng.Gaussian()),
                               static_cast<float>(rng.Gaussian())};
      std::memcpy(row + row_bytes - sizeof(factors), factors, sizeof(factors));
      rows.push_back(row);
    }
    query = {planes.data(), mask.data(), lines, 0.5F * 15 * static_cast<float>(dim), 1.0F};
  }

  // add + mul · Σ ±1 · (2·value - 15) / 2, straight from the definition.
  [[nodiscard]] double Expected(size_t r) const {
    double inner = 0;
    for (size_t i = 0; i < dim; ++i) {
      const int sign = (rows[r][i / 8] >> (i % 8)) & 1 ? 1 : -1;
      inner += 0.5 * sign * (2 * values[i] - 15);
    }
    float factors[2];
    std::memcpy(factors, rows[r] + lines * kLineBytes - sizeof(factors), sizeof(factors));
    return factors[0] + static_cast<double>(factors[1]) * inner;
  }

  size_t dim;
  size_t lines;
  Lines planes;
  Lines mask;
  Lines rows_memory;
  std::vector<int> values;
  std::vector<const char*> rows;
  BitQuery query;
};

TEST(CodeKernels, BitEstimatesAreTheirDefinitionOnEachInstructionSet) {
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    for (const size_t dim : {64U, 128U, 384U, 448U, 512U, 960U, 1536U}) {
      const BitCase c(dim, dim);
      for (const size_t count : {size_t{1}, size_t{7}, size_t{8}, BitCase::kRows}) {
        std::vector<float> out(count + 1, -7);
        kernels->bit_estimates(c.query, c.rows.data(), count, out.data());
        for (size_t r = 0; r < count; ++r) {
          EXPECT_NEAR(out[r], c.Expected(r), 1e-3 * (1 + std::abs(c.Expected(r))))
              << kernels->name << " dim " << dim << " row " << r;
        }
        EXPECT_EQ(out[count], -7) << "wrote behind its end";
      }
    }
  }
}

TEST(CodeKernels, DotsOfBytesAreTheirDefinition) {
  Rng rng(3);
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    for (const size_t dim : {64U, 128U, 384U, 1536U}) {
      std::vector<uint8_t> query(dim);
      std::vector<float> floats(dim);
      std::vector<int8_t> row(dim);
      int64_t expected = 0;
      double expected_float = 0;
      for (size_t i = 0; i < dim; ++i) {
        // The first half holds the extremes, which a 16-bit sum would saturate on.
        const int value = i < dim / 2 ? 127 : static_cast<int>(rng.Between(-127, 127));
        query[i] = static_cast<uint8_t>(value + kernels->query_bias);
        row[i] = i < dim / 2 ? -127 : static_cast<int8_t>(rng.Between(-127, 127));
        floats[i] = static_cast<float>(rng.Gaussian());
        expected += int64_t{value + kernels->query_bias} * row[i];
        expected_float += static_cast<double>(floats[i]) * row[i];
      }
      constexpr size_t kRows = 6;
      const std::vector<const int8_t*> rows(kRows, row.data());
      int32_t dots[kRows + 1];
      float float_dots[kRows];
      dots[kRows] = -7;
      kernels->dot_s8_s8(query.data(), rows.data(), kRows, dim, dots);
      EXPECT_EQ(dots[kRows], -7) << "wrote behind its end";
      kernels->dot_f32_s8(floats.data(), rows.data(), kRows, dim, float_dots);
      for (size_t r = 0; r < kRows; ++r) {
        EXPECT_EQ(dots[r], expected) << kernels->name << " dim " << dim;
        EXPECT_NEAR(float_dots[r], expected_float, 1e-5 * 127 * static_cast<double>(dim))
            << kernels->name << " dim " << dim;
      }
    }
  }
}

TEST(CodeKernels, HadamardMultipliesByTheSylvesterMatrix) {
  Rng rng(5);
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    for (size_t dim = 1; dim <= 1024; dim *= 2) {
      std::vector<float> x(dim);
      for (float& value : x) value = static_cast<float>(rng.Gaussian());
      std::vector<float> transformed = x;
      kernels->hadamard(transformed.data(), dim);
      for (size_t i = 0; i < dim; i += 1 + dim / 37) {
        double expected = 0;
        for (size_t j = 0; j < dim; ++j) {
          expected += (std::popcount(i & j) % 2 == 0 ? 1 : -1) * static_cast<double>(x[j]);
        }
        EXPECT_NEAR(transformed[i], expected, 1e-3) << kernels->name << " dim " << dim;
      }
    }
  }
}

TEST(CodeKernels, RotationKeepsLengthsAndIsTheSameOnEachInstructionSet) {
  Rng rng(8);
  for (const size_t dim : {64U, 192U, 384U, 512U, 960U}) {
    size_t hadamard_dim = 64;
    while (2 * hadamard_dim <= dim) hadamard_dim *= 2;
    std::vector<float> signs(Rotation::kRounds * dim);
    for (size_t i = 0; i < signs.size(); ++i) {
      const size_t round = i / dim;
      const size_t at = i % dim;
      const bool reached = round % 2 == 0 ? at < hadamard_dim : at >= dim - hadamard_dim;
      const float scale = reached ? 1 / std::sqrt(static_cast<float>(hadamard_dim)) : 1.0F;
      signs[i] = rng.Chance(0.5) ? scale : -scale;
    }
    const Rotation rotation{signs.data(), dim, hadamard_dim};
    std::vector<float> x(dim);
    double squared = 0;
    for (float& value : x) {
      value = static_cast<float>(rng.Gaussian());
      squared += static_cast<double>(value) * value;
    }
    std::vector<float> expected = x;
    SupportedCodeKernels()[0]->rotate(rotation, expected.data());
    for (const CodeKernels* kernels : SupportedCodeKernels()) {
      std::vector<float> rotated = x;
      kernels->rotate(rotation, rotated.data());
      double length = 0;
      for (size_t i = 0; i < dim; ++i) {
        EXPECT_NEAR(rotated[i], expected[i], 1e-4) << kernels->name << " dim " << dim;
        length += static_cast<double>(rotated[i]) * rotated[i];
      }
      EXPECT_NEAR(length, squared, 1e-3 * squared) << kernels->name << " dim " << dim;
    }
  }
}

TEST(CodeKernels, BitPlanesHoldTheRoundedValues) {
  Rng rng(9);
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    std::vector<float> x(128);
    for (float& value : x) value = static_cast<float>(3 * rng.Gaussian());
    x[0] = 1e6;  // held to the highest level
    x[1] = -1e6;
    std::vector<char> planes(kQueryPlanes * 64, 0);
    kernels->bit_planes(x.data(), x.size(), 1.25F, planes.data(), 64);
    for (size_t i = 0; i < x.size(); ++i) {
      int value = 0;
      for (size_t b = 0; b < kQueryPlanes; ++b) {
        value |= ((planes[b * 64 + i / 8] >> (i % 8)) & 1) << b;
      }
      const double level = std::floor(static_cast<double>(x[i]) * 1.25 + 8);
      EXPECT_EQ(value, std::min(15.0, std::max(0.0, level))) << kernels->name << " " << x[i];
    }
  }
}

TEST(CodeKernels, ResidualsAreTheirDefinition) {
  Rng rng(10);
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    for (const size_t dim : {64U, 384U, 832U}) {
      std::vector<int8_t> base(dim);
      std::vector<int8_t> row(dim);
      for (size_t i = 0; i < dim; ++i) {
        base[i] = static_cast<int8_t>(rng.Between(-127, 127));
        row[i] = static_cast<int8_t>(rng.Between(-127, 127));
      }
      constexpr float kBaseScale = 0.02F;
      constexpr float kRowScale = 0.013F;
      std::vector<char> bits(dim / 8 + 1, 77);
      const ResidualSums sums =
          kernels->residual(base.data(), kBaseScale, row.data(), kRowScale, dim, bits.data());
      EXPECT_EQ(bits.back(), 77) << "wrote behind its end";
      double squared = 0;
      double absolute = 0;
      double along = 0;
      double signed_base = 0;
      for (size_t i = 0; i < dim; ++i) {
        const double b = double{kBaseScale} * base[i];
        const double r = double{kRowScale} * row[i] - b;
        const bool positive = ((bits[i / 8] >> (i % 8)) & 1) != 0;
        EXPECT_TRUE(std::abs(r) < 1e-6 || positive == (r > 0)) << kernels->name << " at " << i;
        squared += r * r;
        absolute += std::abs(r);
        along += r * b;
        signed_base += positive ? b : -b;
      }
      EXPECT_NEAR(sums.squared, squared, 1e-4 * squared) << kernels->name << " dim " << dim;
      EXPECT_NEAR(sums.absolute, absolute, 1e-4 * absolute) << kernels->name << " dim " << dim;
      EXPECT_NEAR(sums.along, along, 1e-4 * squared) << kernels->name << " dim " << dim;
      EXPECT_NEAR(sums.signed_base, signed_base, 1e-4 * absolute) << kernels->name;
    }
  }
}

}  // namespace
}  // namespace vecgate::kernels
