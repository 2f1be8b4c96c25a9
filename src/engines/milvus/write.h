// Writes and deletes.
//
// A batch goes to Milvus as one upsert, which its readers see whole; one that is too large for a
// message goes as several, and readers of this process still see it whole. Which of its keys were
// there is not told (Capabilities::counts_replaced).
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/milvus/catalog.h"
#include "engines/milvus/page.h"
#include "engines/milvus/server.h"

namespace vecgate::milvus_engine {

Result<WriteResult> WriteBatch(const OpContext& context, Server& server, Collection& collection,
                               const RowBatch& batch);

/// Counts what was there: it is read first, with writes of this process held up.
Result<DeleteResult> DeleteRows(ReadScope scope, const DeleteRequest& request);

}  // namespace vecgate::milvus_engine
