// Clustered synthetic vectors for the tests and benchmarks of this folder: centres on a sphere with
// Gaussian noise around them, as embeddings of real texts are clustered.
#pragma once

#include <vector>

#include "base/rng.h"
#include "index/vector_space.h"

namespace vecgate::index {

/// `count` × `dim`, row-major; the same for the same seed.
inline std::vector<float> ClusteredVectors(size_t count, size_t dim, size_t clusters, uint64_t seed,
                                           double noise = 0.35) {
  Rng rng(seed);
  Rng centre_rng(4711);  // Queries with another seed come from the same clusters.
  std::vector<float> centres(clusters * dim);
  for (float& x : centres) x = static_cast<float>(centre_rng.Gaussian());
  std::vector<float> out(count * dim);
  for (size_t i = 0; i < count; ++i) {
    const size_t centre = rng.Below(clusters) * dim;
    for (size_t d = 0; d < dim; ++d) {
      out[i * dim + d] = centres[centre + d] + static_cast<float>(noise * rng.Gaussian());
    }
  }
  return out;
}

/// The rows of `vectors` as an index learns from them.
inline std::vector<float> PreparedRows(const VectorSpace& space,
                                       const std::vector<float>& vectors) {
  std::vector<float> prepared;
  for (size_t at = 0; at < vectors.size(); at += space.dim()) {
    const auto row = space.Prepare({&vectors[at], space.dim()});
    prepared.insert(prepared.end(), row.begin(), row.end());
  }
  return prepared;
}

}  // namespace vecgate::index
