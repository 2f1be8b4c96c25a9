// Names in SQL. Every identifier that the engine writes into a statement comes from here; values
// never stand in a statement's text, they are parameters or COPY data.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vecgate::postgres {

/// PostgreSQL cuts longer identifiers off, without an error.
inline constexpr size_t kMaxIdentifierBytes = 63;

/// `name` as an SQL identifier: in double quotes, those within doubled, as PQescapeIdentifier does.
/// REQUIRES: no NUL in it.
std::string QuoteIdentifier(std::string_view name);

/// A table's name, with its schema.
struct TableName {
  std::string schema;
  std::string table;

  [[nodiscard]] std::string Quoted() const {
    return QuoteIdentifier(schema) + "." + QuoteIdentifier(table);
  }
};

/// `schema.table`, each part plain or in double quotes; "public" when there is one part.
/// kInvalidArgument for anything else.
Result<TableName> ParseTableName(std::string_view text);

}  // namespace vecgate::postgres
