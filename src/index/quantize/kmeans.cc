#include "index/quantize/kmeans.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/rng.h"
#include "index/quantize/centroid_table.h"
#include "kernels/distance.h"

namespace vecgate::index {
namespace {

// D² seeding costs clusters × points distances, so it looks at a part of the points only.
constexpr size_t kSeedPointsPerCluster = 8;
// More clusters than these are found in two levels, at the cost of about 2·√clusters instead.
constexpr size_t kMostFlatClusters = 4096;
constexpr double kLeastImprovement = 1e-3;

std::vector<const float*> RowPointers(const float* rows, size_t count, size_t dim) {
  std::vector<const float*> out(count);
  for (size_t i = 0; i < count; ++i) out[i] = rows + i * dim;
  return out;
}

// The first `picked` of a random permutation of the points.
std::vector<const float*> RandomPoints(std::vector<const float*> points, size_t picked, Rng& rng) {
  picked = std::min(picked, points.size());
  for (size_t i = 0; i < picked; ++i)
    std::swap(points[i], points[i + rng.Below(points.size() - i)]);
  points.resize(picked);
  return points;
}

// A point by its weight; the last one when rounding leaves nothing of the sum.
size_t PickByWeight(const std::vector<float>& weights, Rng& rng) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(sum > 0)) return rng.Below(weights.size());  // Every point is a seed already.
  double left = rng.Unit() * sum;
  for (size_t i = 0; i < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

std::vector<const float*> CarefulSeeds(const std::vector<const float*>& points, size_t clusters,
                                       size_t dim, Rng& rng) {
  const auto distances_to = kernels::ActiveKernels().l2_squared_batch;
  std::vector<const float*> seeds = {points[rng.Below(points.size())]};
  std::vector<float> nearest(points.size());
  std::vector<float> distances(points.size());
  distances_to(seeds[0], points.data(), points.size(), dim, nearest.data());
  while (seeds.size() < clusters) {
    const float* seed = points[PickByWeight(nearest, rng)];
    seeds.push_back(seed);
    distances_to(seed, points.data(), points.size(), dim, distances.data());
    for (size_t i = 0; i < points.size(); ++i) nearest[i] = std::min(nearest[i], distances[i]);
  }
  return seeds;
}

std::vector<float> Seeds(const KMeansOptions& options, const std::vector<const float*>& points,
                         size_t dim) {
  Rng rng(options.seed);
  const auto sample = RandomPoints(points, options.clusters * kSeedPointsPerCluster, rng);
  std::vector<float> out;
  out.reserve(options.clusters * dim);
  for (const float* seed : CarefulSeeds(sample, options.clusters, dim, rng)) {
    out.insert(out.end(), seed, seed + dim);
  }
  return out;
}

struct Assignment {
  std::vector<uint32_t> ids;
  std::vector<float> distances;
  [[nodiscard]] double Error() const {
    return std::accumulate(distances.begin(), distances.end(), 0.0);
  }
};

// Each empty cluster goes to another of the points farthest from their centroids.
void ReseedEmpty(const std::vector<size_t>& empty, const std::vector<const float*>& points,
                 const Assignment& assigned, size_t dim, std::vector<float>& centroids) {
  std::vector<uint32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0U);
  const size_t needed = std::min(empty.size(), order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(needed), order.end(),
                    [&](uint32_t a, uint32_t b) {
                      const float x = assigned.distances[a];
                      const float y = assigned.distances[b];
                      return x != y ? x > y : a < b;
                    });
  for (size_t i = 0; i < needed && assigned.distances[order[i]] > 0; ++i) {
    std::copy_n(points[order[i]], dim, &centroids[empty[i] * dim]);
  }
}

void MoveCentroids(const std::vector<const float*>& points, const Assignment& assigned, size_t dim,
                   std::vector<float>& centroids) {
  const size_t clusters = centroids.size() / dim;
  std::vector<double> sums(centroids.size(), 0.0);
  std::vector<size_t> members(clusters, 0);
  for (size_t i = 0; i < points.size(); ++i) {
    double* sum = &sums[assigned.ids[i] * dim];
    ++members[assigned.ids[i]];
    for (size_t d = 0; d < dim; ++d) sum[d] += points[i][d];
  }
  std::vector<size_t> empty;
  for (size_t c = 0; c < clusters; ++c) {
    if (members[c] == 0) empty.push_back(c);
    const double share = 1.0 / static_cast<double>(std::max<size_t>(members[c], 1));
    for (size_t at = c * dim; members[c] > 0 && at < (c + 1) * dim; ++at) {
      centroids[at] = static_cast<float>(sums[at] * share);
    }
  }
  if (!empty.empty()) ReseedEmpty(empty, points, assigned, dim, centroids);
}

std::vector<float> FlatKMeans(const KMeansOptions& options, const float* vectors, size_t count,
                              size_t dim) {
  const auto points = RowPointers(vectors, count, dim);
  std::vector<float> centroids = Seeds(options, points, dim);
  Assignment assigned{std::vector<uint32_t>(count), std::vector<float>(count)};
  double last_error = 0;
  for (size_t i = 0; i < options.most_iterations; ++i) {
    const CentroidTable table(centroids.data(), options.clusters, dim);
    table.Nearest(points.data(), count, assigned.ids.data(), assigned.distances.data());
    const double error = assigned.Error();
    if (i > 0 && !(last_error - error > kLeastImprovement * last_error)) break;
    last_error = error;
    MoveCentroids(points, assigned, dim, centroids);
  }
  return centroids;
}

// Shares `clusters` among cells by their members; no cell gets more clusters than it has members.
std::vector<size_t> ShareClusters(const std::vector<size_t>& members, size_t count,
                                  size_t clusters) {
  std::vector<size_t> shares(members.size());
  for (size_t c = 0; c < members.size(); ++c) shares[c] = clusters * members[c] / count;
  size_t left = clusters - std::accumulate(shares.begin(), shares.end(), size_t{0});
  for (size_t c = 0; left > 0; c = (c + 1) % members.size()) {
    if (shares[c] == members[c]) continue;
    ++shares[c];
    --left;
  }
  return shares;
}

// Cells first, then clusters within each cell.
std::vector<float> TwoLevelKMeans(const KMeansOptions& options, const float* vectors, size_t count,
                                  size_t dim) {
  KMeansOptions inner = options;
  inner.clusters = static_cast<size_t>(std::sqrt(static_cast<double>(options.clusters)));
  const size_t cells = inner.clusters;
  const CentroidTable table(FlatKMeans(inner, vectors, count, dim).data(), cells, dim);
  const auto points = RowPointers(vectors, count, dim);
  std::vector<uint32_t> ids(count);
  std::vector<float> distances(count);
  table.Nearest(points.data(), count, ids.data(), distances.data());
  std::vector<std::vector<float>> parts(cells);
  for (size_t i = 0; i < count; ++i) {
    parts[ids[i]].insert(parts[ids[i]].end(), points[i], points[i] + dim);
  }
  std::vector<size_t> members;
  for (const auto& part : parts) members.push_back(part.size() / dim);
  const auto shares = ShareClusters(members, count, options.clusters);
  std::vector<float> out;
  out.reserve(options.clusters * dim);
  for (size_t c = 0; c < cells; ++c) {
    inner.clusters = shares[c];
    if (shares[c] == 0) continue;
    const auto centroids = KMeans(inner, parts[c].data(), members[c], dim);
    out.insert(out.end(), centroids.begin(), centroids.end());
  }
  return out;
}

}  // namespace

std::vector<float> KMeans(const KMeansOptions& options, const float* vectors, size_t count,
                          size_t dim) {
  VG_CHECK(options.clusters > 0 && options.clusters <= count && dim > 0);
  return options.clusters > kMostFlatClusters ? TwoLevelKMeans(options, vectors, count, dim)
                                              : FlatKMeans(options, vectors, count, dim);
}

std::vector<float> EvenSample(const float* rows, size_t count, size_t dim, size_t most) {
  const size_t picked = std::min(count, most);
  std::vector<float> out(picked * dim);
  for (size_t i = 0; i < picked; ++i) {
    const size_t row = i * count / picked;
    std::copy_n(rows + row * dim, dim, &out[i * dim]);
  }
  return out;
}

}  // namespace vecgate::index
