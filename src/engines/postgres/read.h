// Query and Search as SQL.
//
// A search is exact unless the field has an index of the metric that is asked for, and the request
// has neither groups nor a cursor nor a border on the near side. Then the index gives its nearest
// (hnsw.iterative_scan goes on behind a filter until enough are found), and the exact search
// follows where the index gave fewer than were wanted, or where rows with equal scores may lie
// behind the last one. A filter that SQL does not tell exactly is resolved to keys first, and those
// are searched exactly.
//
// Scores are float32 from the start, so ties are what a client sees as ties.
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/layout.h"

namespace vecgate::postgres {

Result<QueryResult> QueryRows(const OpContext& context, Connection& connection,
                              const Layout& layout, const QueryRequest& request);

Result<SearchResult> SearchRows(const OpContext& context, Connection& connection,
                                const Layout& layout, const SearchRequest& request);

}  // namespace vecgate::postgres
