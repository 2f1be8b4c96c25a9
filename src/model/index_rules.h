// Which scalar index type goes on which field: the rules of Milvus 2.5.
//
// Thread safety: functions of their arguments.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/schema.h"

namespace vecgate {

/// Index types that some scalar field takes; AUTOINDEX stands for INVERTED on each field that
/// takes that.
const std::vector<IndexType>& ScalarIndexTypes();

/// kInvalidArgument names the field, its type, and the types that the index takes; kUnimplemented
/// for an index type of vector fields names those of scalar fields; both with Subject::kIndex.
/// REQUIRES: the field is no vector.
Status CheckScalarIndex(IndexType type, const FieldSchema& field);

}  // namespace vecgate
