// Attaching: a table that is there already serves as a collection, read and written in place. It is
// never altered and never dropped.
//
// A collection asks for it by its properties: `vecgate.postgres.table` names the table, and
// `vecgate.postgres.column.<field>` a field's column where that has another name.
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/op_context.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/index_plan.h"
#include "engines/postgres/layout.h"

namespace vecgate::postgres {

/// Whether the table can serve: it exists and this role may read and write it; each field has a
/// column of a fitting type; the key is unique and never null; and no other column needs a value.
/// kFailedPrecondition names everything that is missing, field by field, and what mends it.
Status CheckAttachable(const OpContext& context, Connection& connection, const Layout& layout);

/// The name of an index of the table that is what `plan` would build, up to its options.
/// kFailedPrecondition (Subject::kIndex) with the statement that makes it when there is none.
Result<std::string> FindForeignIndex(const OpContext& context, Connection& connection,
                                     const Layout& layout, size_t field, const IndexPlan& plan);

}  // namespace vecgate::postgres
