// k-means: centroids that stand for many vectors, for inverted lists and product quantizers.
//
// S. Lloyd, "Least squares quantization in PCM" (1982), from the seeds of D. Arthur,
// S. Vassilvitskii, "k-means++: the advantages of careful seeding" (2007).
//
// Thread safety: functions of their arguments. Deterministic: the same input, seed and instruction
// set give the same bytes (another instruction set may round a tie the other way).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vecgate::index {

struct KMeansOptions {
  size_t clusters = 1;
  /// It stops earlier when an iteration improves the error by less than a thousandth.
  size_t most_iterations = 12;
  uint64_t seed = 0x6b6d65616e73;
};

/// clusters × dim centroids, row-major, of `count` vectors (count × dim, row-major). A cluster that
/// loses all its vectors is put where the vector farthest from its centroid is. Above 4,096
/// clusters the vectors are parted into √clusters cells first, and each cell by itself into its
/// share of clusters. All centroids are finite when all vectors are. REQUIRES: 1 <= clusters <=
/// count, dim > 0.
std::vector<float> KMeans(const KMeansOptions& options, const float* vectors, size_t count,
                          size_t dim);

/// `most` of `count` rows (count × dim), spread evenly over them; all when there are no more.
std::vector<float> EvenSample(const float* rows, size_t count, size_t dim, size_t most);

}  // namespace vecgate::index
