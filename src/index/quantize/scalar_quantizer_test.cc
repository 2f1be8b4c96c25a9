#include "index/quantize/scalar_quantizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "index/clustered_vectors.h"
#include "kernels/distance.h"

namespace vecgate::index {
namespace {

constexpr size_t kCount = 2000;

ScalarQuantizer Trained(size_t bits, size_t dim, const std::vector<float>& vectors) {
  auto trained = ScalarQuantizer::Train(bits, dim, vectors.data(), vectors.size() / dim);
  EXPECT_TRUE(trained.ok());
  return std::move(*trained);
}

std::string BytesOf(const ScalarQuantizer& quantizer) {
  ByteWriter out;
  quantizer.Serialize(out);
  return out.Take();
}

// Each element of the sample that its range covers comes back within half a step; 4% at most lie
// outside.
TEST(ScalarQuantizer, DecodeIsWithinHalfAStep) {
  for (const size_t bits : {4U, 8U}) {
    for (const size_t dim : {7U, 32U, 65U}) {
      const auto vectors = ClusteredVectors(kCount, dim, 20, 1);
      const ScalarQuantizer quantizer = Trained(bits, dim, vectors);
      std::vector<uint8_t> ends(quantizer.code_bytes(), 0);
      std::vector<float> low(dim);
      std::vector<float> high(dim);
      quantizer.Decode(ends.data(), low.data());
      std::fill(ends.begin(), ends.end(), uint8_t{255});
      quantizer.Decode(ends.data(), high.data());
      size_t outside = 0;
      std::vector<uint8_t> code(quantizer.code_bytes());
      std::vector<float> decoded(dim);
      for (size_t i = 0; i < kCount; ++i) {
        quantizer.Encode(&vectors[i * dim], code.data());
        quantizer.Decode(code.data(), decoded.data());
        for (size_t d = 0; d < dim; ++d) {
          const float x = vectors[i * dim + d];
          if (x < low[d] || x > high[d]) {
            ++outside;
            ASSERT_EQ(decoded[d], x < low[d] ? low[d] : high[d]);
            continue;
          }
          const float step = (high[d] - low[d]) / (bits == 8 ? 255.0F : 15.0F);
          ASSERT_NEAR(decoded[d], x, 0.501F * step);
        }
      }
      EXPECT_LE(outside, kCount * dim / 25);
    }
  }
}

// What Distances gives is the distance to the decoded vector, but for the query's 15 bits.
TEST(ScalarQuantizer, DistancesAreThoseToTheDecodedVector) {
  for (const size_t bits : {4U, 8U}) {
    for (const size_t dim : {3U, 64U, 129U}) {
      auto vectors = ClusteredVectors(kCount, dim, 20, 1);
      for (float& x : vectors) x += 100;  // An offset must not cost precision.
      const ScalarQuantizer quantizer = Trained(bits, dim, vectors);
      auto queries = ClusteredVectors(20, dim, 20, 2);
      for (float& x : queries) x += 100;
      std::vector<uint8_t> code(quantizer.code_bytes());
      std::vector<float> decoded(dim);
      const uint8_t* codes[] = {code.data()};
      PreparedQuery prepared;
      for (size_t q = 0; q < 20; ++q) {
        quantizer.Encode(&vectors[q * dim], code.data());
        quantizer.Decode(code.data(), decoded.data());
        const auto& exact = kernels::ActiveKernels();
        const float* query = &queries[q * dim];
        const float norm = quantizer.Norm(code.data());
        float found = 0;
        quantizer.PrepareL2(query, prepared);
        quantizer.L2Squared(prepared, codes, &norm, 1, &found);
        const float l2 = exact.l2_squared(query, decoded.data(), dim);
        EXPECT_NEAR(found, l2, 1e-3F * (l2 + norm));
        quantizer.PrepareInnerProduct(query, prepared);
        quantizer.InnerProducts(prepared, codes, 1, &found);
        const float dot = exact.inner_product(query, decoded.data(), dim);
        EXPECT_NEAR(found, dot, 1e-5F * std::abs(dot));
      }
    }
  }
}

TEST(ScalarQuantizer, TwoTrainingsGiveEqualBytesAndReadBack) {
  const auto vectors = ClusteredVectors(kCount, 33, 20, 1);
  const std::string bytes = BytesOf(Trained(4, 33, vectors));
  EXPECT_EQ(bytes, BytesOf(Trained(4, 33, vectors)));
  ByteReader in(bytes);
  const auto read = ScalarQuantizer::Deserialize(in);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(BytesOf(*read), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(ScalarQuantizer::Deserialize(cut).error().code, Code::kDataLoss);
  }
}

TEST(ScalarQuantizer, OddValuesAreCodedAsSomething) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const std::vector<float> sample = {0, 5, -3e38F, 1, 5, 3e38F, 2, 5, 0};  // 3 vectors of 3
  const ScalarQuantizer quantizer = Trained(8, 3, sample);
  for (const float odd : {kInf, -kInf, std::nanf(""), 3e38F}) {
    const float vector[] = {odd, odd, odd};
    uint8_t code[3];
    float decoded[3];
    quantizer.Encode(vector, code);
    quantizer.Decode(code, decoded);
    EXPECT_EQ(decoded[1], 5);  // No range was seen.
    PreparedQuery prepared;
    quantizer.PrepareL2(vector, prepared);
    const float norm = quantizer.Norm(code);
    const uint8_t* codes[] = {code};
    float out = 0;
    quantizer.L2Squared(prepared, codes, &norm, 1, &out);
  }
}

TEST(ScalarQuantizer, OtherBitsAndNoVectorsAreRefused) {
  const float vector[] = {1};
  EXPECT_EQ(ScalarQuantizer::Train(6, 1, vector, 1).error().code, Code::kInvalidArgument);
  EXPECT_EQ(ScalarQuantizer::Train(8, 1, vector, 0).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace vecgate::index
