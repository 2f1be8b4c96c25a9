// How many rows a collection has, and how much room it takes.
//
// Thread safety: functions of their arguments.
#pragma once

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/layout.h"

namespace vecgate::postgres {

/// `memory` is of the server's disk: "vectors" (without their rows), "table" and "indexes".
Result<CollectionStats> ReadStats(const OpContext& context, Connection& connection,
                                  const Layout& layout);

}  // namespace vecgate::postgres
