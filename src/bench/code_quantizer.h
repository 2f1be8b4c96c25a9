// The quantizers that `vecgate bench codes` compares, by name.
//
//   SQ8 SQ4          scalar codes between learnt ends
//   INT8             eight bits with a scale for each vector: what graphs are built on
//   PQ<m>x<nbits>    product codes of m parts
//   RABITQ1 2 4 8    bits a dimension in the rotated frame
//
// Thread safety: pure functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "index/code_space.h"
#include "index/vector_space.h"

namespace vecgate::bench {

/// All of the above that fit `dim`, from the longest codes to the shortest of each kind.
std::vector<std::string> AllQuantizers(size_t dim);
/// kInvalidArgument names what is allowed.
Result<std::unique_ptr<index::CodeSpace>> MakeQuantizer(const std::string& name,
                                                        index::Metric metric, size_t dim);

}  // namespace vecgate::bench
