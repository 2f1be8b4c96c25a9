// Synthetic unit vectors that are as hard as real embeddings: clustered, and of a low intrinsic
// dimension.
//
// Cluster centres lie near a common 64-dimensional subspace; rows of a cluster spread from its
// centre within 28 directions of its own with a decaying spectrum, plus a little noise in all
// directions; clusters differ in size and width. Each row depends on the options and its number
// alone, so the same command writes the same rows again; they are written as they are made, and
// only the clusters are held (86 MB at 384 dimensions, however many rows). Queries are rows like
// the others that are left out of the base.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vecgate::bench {

struct ClusteredDataOptions {
  size_t rows = 100'000;
  size_t dim = 384;
  size_t queries = 1000;
  uint64_t seed = 1;
  std::string directory;  ///< Made when it is not there.
};

/// Writes base.npy and query.npy. kUnavailable when the disk refuses. REQUIRES: numbers above 0.
Status WriteClusteredData(const ClusteredDataOptions& options);

}  // namespace vecgate::bench
