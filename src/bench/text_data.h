// A data set of real embeddings: each line of a text file, embedded.
//
// Lines of white space are left out. Queries are lines spread evenly over the file, and are left
// out of the base.
//
// Thread safety: one thread at a time.
#pragma once

#include <functional>
#include <string>

#include "embed/embedder.h"

namespace vecgate::bench {

struct TextDataOptions {
  std::string lines;  ///< The text file.
  size_t queries = 1000;
  std::string directory;  ///< Made when it is not there.
};

/// Told after each batch how many of how many lines are embedded.
using TextProgress = std::function<void(size_t done, size_t total)>;

/// Writes base.npy and query.npy. kNotFound for a missing file, kInvalidArgument when it has no
/// more lines than queries are wanted; else the embedder's errors, or kUnavailable for the disk's.
Status WriteTextData(const Embedder& embedder, const TextDataOptions& options,
                     const TextProgress& progress);

}  // namespace vecgate::bench
