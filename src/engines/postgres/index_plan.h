// Which index of PostgreSQL stands behind an index type of the contract.
//
// | type | on | built |
// |---|---|---|
// | HNSW, AUTOINDEX | vectors | hnsw (m = 16, ef_construction = 64 unless told) |
// | IVF_FLAT | vectors of numbers | ivfflat (lists = 128 unless told) |
// | FLAT, BIN_FLAT | vectors | nothing: exact search |
// | INVERTED, AUTOINDEX | scalars | btree, and gin on arrays; the primary key has its own already |
// | BITMAP, STL_SORT, Trie | what each is for | the same |
//
// Texts are ordered as bytes, so a btree finds prefixes too.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "engine/requests.h"

namespace vecgate::postgres {

const std::vector<IndexType>& VectorIndexTypes();
const std::vector<IndexType>& BinaryIndexTypes();
const std::vector<IndexType>& ScalarIndexTypesOfPostgres();

struct IndexPlan {
  std::string method;          ///< "hnsw", "ivfflat", "btree", "gin"; empty: nothing is built.
  std::string operator_class;  ///< Empty: the method's default for the column.
  std::string options;         ///< What stands in WITH (…); may be empty.
};

/// kUnimplemented for a type that is not built on such a field, kInvalidArgument for parameters, a
/// metric or a dimension that it does not take; both with Subject::kIndex.
Result<IndexPlan> PlanIndex(const CollectionSchema& schema, const IndexSpec& index);

}  // namespace vecgate::postgres
