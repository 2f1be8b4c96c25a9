// Query: rows in order of key, by keys, filter and partition, in pages, or counted.
//
// What one answer holds is read by one call, which sees one moment of the collection. More is read
// page by page, with the collection's gate passed, so that no write of this process comes between.
//
// Thread safety: functions of their arguments.
#pragma once

#include <vector>

#include "base/result.h"
#include "engine/requests.h"
#include "engines/milvus/page.h"

namespace vecgate::milvus_engine {

Result<QueryResult> QueryRows(ReadScope scope, const QueryRequest& request);

/// The keys of the rows that a request names and that are there. REQUIRES: the gate is passed.
Result<std::vector<PrimaryKey>> KeysOf(ReadScope& scope,
                                       const std::optional<std::vector<PrimaryKey>>& keys,
                                       const RowSelection& selection);

}  // namespace vecgate::milvus_engine
