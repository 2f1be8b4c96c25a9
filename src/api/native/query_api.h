// The native API of questions: POST /v1/query. Translates JSON to QueryService and back.
//
// Thread safety: the handlers may run on any thread.
#pragma once

#include "api/native/router.h"
#include "query/query_service.h"

namespace vecgate {

/// Adds the route. `service` is borrowed and must outlive the server.
void AddQueryRoutes(Router& router, const QueryService& service);

}  // namespace vecgate
