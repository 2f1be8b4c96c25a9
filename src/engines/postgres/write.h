// Writing and deleting: a batch is one transaction.
//
// Few rows go as prepared INSERTs in one round trip. Many go by binary COPY into a temporary table
// of the session, and from there in one INSERT … SELECT. Either way rows go in order of key, so
// that writers of the same keys wait for each other in one order instead of in a circle.
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/postgres/catalog.h"

namespace vecgate::postgres {

Result<WriteResult> WriteRows(const OpContext& context, Connection& connection,
                              const Catalog& catalog, const Layout& layout, const RowBatch& batch);

Result<DeleteResult> DeleteRows(const OpContext& context, Connection& connection,
                                const Catalog& catalog, const Layout& layout,
                                const DeleteRequest& request);

}  // namespace vecgate::postgres
