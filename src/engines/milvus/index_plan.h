// Index types of the contract as Milvus builds them.
//
// Thread safety: pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/requests.h"
#include "engines/milvus/layout.h"

namespace vecgate::milvus_engine {

const std::vector<IndexType>& VectorIndexTypes();
const std::vector<IndexType>& BinaryIndexTypes();

/// Parameters of CreateIndex for the field's index. kUnimplemented and kInvalidArgument as
/// Engine::CreateIndex says.
Result<std::map<std::string, std::string>> PlanIndex(const Layout& layout, const IndexSpec& index);

/// The index that a collection has which was given none: Milvus serves nothing without one.
IndexSpec IndexWithout(const Layout& layout);

/// Whether the index that Milvus has is the one of the plan.
bool IsBuilt(const std::map<std::string, std::string>& plan,
             const std::map<std::string, std::string>& found);

/// What Milvus has, in the contract's words; nothing for a type that it has no word for.
std::optional<IndexSpec> SpecOf(size_t field, const std::map<std::string, std::string>& found);

/// JSON of the search parameters.
std::string SearchParams(const IndexSpec& index, const SearchRequest& request, uint32_t topk);

/// Scores of searches by this index are those of the rows' codes and not of the rows.
bool IsApproximateInScores(IndexType type);

std::string IndexesToJson(const std::map<size_t, IndexSpec>& indexes);
Result<std::map<size_t, IndexSpec>> IndexesFromJson(std::string_view json);

}  // namespace vecgate::milvus_engine
