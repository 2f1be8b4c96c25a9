// The query vectors of a search, as its placeholder group carries them.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/column.h"
#include "model/types.h"

namespace vecgate::milvus_wire {

struct QueryVectors {
  DataType type = DataType::kNone;
  std::vector<std::string> vectors;  ///< The bytes of each, as a field of this type holds them.
};

/// kInvalidArgument when it is no group of vectors, or not `nq` of them; nq 0: as many as there
/// are.
Result<QueryVectors> ParseQueryVectors(const std::string& serialized, int64_t nq);

/// A group of one vector, of these bytes.
std::string WriteQueryVector(DataType type, std::string_view bytes);
/// A group of the column's vectors. REQUIRES: a column of vectors.
std::string WriteQueryVectors(const Column& vectors);

}  // namespace vecgate::milvus_wire
