#include "index/quantize/product_quantizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "index/clustered_vectors.h"
#include "kernels/distance.h"

namespace vecgate::index {
namespace {

constexpr size_t kCount = 1000;
constexpr size_t kDim = 24;

ProductQuantizer Trained(const ProductOptions& options, const std::vector<float>& vectors) {
  auto trained = ProductQuantizer::Train(options, kDim, vectors.data(), vectors.size() / kDim);
  EXPECT_TRUE(trained.ok()) << trained.error().message;
  return std::move(*trained);
}

std::string BytesOf(const ProductQuantizer& quantizer) {
  ByteWriter out;
  quantizer.Serialize(out);
  return out.Take();
}

double MeanError(const ProductQuantizer& quantizer, const std::vector<float>& vectors) {
  std::vector<uint8_t> code(quantizer.code_bytes());
  std::vector<float> decoded(kDim);
  double sum = 0;
  for (size_t at = 0; at < vectors.size(); at += kDim) {
    quantizer.Encode(&vectors[at], code.data());
    quantizer.Decode(code.data(), decoded.data());
    sum += kernels::ActiveKernels().l2_squared(&vectors[at], decoded.data(), kDim);
  }
  return sum / static_cast<double>(vectors.size() / kDim);
}

// The vectors vary by 24 · (1 + 0.35²) = 27 around their mean. Two elements a part leave less than
// a tenth of it with 16 centroids, and less than a hundredth with 256.
TEST(ProductQuantizer, MoreBitsLeaveLessError) {
  const auto vectors = ClusteredVectors(kCount, kDim, 20, 1);
  EXPECT_LT(MeanError(Trained({.m = 12, .nbits = 4}, vectors), vectors), 2.7);
  EXPECT_LT(MeanError(Trained({.m = 12, .nbits = 8}, vectors), vectors), 0.27);
}

TEST(ProductQuantizer, DistancesAreThoseToTheDecodedVector) {
  const auto vectors = ClusteredVectors(kCount, kDim, 20, 1);
  const auto queries = ClusteredVectors(10, kDim, 20, 2);
  for (const ProductOptions options : {ProductOptions{3, 4}, {8, 4}, {3, 8}, {24, 8}}) {
    const ProductQuantizer quantizer = Trained(options, vectors);
    std::vector<std::vector<uint8_t>> stored(7, std::vector<uint8_t>(quantizer.code_bytes()));
    std::vector<const uint8_t*> codes;
    for (size_t i = 0; i < stored.size(); ++i) {
      quantizer.Encode(&vectors[i * kDim], stored[i].data());
      codes.push_back(stored[i].data());
    }
    std::vector<float> table(quantizer.table_size());
    std::vector<float> out(stored.size());
    std::vector<float> decoded(kDim);
    for (size_t q = 0; q < 10; ++q) {
      const float* query = &queries[q * kDim];
      quantizer.DistanceTable(ProductDistance::kL2Squared, query, table.data());
      quantizer.Distances(table.data(), codes.data(), codes.size(), out.data());
      for (size_t i = 0; i < codes.size(); ++i) {
        quantizer.Decode(codes[i], decoded.data());
        EXPECT_NEAR(out[i], kernels::ActiveKernels().l2_squared(query, decoded.data(), kDim), 1e-3);
      }
      quantizer.DistanceTable(ProductDistance::kNegatedInnerProduct, query, table.data());
      quantizer.Distances(table.data(), codes.data(), codes.size(), out.data());
      for (size_t i = 0; i < codes.size(); ++i) {
        quantizer.Decode(codes[i], decoded.data());
        EXPECT_NEAR(-out[i], kernels::ActiveKernels().inner_product(query, decoded.data(), kDim),
                    1e-3);
      }
    }
  }
}

// The block's sums are exact integers over the rounded table, which is within half a unit a part.
TEST(ProductQuantizer, FastScanEqualsTheTableLookup) {
  const auto vectors = ClusteredVectors(kCount, kDim, 20, 1);
  for (const size_t m : {3U, 8U, 24U}) {
    const ProductQuantizer quantizer = Trained({.m = m, .nbits = 4}, vectors);
    const size_t bytes = quantizer.code_bytes();
    std::vector<uint8_t> rows(32 * bytes);
    std::vector<uint8_t> block(32 * bytes);
    std::vector<const uint8_t*> codes;
    for (size_t i = 0; i < 32; ++i) {
      quantizer.Encode(&vectors[i * kDim], &rows[i * bytes]);
      codes.push_back(&rows[i * bytes]);
      for (size_t j = 0; j < bytes; ++j) block[j * 32 + i] = rows[i * bytes + j];
    }
    std::vector<float> table(quantizer.table_size());
    quantizer.DistanceTable(ProductDistance::kL2Squared, &vectors[50 * kDim], table.data());
    std::vector<uint8_t> rounded(quantizer.byte_table_size());
    const ByteTable form = quantizer.RoundTable(table.data(), rounded.data());
    std::vector<float> exact(32);
    std::vector<float> found(32);
    quantizer.Distances(table.data(), codes.data(), 32, exact.data());
    quantizer.BlockDistances(form, rounded.data(), block.data(), found.data());
    for (size_t i = 0; i < 32; ++i) {
      size_t sum = 0;
      for (size_t j = 0; j < m; ++j) {
        sum += rounded[j * 16 + ((codes[i][j / 2] >> (j % 2 * 4)) & 15)];
      }
      EXPECT_EQ(found[i], form.bias + form.scale * static_cast<float>(sum));
      EXPECT_NEAR(found[i], exact[i], 0.51F * form.scale * static_cast<float>(m));
    }
  }
}

TEST(ProductQuantizer, TwoTrainingsGiveEqualBytesAndReadBack) {
  const auto vectors = ClusteredVectors(kCount, kDim, 20, 1);
  const std::string bytes = BytesOf(Trained({.m = 8, .nbits = 4}, vectors));
  EXPECT_EQ(bytes, BytesOf(Trained({.m = 8, .nbits = 4}, vectors)));
  ByteReader in(bytes);
  const auto read = ProductQuantizer::Deserialize(in);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(BytesOf(*read), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut(std::string_view(bytes).substr(0, size));
    EXPECT_EQ(ProductQuantizer::Deserialize(cut).error().code, Code::kDataLoss);
  }
}

TEST(ProductQuantizer, SixteenBitsCodeEachVectorAlmostExactly) {
  Rng rng(5);
  std::vector<float> vectors(size_t{66000} * 2);
  for (float& x : vectors) x = static_cast<float>(rng.Gaussian());
  const auto trained = ProductQuantizer::Train({.m = 1, .nbits = 16}, 2, vectors.data(), 66000);
  ASSERT_TRUE(trained.ok());
  uint8_t code[2];
  float decoded[2];
  double error = 0;
  for (size_t i = 0; i < 500; ++i) {
    trained->Encode(&vectors[i * 2], code);
    trained->Decode(code, decoded);
    error += std::hypot(decoded[0] - vectors[i * 2], decoded[1] - vectors[i * 2 + 1]);
  }
  EXPECT_LT(error / 500, 0.005);
}

TEST(ProductQuantizer, RefusalsNameWhatIsWanted) {
  const std::vector<float> vectors(100 * kDim, 1.0F);
  const auto message = [&](const ProductOptions& options) {
    const auto trained = ProductQuantizer::Train(options, kDim, vectors.data(), 100);
    EXPECT_EQ(trained.error().code, Code::kInvalidArgument);
    EXPECT_EQ(trained.error().subject, Subject::kIndex);
    return trained.error().message;
  };
  EXPECT_NE(message({.m = 5}).find("5 does not divide 24"), std::string::npos);
  EXPECT_NE(message({.m = 4, .nbits = 7}).find("4, 8 or 16, not 7"), std::string::npos);
  EXPECT_NE(message({.m = 4, .nbits = 16}).find("65536 vectors, 100"), std::string::npos);
}

}  // namespace
}  // namespace vecgate::index
