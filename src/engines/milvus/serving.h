// Serving: Milvus answers reads of a collection once it has an index and is loaded.
//
// Thread safety: any thread.
#pragma once

#include "base/op_context.h"
#include "engines/milvus/catalog.h"
#include "engines/milvus/server.h"

namespace vecgate::milvus_engine {

/// Sees to it that the collection has the index that is wanted, and is loaded. An index that is
/// there and not wanted is replaced, for which the collection is released: reads wait for the gate.
/// An adopted collection is searched by the index that it has; kFailedPrecondition
/// (Subject::kIndex) where it has none.
Status Serve(const OpContext& context, Server& server, Collection& collection);

}  // namespace vecgate::milvus_engine
