// Extractive answers: which sentences of the passages answer the question best.
//
// Thread safety: pure functions, but for the embedder.
#pragma once

#include <span>
#include <vector>

#include "query/query_service.h"

namespace vecgate {

/// At most `max_quotes` sentences of `passages`, best first, none twice, each near enough to the
/// question. `question` is its unit vector. Errors: the embedder's.
Result<std::vector<Citation>> SelectQuotes(const OpContext& context, const Embedder& embedder,
                                           std::span<const float> question,
                                           std::span<const ChunkHit> passages, size_t max_quotes);

}  // namespace vecgate
