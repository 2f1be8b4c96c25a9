// What a collection holds.
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/result.h"
#include "engine/requests.h"
#include "engines/milvus/page.h"

namespace vecgate::milvus_engine {

/// Rows are counted partition by partition, two calls each.
Result<CollectionStats> ReadStats(ReadScope scope);

}  // namespace vecgate::milvus_engine
