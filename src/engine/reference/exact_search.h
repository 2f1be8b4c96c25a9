// Exact search over a table: every selected row is scored, sorted, and cut.
#pragma once

#include "base/op_context.h"
#include "engine/reference/table.h"
#include "engine/requests.h"

namespace vecgate::reference {

/// In double precision, rounded once at the end. COSINE with a zero vector is 0.
float Score(Metric metric, std::span<const float> a, std::span<const float> b);

/// HAMMING or JACCARD of two vectors of bits.
float BitScore(Metric metric, std::string_view a, std::string_view b);

Result<SearchResult> ExactSearch(const OpContext& context, const Table& table,
                                 const SearchRequest& request);

}  // namespace vecgate::reference
