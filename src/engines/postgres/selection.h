// Which rows a call is about, as a condition, and what the filter itself has to say of them.
#pragma once

#include <optional>
#include <vector>

#include "base/op_context.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/filter_sql.h"
#include "engines/postgres/layout.h"

namespace vecgate::postgres {

/// Rows of a selection and, where given, of these keys.
struct Wanted {
  RowSelection selection;
  std::optional<std::vector<PrimaryKey>> keys;
};

/// The condition for WHERE; "true" for all rows.
SqlCondition ConditionOf(const Layout& layout, const Wanted& wanted, SqlBuilder& builder);

/// The same rows with an exact condition: where SQL alone cannot tell, the rows that it leaves are
/// read, the filter is asked about each, and the keys of those that match are what remains.
/// `locking` is what ends the statement that reads: "" or "FOR UPDATE". Together with the statement
/// that uses the keys it has to run in one transaction.
Result<Wanted> MakeExact(const OpContext& context, Connection& connection, const Layout& layout,
                         Wanted wanted, std::string_view locking);

/// Whether ConditionOf is exact as it is.
bool IsExact(const Layout& layout, const Wanted& wanted);

}  // namespace vecgate::postgres
