#include "index/quantize/kmeans.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "index/clustered_vectors.h"
#include "index/quantize/centroid_table.h"

namespace vecgate::index {
namespace {

double MeanError(const std::vector<float>& centroids, const std::vector<float>& vectors,
                 size_t dim) {
  const CentroidTable table(centroids.data(), centroids.size() / dim, dim);
  double sum = 0;
  for (size_t at = 0; at < vectors.size(); at += dim) {
    const float* point = &vectors[at];
    uint32_t id = 0;
    float distance = 0;
    table.Nearest(&point, 1, &id, &distance);
    sum += distance;
  }
  return sum / static_cast<double>(vectors.size() / dim);
}

// 20 clusters with noise 0.35 in 16 dimensions: a centroid in each leaves 16 · 0.35² = 1.96; two
// clusters that share one add about 1.
TEST(KMeans, FindsTheClusters) {
  const auto vectors = ClusteredVectors(4000, 16, 20, 1);
  const auto centroids = KMeans({.clusters = 20}, vectors.data(), 4000, 16);
  EXPECT_LT(MeanError(centroids, vectors, 16), 3.0);
}

TEST(KMeans, IsDeterministicBySeed) {
  const auto vectors = ClusteredVectors(3000, 12, 20, 1);
  const KMeansOptions options{.clusters = 50, .seed = 7};
  const auto once = KMeans(options, vectors.data(), 3000, 12);
  EXPECT_EQ(once, KMeans(options, vectors.data(), 3000, 12));
  EXPECT_NE(once, KMeans({.clusters = 50, .seed = 8}, vectors.data(), 3000, 12));
}

// More clusters than different vectors: some must be empty, and every vector has its own centroid.
TEST(KMeans, EmptyClustersDoNoHarm) {
  std::vector<float> vectors;
  for (int i = 0; i < 300; ++i) vectors.insert(vectors.end(), {float(i % 3), 1});
  const auto centroids = KMeans({.clusters = 40}, vectors.data(), 300, 2);
  EXPECT_EQ(MeanError(centroids, vectors, 2), 0);
}

// Two levels must give exactly as many centroids, and nearly as good ones: a random one of 6,000
// points in 10,000 is at a distance of 0 in six cases of ten.
TEST(KMeans, ManyClustersAreFoundInTwoLevels) {
  const auto vectors = ClusteredVectors(10000, 4, 20, 1);
  const auto centroids = KMeans({.clusters = 6000}, vectors.data(), 10000, 4);
  EXPECT_EQ(centroids.size(), 6000U * 4);
  EXPECT_EQ(centroids, KMeans({.clusters = 6000}, vectors.data(), 10000, 4));
  EXPECT_LT(MeanError(centroids, vectors, 4), 0.02);
}

TEST(KMeans, AsManyClustersAsVectorsIsEachVector) {
  const auto vectors = ClusteredVectors(64, 8, 10, 1);
  const auto centroids = KMeans({.clusters = 64}, vectors.data(), 64, 8);
  EXPECT_LT(MeanError(centroids, vectors, 8), 1e-9);
}

TEST(KMeans, AnEvenSampleSpansTheRows) {
  const std::vector<float> rows = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(EvenSample(rows.data(), 10, 1, 5), (std::vector<float>{0, 2, 4, 6, 8}));
  EXPECT_EQ(EvenSample(rows.data(), 10, 1, 20), rows);
}

TEST(CentroidTable, NearestIsTheFirstOfTheNearest) {
  constexpr size_t kCount = 1500;  // More than one chunk of columns, and a padded last block.
  const auto rows = ClusteredVectors(kCount, 5, 30, 1);
  const CentroidTable table(rows.data(), kCount, 5);
  std::vector<float> row(5);
  for (uint32_t i = 0; i < kCount; ++i) {
    table.CopyRow(i, row.data());
    ASSERT_TRUE(std::equal(row.begin(), row.end(), &rows[i * size_t{5}]));
    const float* point = row.data();
    uint32_t id = 0;
    float distance = 1;
    table.Nearest(&point, 1, &id, &distance);
    ASSERT_EQ(id, i);
    ASSERT_EQ(distance, 0);
  }
}

// The columns that fill up the last block of 16 must not be found, even where they would be
// nearest.
TEST(CentroidTable, PaddingIsNeverNearest) {
  const float rows[] = {5, 7, 9};
  const CentroidTable table(rows, 3, 1);
  for (const float point : {0.0F, 100.0F}) {
    const float* points[] = {&point};
    uint32_t id = 99;
    float distance = 0;
    table.Nearest(points, 1, &id, &distance);
    EXPECT_EQ(id, point == 0 ? 0U : 2U);
    EXPECT_EQ(distance, point == 0 ? 25 : 91 * 91);
  }
}

}  // namespace
}  // namespace vecgate::index
