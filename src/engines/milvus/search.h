// Search: Milvus' index finds, and what it found is checked.
//
// Milvus leaves things open that the contract promises: which of equally near rows come, that rows
// of length zero are found by COSINE, that k rows come when k match, groups, cursors. So a few more
// hits are asked for than wanted, and more as long as the answer is not sure: hits beyond the worst
// that came are unknown, and equal to it perhaps. Where no answer of Milvus' is sure (more match
// than an approximate index finds, or than Milvus gives at once; a metric that is not the index's),
// all rows of the selection are read page by page and compared here.
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/result.h"
#include "engine/requests.h"
#include "engines/milvus/page.h"

namespace vecgate::milvus_engine {

Result<SearchResult> SearchRows(ReadScope scope, const SearchRequest& request);

}  // namespace vecgate::milvus_engine
