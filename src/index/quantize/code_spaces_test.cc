// Recall of an exhaustive scan over codes, alone and re-ranked on the full vectors, for each code.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "index/clustered_vectors.h"
#include "index/flat_scan.h"
#include "index/quantize/product_code_space.h"
#include "index/quantize/scalar_code_space.h"

namespace vecgate::index {
namespace {

constexpr size_t kCount = 4000;
constexpr size_t kDim = 32;
constexpr size_t kQueries = 50;
constexpr size_t kHits = 10;

std::vector<Neighbor> Best(const std::vector<Slot>& slots, const std::vector<float>& distances,
                           size_t most) {
  TopK best(most, std::less<Neighbor>{});
  for (size_t i = 0; i < slots.size(); ++i) best.Offer({distances[i], slots[i]});
  return best.Take();
}

// The same vectors in full and as codes.
struct Scans {
  Scans(Metric metric, CodeSpace& coded) : arena(kDim), full(metric, arena), codes(coded) {
    const auto vectors = ClusteredVectors(kCount, kDim, 40, 1);
    EXPECT_TRUE(arena.Reserve(kCount).ok());
    EXPECT_TRUE(codes.Train(vectors.data(), kCount).ok());
    EXPECT_TRUE(codes.Reserve(kCount).ok());
    for (Slot i = 0; i < kCount; ++i) {
      arena.Set(i, &vectors[i * kDim]);
      codes.Encode(i, &vectors[i * kDim]);
    }
    all.resize(kCount);
    std::iota(all.begin(), all.end(), Slot{0});
  }
  [[nodiscard]] std::vector<Neighbor> Exact(const float* query) const {
    std::vector<float> distances(kCount);
    full.Distances(query, all.data(), kCount, distances.data());
    return Best(all, distances, kHits);
  }
  [[nodiscard]] std::vector<Neighbor> Coded(const float* query, size_t most) const {
    PreparedQuery prepared;
    codes.Prepare(query, prepared);
    std::vector<float> distances(kCount);
    codes.Distances(prepared, all.data(), kCount, distances.data());
    return Best(all, distances, most);
  }
  // The nearest kHits of the `window` nearest by code.
  [[nodiscard]] double Recall(size_t window) const {
    const auto queries = ClusteredVectors(kQueries, kDim, 40, 99);
    size_t found = 0;
    for (size_t q = 0; q < kQueries; ++q) {
      const float* query = &queries[q * kDim];
      const auto exact = Exact(query);
      std::vector<Slot> slots;
      for (const Neighbor& near : Coded(query, window)) slots.push_back(near.slot);
      std::vector<float> distances(slots.size());
      full.Distances(query, slots.data(), slots.size(), distances.data());
      for (const Neighbor& hit : Best(slots, distances, kHits)) {
        found += static_cast<size_t>(std::count(exact.begin(), exact.end(), hit));
      }
    }
    return static_cast<double>(found) / (kQueries * kHits);
  }

  VectorArena arena;
  VectorSpace full;
  CodeSpace& codes;
  std::vector<Slot> all;
};

struct Floors {
  double alone;
  double reranked;
};

void ExpectRecall(Metric metric, CodeSpace& codes, const Floors& floors, const char* name) {
  const Scans scans(metric, codes);
  EXPECT_GE(scans.Recall(kHits), floors.alone) << name;
  EXPECT_GE(scans.Recall(64), floors.reranked) << name;
}

TEST(CodeSpaces, RecallAloneAndReranked) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    ScalarCodeSpace eight(metric, kDim, 8);
    ExpectRecall(metric, eight, {0.95, 0.99}, "SQ8");
    ScalarCodeSpace four(metric, kDim, 4);
    ExpectRecall(metric, four, {0.7, 0.95}, "SQ4");
    const auto product8 = *ProductCodeSpace::Create(metric, kDim, {.m = 16, .nbits = 8});
    ExpectRecall(metric, *product8, {0.7, 0.95}, "PQ16x8");
    const auto product4 = *ProductCodeSpace::Create(metric, kDim, {.m = 32, .nbits = 4});
    ExpectRecall(metric, *product4, {0.6, 0.9}, "PQ32x4");
  }
}

// A stored vector as a query is at (almost) no distance from itself.
TEST(CodeSpaces, AStoredVectorIsNearestToItself) {
  ScalarCodeSpace eight(Metric::kL2, kDim, 8);
  const auto product = *ProductCodeSpace::Create(Metric::kL2, kDim, {.m = 16, .nbits = 8});
  for (CodeSpace* codes : std::initializer_list<CodeSpace*>{&eight, product.get()}) {
    const Scans scans(Metric::kL2, *codes);
    PreparedQuery prepared;
    codes->PrepareStored(17, prepared);
    const Slot slots[] = {17, 18};
    float distances[2];
    codes->Distances(prepared, slots, 2, distances);
    EXPECT_NEAR(distances[0], 0, 0.01);
    EXPECT_GT(distances[1], distances[0]);
  }
}

// What one space learnt serves another with its codes, and no space with other parameters.
TEST(CodeSpaces, WhatWasLearntCanBeTakenUp) {
  ScalarCodeSpace eight(Metric::kL2, kDim, 8);
  const auto product = *ProductCodeSpace::Create(Metric::kL2, kDim, {.m = 16, .nbits = 8});
  ScalarCodeSpace other_eight(Metric::kL2, kDim, 8);
  const auto other_product = *ProductCodeSpace::Create(Metric::kL2, kDim, {.m = 16, .nbits = 8});
  ScalarCodeSpace four(Metric::kL2, kDim, 4);
  const auto narrow = *ProductCodeSpace::Create(Metric::kL2, kDim, {.m = 16, .nbits = 4});
  const auto vectors = ClusteredVectors(kCount, kDim, 40, 1);
  const auto same_codes = [&](CodeSpace& from, CodeSpace& to, CodeSpace& other) {
    ASSERT_TRUE(from.Train(vectors.data(), kCount).ok());
    ASSERT_TRUE(to.SetLearnt(from.Learnt()).ok());
    ASSERT_TRUE(from.Reserve(1).ok() && to.Reserve(1).ok());
    from.Encode(0, vectors.data());
    to.Encode(0, vectors.data());
    const size_t width = from.codes()->width();
    EXPECT_EQ(std::string(from.codes()->Row(0), width), std::string(to.codes()->Row(0), width));
    EXPECT_EQ(other.SetLearnt(from.Learnt()).error().code, Code::kDataLoss);
    EXPECT_EQ(to.SetLearnt(from.Learnt() + "x").error().code, Code::kDataLoss);
  };
  same_codes(eight, other_eight, four);
  same_codes(*product, *other_product, *narrow);
}

TEST(CodeSpaces, TooFewVectorsToTrainAreRefused) {
  const std::vector<float> few(100 * kDim, 1.0F);
  ScalarCodeSpace scalar(Metric::kL2, kDim, 8);
  EXPECT_EQ(scalar.Train(few.data(), 100).error().code, Code::kInvalidArgument);
  const auto product = *ProductCodeSpace::Create(Metric::kL2, kDim, {.m = 16, .nbits = 8});
  EXPECT_EQ(product->Train(few.data(), 100).error().code, Code::kInvalidArgument);
  EXPECT_EQ(product->training_rows(), 256U);
  EXPECT_FALSE(ProductCodeSpace::Create(Metric::kL2, kDim, {.m = 5}).ok());
}

}  // namespace
}  // namespace vecgate::index
