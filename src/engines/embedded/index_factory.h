// Index types by name: what each is built of here; docs/indexes.md lists the parameters of each.
//
// Hits are always compared again by full vectors, so `refine` and `refine_type` are taken and
// change nothing. Thread safety: functions of their arguments.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/requests.h"
#include "index/ann_index.h"
#include "index/vector_space.h"

namespace vecgate::embedded {

/// Vector index types that are built here: on vectors of numbers, and of bits.
const std::vector<IndexType>& BuiltIndexTypes();
const std::vector<IndexType>& BuiltBinaryIndexTypes();
/// "FLAT, HNSW and AUTOINDEX": those on vectors of numbers for a message.
std::string BuiltIndexNames();

/// An index structure and what it wants of its owner.
struct MadeIndex {
  std::unique_ptr<index::AnnIndex> ann;  ///< Null for FLAT and BIN_FLAT.
  /// The full vectors may lie in a snapshot's file: searches want a handful of each query's.
  bool vectors_in_file = false;
};

/// kUnimplemented for a type that is not built here, naming those that are; kInvalidArgument for a
/// parameter out of its limits or that does not fit the dimension; both with Subject::kIndex.
Result<MadeIndex> MakeIndex(const IndexSpec& spec, const index::VectorSpace& space);

}  // namespace vecgate::embedded
